#include "assay/tracking/databricks/workspace_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/tracking/detail/answer.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

constexpr const char* who = "databricks";

json read(const http::Request& request, const http::Response& response) {
    return response.body.empty() ? json::object() : detail::read_object(who, request, response);
}

}  // namespace

WorkspaceApi::WorkspaceApi(ServerAddress address) : address_(std::move(address)), http_(address_.options) {}

http::ClientOptions WorkspaceApi::foreign_options() const {
    http::ClientOptions options = address_.options;
    options.credentials = {};
    options.credential_provider = nullptr;
    options.headers.clear();
    return options;
}

json WorkspaceApi::get(std::string_view path, const Query& query) const {
    http::Request request;
    request.url = path;
    char mark = '?';
    for (const auto& [name, value] : query) {
        request.url += mark + detail::encode_url(name) + "=" + detail::encode_url(value);
        mark = '&';
    }
    request.headers = {{"Accept", "application/json"}};
    const auto response = transfer(request);
    request.url.insert(0, address_.url);
    return read(request, response);
}

json WorkspaceApi::post(std::string_view path, const json& body) const { return post(path, body, std::nullopt); }

json WorkspaceApi::post_once(std::string_view path, const json& body) const {
    RetryPolicy retry = address_.options.retry;
    retry.statuses = {429, 503};
    retry.no_answer = false;
    return post(path, body, retry);
}

json WorkspaceApi::post(std::string_view path, const json& body, std::optional<RetryPolicy> retry) const {
    http::Request request;
    request.retry = std::move(retry);
    request.method = "POST";
    request.url = path;
    request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
    request.body = body.dump();
    const auto response = transfer(request);
    request.url.insert(0, address_.url);
    return read(request, response);
}

http::Response WorkspaceApi::transfer(http::Request request, const std::vector<int>& also) const {
    request.url.insert(0, address_.url);
    auto response = http_.send(request);
    const bool expected = std::find(also.begin(), also.end(), response.status) != also.end();
    if (!response.ok() && !expected) detail::refuse(who, request, response);
    return response;
}

}  // namespace assay::tracking::databricks
