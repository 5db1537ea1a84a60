#include "assay/tracking/databricks/files_client.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/rest/error.hpp"
#include "tracking/databricks/cloud_client.hpp"
#include "tracking/databricks/download.hpp"

namespace assay::tracking::databricks {
namespace {

constexpr int not_found = 404;
constexpr const char* files_api = "/api/2.0/fs/files";
constexpr const char* folders = "/api/2.0/fs/directories";

http::Request make_request(const char* method, const char* api, std::string_view path) {
    if (path.empty() || path.front() != '/' || path.find("/../") != std::string_view::npos) {
        throw ValueError("databricks: expected an absolute path such as /Volumes/catalog/schema/volume/file");
    }
    http::Request request;
    request.method = method;
    request.url = api + detail::encode_url(path, true);
    return request;
}

}  // namespace

void FilesClient::upload(std::string_view path, const std::filesystem::path& file, bool overwrite) const {
    auto request = make_request("PUT", files_api, path);
    request.url += overwrite ? "?overwrite=true" : "?overwrite=false";
    request.headers = {{"Content-Type", "application/octet-stream"}};
    attach(request, file);
    api_.transfer(std::move(request));
}

void FilesClient::download(std::string_view path, const std::filesystem::path& destination) const {
    auto request = make_request("GET", files_api, path);
    request.headers = {{"Accept", "application/octet-stream"}};
    download_to(destination, std::move(request), [this](const http::Request& r) { return api_.transfer(r); });
}

std::optional<std::int64_t> FilesClient::size(std::string_view path) const {
    auto request = make_request("HEAD", files_api, path);
    const auto response = api_.transfer(request, {not_found});
    if (response.status == not_found) return std::nullopt;
    const auto text = response.header("Content-Length").value_or("");
    std::int64_t size = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || end != text.data() + text.size() || size < 0) {
        throw HttpError("databricks: the Files API told no size of a file; is a proxy in between?");
    }
    return size;
}

void FilesClient::remove(std::string_view path) const { api_.transfer(make_request("DELETE", files_api, path)); }

void FilesClient::create_folder(std::string_view path) const { api_.transfer(make_request("PUT", folders, path)); }

bool FilesClient::folder_exists(std::string_view path) const {
    return api_.transfer(make_request("HEAD", folders, path), {not_found}).status != not_found;
}

void FilesClient::remove_folder(std::string_view path) const { api_.transfer(make_request("DELETE", folders, path)); }

std::vector<VolumeEntry> FilesClient::list(std::string_view path) const {
    const std::string url = make_request("GET", folders, path).url;
    std::vector<VolumeEntry> entries;
    Query query;
    do {
        const auto page = api_.get(url, query);
        query.clear();
        try {
            for (const auto& item : page.value("contents", nlohmann::json::array())) {
                VolumeEntry entry{item.at("path").get<std::string>(), item.value("is_directory", false), 0};
                if (item.contains("file_size")) detail::read_value(item["file_size"], entry.size);
                entries.push_back(std::move(entry));
            }
            const std::string token = page.value("next_page_token", "");
            if (!token.empty()) query = {{"page_token", token}};
        } catch (const nlohmann::json::exception&) {
            throw MlflowError("databricks: the Files API listed entries without a path", 200, "", "", true);
        }
    } while (!query.empty());
    return entries;
}

}  // namespace assay::tracking::databricks
