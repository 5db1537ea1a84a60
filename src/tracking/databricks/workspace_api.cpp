#include "assay/tracking/databricks/workspace_api.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/rest/error.hpp"

namespace assay::tracking::databricks {
namespace {

using nlohmann::json;

std::string place_of(const http::Request& request) { return request.method + " " + http::loggable_url(request.url); }

[[noreturn]] void refuse(const http::Request& request, const http::Response& response) {
    const json body = json::parse(response.body, nullptr, false);
    const auto text = [&body](const char* name) {
        return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
    };
    const std::string code = text("error_code");
    if (response.status == 401 || response.status == 403) http::expect_success(request, response, code);
    const bool transient = response.status == 408 || response.status == 429 || response.status >= 500;
    throw MlflowError("databricks: " + place_of(request) + " was refused with status " +
                          std::to_string(response.status) + (code.empty() ? "" : " " + code),
                      response.status, code, text("message"), transient);
}

json read_object(const http::Request& request, const http::Response& response) {
    json body = response.body.empty() ? json::object() : json::parse(response.body, nullptr, false);
    if (!body.is_object()) {
        throw MlflowError("databricks: " + place_of(request) + " answered " + std::to_string(response.status) +
                              " with a body that is no JSON object; is a proxy or a login page in between?",
                          response.status, "", "", true);
    }
    return body;
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
    return read_object(request, response);
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
    return read_object(request, response);
}

http::Response WorkspaceApi::transfer(http::Request request, const std::vector<int>& also) const {
    request.url.insert(0, address_.url);
    auto response = http_.send(request);
    const bool expected = std::find(also.begin(), also.end(), response.status) != also.end();
    if (!response.ok() && !expected) refuse(request, response);
    return response;
}

}  // namespace assay::tracking::databricks
