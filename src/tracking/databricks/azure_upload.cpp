#include "tracking/databricks/azure_upload.hpp"

#include <array>
#include <cstdio>
#include <vector>

#include "assay/base/hash.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

http::Request make_request(const char* method, const SignedLink& link, const std::string& query) {
    http::Request request;
    request.method = method;
    request.url = with_query(link.url, query);
    request.headers = link.headers;
    return request;
}

/// Ids of one length, as Azure wants them; the same part has the same id in each attempt. Twelve characters, so that
/// base64 has no padding, which would have to be escaped.
std::string block_id(index number) {
    std::array<char, 24> text;
    const int length = std::snprintf(text.data(), text.size(), "block-%06lld", static_cast<long long>(number));
    return to_base64({reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<std::size_t>(length)});
}

}  // namespace

void upload_to_data_lake(const CloudClient& client, const LinkSource& link, const std::filesystem::path& file,
                         index part_size) {
    client.send([&] { return make_request("PUT", link.current(), "resource=file"); }, link.renew);
    const auto parts = cut_file(file, part_size);
    for (const FilePart& part : parts) {
        const std::string query =
            "action=append&position=" + std::to_string(part.offset) + (parts.size() == 1 ? "&flush=true" : "");
        client.send(
            [&] {
                auto request = make_request("PATCH", link.current(), query);
                attach(request, file, part);
                return request;
            },
            link.renew);
    }
    if (parts.size() == 1) return;
    const index size = parts.empty() ? 0 : parts.back().offset + parts.back().size;
    client.send([&] { return make_request("PATCH", link.current(), "action=flush&position=" + std::to_string(size)); },
                link.renew);
}

void upload_to_blob(const CloudClient& client, const LinkSource& link, const std::filesystem::path& file,
                    index part_size) {
    std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<BlockList>\n";
    for (const FilePart& part : cut_file(file, part_size)) {
        const std::string id = block_id(part.number);
        client.send(
            [&] {
                auto request = make_request("PUT", link.current(), "comp=block&blockid=" + detail::encode_url(id));
                request.headers.emplace_back("x-ms-blob-type", "BlockBlob");
                attach(request, file, part);
                return request;
            },
            link.renew);
        list += "<Uncommitted>" + id + "</Uncommitted>\n";
    }
    list += "</BlockList>";
    client.send(
        [&] {
            auto request = make_request("PUT", link.current(), "comp=blocklist");
            request.headers.emplace_back("Content-Type", "application/xml");
            request.body = list;
            return request;
        },
        link.renew);
}

}  // namespace assay::tracking::databricks
