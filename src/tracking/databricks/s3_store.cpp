#include "tracking/databricks/s3_store.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

using detail::encode_url;

constexpr index block_bytes = index{1} << 20;
constexpr const char* first_region = "us-east-1";

/// SHA-256 of a part of a file, in hexadecimal digits, at constant memory.
std::string hash_part(const std::filesystem::path& file, index offset, index size) {
    std::ifstream in(file, std::ios::binary);
    in.seekg(offset);
    Sha256 hash;
    std::string block(static_cast<std::size_t>(std::min(block_bytes, std::max<index>(size, 1))), '\0');
    for (index left = size; left > 0;) {
        const index want = std::min(left, static_cast<index>(block.size()));
        if (!in.read(block.data(), want))
            throw IoError("databricks: " + file.string() + " became shorter while it was read");
        hash.update(std::string_view(block).substr(0, static_cast<std::size_t>(want)));
        left -= want;
    }
    return to_hex(hash.finish());
}

/// The text of the first XML element of this name, or "".
std::string element(const std::string& xml, const std::string& name) {
    const auto begin = xml.find("<" + name + ">");
    const auto end = xml.find("</" + name + ">");
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    return xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

http::Request make_request(const char* method, std::string url) {
    http::Request request;
    request.method = method;
    request.url = std::move(url);
    return request;
}

HttpError unexpected(const std::string& url, const char* what) {
    return HttpError("databricks: S3 at " + http::loggable_url(url) + " answered without " + what);
}

}  // namespace

S3Store::S3Store(CloudClient& client, StorageLocation location, S3Access access, std::function<S3Access()> renew,
                 std::string endpoint, index part_size)
    : client_(client),
      location_(std::move(location)),
      access_(std::move(access)),
      renew_(std::move(renew)),
      endpoint_(std::move(endpoint)),
      part_size_(part_size) {}

const std::string& S3Store::region() {
    if (region_) return *region_;
    // Any answer names the region, a refusal too.
    auto request = make_request("HEAD", endpoint_.empty() ? "https://s3.amazonaws.com/" + location_.bucket
                                                          : endpoint_ + "/" + location_.bucket);
    sign_for_s3(request, access_.key, first_region, sha256_of_nothing, now());
    request.retry = RetryPolicy{};
    const auto response = client_.ask(request);
    const auto named = response.header("x-amz-bucket-region");
    if (!named) throw unexpected(request.url, "the bucket's region; check the storage location");
    region_ = std::string(*named);
    return *region_;
}

std::string S3Store::object_url(std::string_view path) {
    const std::string key = encode_url(location_.below(path), true);
    if (!endpoint_.empty()) return endpoint_ + "/" + location_.bucket + "/" + key;
    const std::string domain =
        "s3." + region() + (region().rfind("cn-", 0) == 0 ? ".amazonaws.com.cn" : ".amazonaws.com");
    // A dot in the bucket's name does not fit the certificate of *.s3….
    const bool in_path = location_.bucket.find('.') != std::string::npos;
    return in_path ? "https://" + domain + "/" + location_.bucket + "/" + key
                   : "https://" + location_.bucket + "." + domain + "/" + key;
}

http::Response S3Store::send(const std::function<http::Request()>& make, const std::string& payload) {
    const auto signed_request = [&] {
        auto request = make();
        sign_for_s3(request, access_.key, region(), payload, now());
        return request;
    };
    return client_.send(signed_request, [this] { access_ = renew_(); });
}

void S3Store::upload(std::string_view path, const std::filesystem::path& file) {
    const std::string url = object_url(path);
    auto parts = cut_file(file, part_size_);
    if (parts.size() <= 1) return upload_whole(url, file);
    if (static_cast<index>(parts.size()) > most_cloud_parts) {
        const index size = parts.back().offset + parts.back().size;
        parts = cut_file(file, (size + most_cloud_parts - 1) / most_cloud_parts);
    }
    upload_parts(url, file, parts);
}

void S3Store::upload_whole(const std::string& url, const std::filesystem::path& file) {
    const auto size = static_cast<index>(std::filesystem::file_size(file));
    send(
        [&] {
            auto request = make_request("PUT", url);
            request.headers = access_.encryption;
            attach(request, file);
            return request;
        },
        hash_part(file, 0, size));
}

void S3Store::upload_parts(const std::string& url, const std::filesystem::path& file,
                           const std::vector<FilePart>& parts) {
    const auto begun = send(
        [&] {
            auto request = make_request("POST", url + "?uploads=");
            request.headers = access_.encryption;
            return request;
        },
        sha256_of_nothing);
    const std::string id = element(begun.body, "UploadId");
    if (id.empty()) throw unexpected(url, "an UploadId");
    const std::string upload = url + "?uploadId=" + encode_url(id);
    try {
        const std::string list = send_parts(upload, file, parts);
        const auto done = send(
            [&] {
                auto request = make_request("POST", upload);
                request.headers.emplace_back("Content-Type", "application/xml");
                request.body = list;
                return request;
            },
            to_hex(sha256(list)));
        // S3 answers 200 before it has put the parts together, and may fail after that.
        if (done.body.find("<CompleteMultipartUploadResult") == std::string::npos) {
            throw unexpected(url, "the finished upload");
        }
    } catch (...) {
        try {
            send([&] { return make_request("DELETE", upload); }, sha256_of_nothing);
        } catch (const Error&) {  // the first error says more; the bucket's lifecycle rules clear the parts away
        }
        throw;
    }
}

std::string S3Store::send_parts(const std::string& url, const std::filesystem::path& file,
                                const std::vector<FilePart>& parts) {
    std::string list = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    for (const FilePart& part : parts) {
        const auto sent = send(
            [&] {
                auto request = make_request("PUT", url + "&partNumber=" + std::to_string(part.number));
                attach(request, file, part);
                return request;
            },
            hash_part(file, part.offset, part.size));
        const auto tag = sent.header("ETag");
        if (!tag) throw unexpected(url, "the ETag of a part");
        list += "<Part><PartNumber>" + std::to_string(part.number) + "</PartNumber><ETag>" + std::string(*tag) +
                "</ETag></Part>";
    }
    return list + "</CompleteMultipartUpload>";
}

}  // namespace assay::tracking::databricks
