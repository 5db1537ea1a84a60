#include "tracking/databricks/cloud_client.hpp"

#include <algorithm>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::tracking::databricks {
namespace {

http::ClientOptions without_identity(http::ClientOptions options) {
    options.credentials = {};
    options.credential_provider = nullptr;
    options.headers.clear();
    return options;
}

/// S3 answers an old session token with 400 ExpiredToken.
bool ran_out(const http::Response& response) {
    return response.status == 401 || response.status == 403 ||
           (response.status == 400 && response.body.find("ExpiredToken") != std::string::npos);
}

index size_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) throw IoError("databricks: expected a file to upload at " + file.string() + ", got: " + error.message());
    return static_cast<index>(size);
}

}  // namespace

std::vector<FilePart> cut_file(const std::filesystem::path& file, index part_size) {
    const index size = size_of(file);
    std::vector<FilePart> parts;
    for (index offset = 0; offset < size; offset += part_size) {
        parts.push_back({static_cast<index>(parts.size()) + 1, offset, std::min(part_size, size - offset)});
    }
    return parts;
}

void attach(http::Request& request, const std::filesystem::path& file) {
    // An empty body_file would go without Content-Length: 0 through some proxies; an empty body has it.
    if (size_of(file) > 0) request.body_file = file;
}

void attach(http::Request& request, const std::filesystem::path& file, const FilePart& part) {
    request.body_file = file;
    request.body_offset = part.offset;
    request.body_size = part.size;
}

std::string with_query(const std::string& url, std::string_view name_and_value) {
    return url + (url.find('?') == std::string::npos ? "?" : "&") + std::string(name_and_value);
}

CloudClient::CloudClient(http::ClientOptions options) : http_(without_identity(std::move(options))) {}

http::Response CloudClient::send(const std::function<http::Request()>& make, const std::function<void()>& renew) const {
    http::Request request = make();
    http::Response response = http_.send(request);
    if (ran_out(response) && renew) {
        renew();
        request = make();
        response = http_.send(request);
    }
    http::expect_success(request, response);
    return response;
}

}  // namespace assay::tracking::databricks
