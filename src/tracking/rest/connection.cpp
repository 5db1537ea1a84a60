#include "assay/tracking/rest/connection.hpp"

#include <nlohmann/json.hpp>

#include "assay/tracking/detail/answer.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::rest {
namespace {

using nlohmann::json;

constexpr const char* who = "MLflow";

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
    const json body = detail::read_object(who, request, response);
    try {
        read(body);
    } catch (const std::exception&) {  // nlohmann's, and those of the values' own readers
        detail::distrust(who, request, response, "JSON without the members expected");
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
    request.fresh_connection = repeat != Repeat::yes;
    if (repeat == Repeat::no) {
        request.retry = address_.options.retry;
        request.retry->attempts = 1;
    }
    ask(request, read);
}

http::Response Connection::transfer(const http::Request& request) const {
    auto response = http_.send(request);
    if (!response.ok()) detail::refuse(who, request, response);
    return response;
}

}  // namespace assay::tracking::rest
