#include <algorithm>
#include <chrono>

#include "assay/base/error.hpp"
#include "assay/base/number.hpp"
#include "assay/base/version.hpp"
#include "assay/tracking/detail/url.hpp"
#include "assay/tracking/otlp_export.hpp"

namespace assay::tracking {
namespace {

constexpr const char* signal_prefix = "OTEL_EXPORTER_OTLP_TRACES_";
constexpr const char* general_prefix = "OTEL_EXPORTER_OTLP_";

/// The signal's setting before the general one; an empty variable is one that is not set.
std::string setting(const Environment& environment, const std::string& name) {
    for (const char* prefix : {signal_prefix, general_prefix}) {
        const auto value = environment.variable((prefix + name).c_str());
        if (value && !value->empty()) return *value;
    }
    return {};
}

std::string trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

/// "key=value,key=value". Source: W3C Baggage, of which the properties are not used here.
std::vector<std::pair<std::string, std::string>> read_pairs(std::string_view text, const char* variable) {
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const std::string item = trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (item.empty()) continue;
        const auto equals = item.find('=');
        if (equals == std::string::npos || equals == 0) {
            throw ValueError(std::string(variable) + ": expected key=value pairs with commas between them");
        }
        pairs.emplace_back(trim(detail::decode_url(item.substr(0, equals))),
                           trim(detail::decode_url(item.substr(equals + 1))));
    }
    return pairs;
}

std::string endpoint_url(const Environment& environment) {
    const auto whole = environment.variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    if (whole && !whole->empty()) return *whole;
    auto base = environment.variable("OTEL_EXPORTER_OTLP_ENDPOINT").value_or("");
    if (base.empty()) return {};
    while (base.back() == '/') base.pop_back();
    return base + "/v1/traces";
}

OtlpEncoding read_protocol(const std::string& protocol) {
    if (protocol.empty() || protocol == "http/protobuf") return OtlpEncoding::protobuf;
    if (protocol == "http/json") return OtlpEncoding::json;
    throw ValueError("OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json, got '" + protocol +
                     "'; collectors that take gRPC on port 4317 take HTTP on 4318");
}

bool read_compression(const std::string& compression) {
    if (compression.empty() || compression == "none") return false;
    if (compression == "gzip") return true;
    throw ValueError("OTEL_EXPORTER_OTLP_COMPRESSION: expected gzip or none, got '" + compression + "'");
}

std::chrono::milliseconds read_timeout(const std::string& text) {
    if (text.empty()) return std::chrono::milliseconds(10'000);
    const auto milliseconds = parse_number(text);
    if (!milliseconds || *milliseconds <= 0 || *milliseconds > 1e9) {
        throw ValueError("OTEL_EXPORTER_OTLP_TIMEOUT: expected milliseconds above 0, got '" + text + "'");
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(*milliseconds));
}

OtlpResource read_resource(const Environment& environment) {
    OtlpResource resource{{"service.name", "unknown_service:assay"},
                          {"telemetry.sdk.name", "assay"},
                          {"telemetry.sdk.language", "cpp"},
                          {"telemetry.sdk.version", version()}};
    const auto attributes = environment.variable("OTEL_RESOURCE_ATTRIBUTES").value_or("");
    for (auto& [key, value] : read_pairs(attributes, "OTEL_RESOURCE_ATTRIBUTES")) resource[key] = value;
    const auto service = environment.variable("OTEL_SERVICE_NAME");
    if (service && !service->empty()) resource["service.name"] = *service;
    return resource;
}

/// Everything but the address.
void read_settings(OtlpEndpoint& endpoint, const Environment& environment) {
    endpoint.encoding = read_protocol(setting(environment, "PROTOCOL"));
    endpoint.gzip = read_compression(setting(environment, "COMPRESSION"));
    endpoint.resource = read_resource(environment);
    endpoint.options.timeout = read_timeout(setting(environment, "TIMEOUT"));
    endpoint.options.trusted_certificates = setting(environment, "CERTIFICATE");
    for (auto& header : read_pairs(setting(environment, "HEADERS"), "OTEL_EXPORTER_OTLP_HEADERS")) {
        endpoint.options.headers.push_back(std::move(header));
    }
    endpoint.options.retry.statuses = {429, 502, 503, 504};
}

}  // namespace

std::optional<OtlpEndpoint> resolve_otlp_endpoint(std::string_view url, const Environment& environment) {
    std::string place = url.empty() ? endpoint_url(environment) : std::string(url);
    std::optional<OtlpEndpoint> endpoint;
    if (place.empty()) return endpoint;
    endpoint.emplace().url = std::move(place);
    read_settings(*endpoint, environment);
    return endpoint;
}

}  // namespace assay::tracking
