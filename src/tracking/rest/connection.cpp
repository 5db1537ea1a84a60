#include "assay/tracking/rest/connection.hpp"

#include <nlohmann/json.hpp>

#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::rest {
namespace {

using nlohmann::json;

/// "POST host:port/api/2.0/mlflow/runs/create"
std::string place_of(const http::Request& request) { return request.method + " " + http::loggable_url(request.url); }

bool may_succeed_later(int status, const std::string& words) {
    if (status == 408 || status == 429 || status >= 500) return true;
    // An overloaded server's way to say 503.
    return status == 400 &&
           (words.find("QueuePool") != std::string::npos || words.find("database is locked") != std::string::npos);
}

/// What expect_success() says of 401 and 403: it names the remedy.
std::string refusal_text(const http::Request& request, const http::Response& response, const std::string& code) {
    if (response.status == 401 || response.status == 403) {
        try {
            http::expect_success(request, response, code);
        } catch (const AuthError& e) {
            return e.what();
        }
    }
    return "MLflow: " + place_of(request) + " was refused with status " + std::to_string(response.status) +
           (code.empty() ? "" : " " + code);
}

[[noreturn]] void refuse(const http::Request& request, const http::Response& response) {
    const json body = json::parse(response.body, nullptr, false);
    const auto text = [&body](const char* name) {
        return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
    };
    std::string code = text("error_code");
    std::string words = body.is_object() ? text("message") : response.body.substr(0, 500);
    const bool transient = may_succeed_later(response.status, words);
    std::string what = refusal_text(request, response, code);
    throw_refusal({std::move(what), response.status, std::move(code), std::move(words), transient});
}

[[noreturn]] void distrust(const http::Request& request, const http::Response& response, const char* what) {
    throw UnexpectedAnswer({"MLflow: " + place_of(request) + " answered " + std::to_string(response.status) + " with " +
                                what + ", expected MLflow's JSON; is a proxy or a login page in between?",
                            response.status, "", "", true});
}

}  // namespace

Connection::Connection(ServerAddress address) : address_(std::move(address)), http_(address_.options) {}

bool Connection::healthy() const {
    http::Request request;
    request.url = url() + "/health";
    request.retry = RetryPolicy{.attempts = 1};
    request.timeout = std::chrono::milliseconds(5000);
    try {
        return http_.send(request).ok();
    } catch (const HttpError&) {
        return false;
    }
}

void Connection::ask(const http::Request& request, const Reader& read) const {
    const auto response = transfer(request);
    if (response.body.empty()) distrust(request, response, "an empty body");
    const auto type = response.header("Content-Type").value_or("");
    if (type.find("json") == std::string_view::npos) distrust(request, response, "a body that is not JSON");
    const json body = json::parse(response.body, nullptr, false);
    if (!body.is_object()) distrust(request, response, "a body that is cut or not a JSON object");
    try {
        read(body);
    } catch (const std::exception&) {  // nlohmann's, and those of the values' own readers
        throw UnexpectedAnswer({"MLflow: " + place_of(request) + " answered JSON without the members expected",
                                response.status, "", "", true});
    }
}

void Connection::get(std::string_view path, const Query& query, const Reader& read) const {
    http::Request request;
    request.url = url() + std::string(path);
    char mark = '?';
    for (const auto& [name, value] : query) {
        request.url += mark + name + "=" + detail::encode_url(value);
        mark = '&';
    }
    request.headers = {{"Accept", "application/json"}};
    ask(request, read);
}

void Connection::send(const char* method, std::string_view path, const json& body, const Reader& read,
                      Repeat repeat) const {
    http::Request request;
    request.method = method;
    request.url = url() + std::string(path);
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    try {
        request.body = body.dump();
    } catch (const json::exception&) {
        throw ValueError("MLflow: expected text in UTF-8, got bytes that are not");
    }
    if (repeat == Repeat::no) {
        request.retry = address_.options.retry;
        request.retry->attempts = 1;
        request.fresh_connection = true;
    }
    ask(request, read);
}

http::Response Connection::transfer(const http::Request& request) const {
    auto response = http_.send(request);
    if (!response.ok()) refuse(request, response);
    return response;
}

}  // namespace assay::tracking::rest
