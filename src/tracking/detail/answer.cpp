#include "assay/tracking/detail/answer.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/rest/error.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

bool may_succeed_later(int status, const std::string& words) {
    if (status == 408 || status == 429 || status >= 500) return true;
    // An overloaded server's way to say 503.
    return status == 400 &&
           (words.find("QueuePool") != std::string::npos || words.find("database is locked") != std::string::npos);
}

/// What expect_success() says of 401 and 403: it names the remedy.
std::string refusal_text(const char* who, const http::Request& request, const http::Response& response,
                         const std::string& code) {
    if (response.status == 401 || response.status == 403) {
        try {
            http::expect_success(request, response, code);
        } catch (const AuthError& e) {
            return e.what();
        }
    }
    return std::string(who) + ": " + place_of(request) + " was refused with status " + std::to_string(response.status) +
           (code.empty() ? "" : " " + code);
}

}  // namespace

std::string place_of(const http::Request& request) { return request.method + " " + http::loggable_url(request.url); }

void refuse(const char* who, const http::Request& request, const http::Response& response) {
    const json body = json::parse(response.body, nullptr, false);
    const auto text = [&body](const char* name) {
        return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
    };
    std::string code = text("error_code");
    std::string words = body.is_object() ? text("message") : response.body.substr(0, 500);
    const bool transient = may_succeed_later(response.status, words);
    std::string what = refusal_text(who, request, response, code);
    const bool repeated = response.attempts > 1;
    throw_refusal({std::move(what), response.status, std::move(code), std::move(words), transient, repeated});
}

void distrust(const char* who, const http::Request& request, const http::Response& response, const char* what) {
    throw UnexpectedAnswer({std::string(who) + ": " + place_of(request) + " answered " +
                                std::to_string(response.status) + " with " + what +
                                ", expected the server's JSON; is a proxy or a login page in between?",
                            response.status, "", "", true});
}

json read_object(const char* who, const http::Request& request, const http::Response& response) {
    if (response.body.empty()) distrust(who, request, response, "an empty body");
    const auto type = response.header("Content-Type").value_or("");
    if (type.find("json") == std::string_view::npos) distrust(who, request, response, "a body that is not JSON");
    json body = json::parse(response.body, nullptr, false);
    if (!body.is_object()) distrust(who, request, response, "a body that is cut or not a JSON object");
    return body;
}

}  // namespace assay::tracking::detail
