#include "assay/tracking/databricks/aws_signature.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

constexpr const char* aws_algorithm = "AWS4-HMAC-SHA256";
constexpr const char* terminator = "aws4_request";

/// Host, path and query of a URL as they stand in it.
struct UrlParts {
    std::string host;
    std::string path;
    std::string query;
};

UrlParts split_url(const std::string& url) {
    const auto host = url.find("://");
    if (host == std::string::npos) throw ValueError("aws: expected an absolute URL");
    const auto path = std::min(url.find_first_of("/?", host + 3), url.size());
    const auto query = std::min(url.find('?', path), url.size());
    UrlParts parts{url.substr(host + 3, path - host - 3), url.substr(path, query - path), ""};
    if (query < url.size()) parts.query = url.substr(query + 1);
    if (parts.path.empty()) parts.path = "/";
    return parts;
}

/// Without blanks around, and with one where several follow each other.
std::string squeeze(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
        out += c;
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

/// Values of one name stand together, in their order.
std::map<std::string, std::string> canonical_headers(const http::Request& request, const std::string& host) {
    std::map<std::string, std::string> headers{{"host", host}};
    for (const auto& [name, value] : request.headers) {
        std::string& all = headers[lower(name)];
        all += (all.empty() ? "" : ",") + squeeze(value);
    }
    return headers;
}

/// Sorted by name, then value; a name without '=' gets one.
std::string canonical_query(const std::string& query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t begin = 0; begin < query.size();) {
        const auto end = std::min(query.find('&', begin), query.size());
        const auto mark = std::min(query.find('=', begin), end);
        pairs.emplace_back(query.substr(begin, mark - begin), mark < end ? query.substr(mark + 1, end - mark - 1) : "");
        begin = end + 1;
    }
    std::sort(pairs.begin(), pairs.end());
    std::string out;
    for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + name + "=" + value;
    return out;
}

std::string_view bytes_of(const Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256Digest signing_key(const AwsKey& key, const std::string& day, const AwsScope& scope) {
    std::string first = "AWS4" + std::string(key.secret.reveal());
    Sha256Digest digest = hmac_sha256(first, day);
    for (volatile char* c = first.data(); c != first.data() + first.size(); ++c) *c = '\0';
    digest = hmac_sha256(bytes_of(digest), scope.region);
    digest = hmac_sha256(bytes_of(digest), scope.service);
    return hmac_sha256(bytes_of(digest), terminator);
}

}  // namespace

std::string aws_time(Timestamp time) {
    const std::int64_t seconds = time.micros() / Timestamp::micros_per_second;
    std::string text = to_iso8601(Timestamp(seconds * Timestamp::micros_per_second));
    text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '-' || c == ':'; }), text.end());
    return text;
}

std::string aws_authorization(const http::Request& request, const AwsKey& key, const AwsScope& scope,
                              std::string_view payload, Timestamp time) {
    const UrlParts url = split_url(request.url);
    std::string lines;
    std::string names;
    for (const auto& [name, value] : canonical_headers(request, url.host)) {
        lines += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    const std::string canonical = request.method + "\n" + url.path + "\n" + canonical_query(url.query) + "\n" + lines +
                                  "\n" + names + "\n" + std::string(payload);
    const std::string moment = aws_time(time);
    const std::string day = moment.substr(0, 8);
    const std::string place = day + "/" + scope.region + "/" + scope.service + "/" + terminator;
    const std::string text =
        std::string(aws_algorithm) + "\n" + moment + "\n" + place + "\n" + to_hex(sha256(canonical));
    const std::string signature = to_hex(hmac_sha256(bytes_of(signing_key(key, day, scope)), text));
    return std::string(aws_algorithm) + " Credential=" + key.id + "/" + place + ", SignedHeaders=" + names +
           ", Signature=" + signature;
}

void sign_for_s3(http::Request& request, const AwsKey& key, const std::string& region, std::string_view payload,
                 Timestamp time) {
    request.headers.emplace_back("X-Amz-Content-Sha256", payload);
    request.headers.emplace_back("X-Amz-Date", aws_time(time));
    if (!key.session_token.empty()) {
        request.headers.emplace_back("X-Amz-Security-Token", std::string(key.session_token.reveal()));
    }
    request.headers.emplace_back("Authorization", aws_authorization(request, key, {region}, payload, time));
}

}  // namespace assay::tracking::databricks
