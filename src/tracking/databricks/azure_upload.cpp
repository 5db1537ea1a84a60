#include "tracking/databricks/azure_upload.hpp"

#include <cstdio>
#include <vector>

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

/// Base64 of text whose length is a multiple of 3, so that there is no padding.
std::string base64(const std::string& text) {
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i + 2 < text.size(); i += 3) {
        const auto byte = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(text[i + k])); };
        const unsigned three = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (const unsigned shift : {18U, 12U, 6U, 0U}) out += letters[three >> shift & 63U];
    }
    return out;
}

/// Ids of one length, as Azure wants them; the same part has the same id in each attempt.
std::string block_id(index number) {
    char text[16];
    std::snprintf(text, sizeof text, "block-%06lld", static_cast<long long>(number));
    return base64(text);
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
