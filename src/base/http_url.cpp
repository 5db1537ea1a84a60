#include "base/http_url.hpp"

#include "assay/base/error.hpp"
#include "assay/base/http.hpp"

#include <curl/curl.h>

#include <memory>

namespace assay::http {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// The text may hold a password, so no message repeats it.
void expect_url(CURLUcode code) {
    if (code == CURLUE_OK) return;
    throw ValueError(
        "http: expected a URL such as https://host/path, got one that cannot be read; check its scheme, "
        "host and port");
}

Handle parse(const std::string& text) {
    Handle url(curl_url(), &curl_url_cleanup);
    if (!url) throw Error("http: out of memory");
    expect_url(curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0));
    return url;
}

std::string part(const Handle& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

}  // namespace

Url parse_url(const std::string& text) {
    const Handle url = parse(text);
    const std::string scheme = part(url, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") {
        throw ValueError("http: expected a URL of scheme http or https, got '" + scheme + "'");
    }
    const std::string host = part(url, CURLUPART_HOST);
    const std::string port = part(url, CURLUPART_PORT);
    Url out;
    out.origin = scheme + "://" + host + ':' + part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    for (char& c : out.origin) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    out.loggable = host;
    if (!port.empty()) out.loggable.append(":").append(port);
    out.loggable += part(url, CURLUPART_PATH);
    out.has_user = !part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty();
    return out;
}

std::string resolve_url(const std::string& base, const std::string& location) {
    const Handle url = parse(base);
    expect_url(curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0));
    return part(url, CURLUPART_URL);
}

bool same_origin(const std::string& a, const std::string& b) { return parse_url(a).origin == parse_url(b).origin; }

std::string loggable_url(const std::string& url) { return parse_url(url).loggable; }

}  // namespace assay::http
