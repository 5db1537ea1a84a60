#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/base/index.hpp"
#include "assay/tracking/otlp.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking {

/// An OpenTelemetry collector that takes OTLP over HTTP.
struct OtlpEndpoint {
    std::string url;  ///< of traces: "http://localhost:4318/v1/traces"
    OtlpEncoding encoding = OtlpEncoding::protobuf;
    bool gzip = false;
    OtlpResource resource{};
    http::ClientOptions options{};  ///< headers, certificates, timeout
};

/// What the environment says: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT as it is, or OTEL_EXPORTER_OTLP_ENDPOINT and
/// "/v1/traces"; _HEADERS ("key=value,key=value", percent-encoded), _PROTOCOL ("http/protobuf" or "http/json"),
/// _COMPRESSION ("gzip" or "none"), _TIMEOUT (ms, 10,000 by default) and _CERTIFICATE, each with TRACES_ before the
/// general one; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES for the resource.
/// @param url  in place of both endpoints
/// @return     nothing where no endpoint is set
/// @throws ValueError for gRPC, or a setting that cannot be read
/// Source: OpenTelemetry specification 1.49, "OTLP Exporter Configuration".
ASSAY_EXPORT std::optional<OtlpEndpoint> resolve_otlp_endpoint(
    std::string_view url = {}, const Environment& environment = Environment::of_process());

struct OtlpReport {
    bool complete = false;  ///< every span was taken or refused for good
    std::string stopped_by;
    index traces = 0;
    index spans = 0;      ///< taken by the collector
    index refused = 0;    ///< spans that it refused
    std::string words;    ///< its words on them
    index remaining = 0;  ///< records still to be sent
};

/// Sends the traces of a journal that this collector has not taken yet; may be repeated at any time.
///
/// Ids are frozen, so that spans that travel twice after an answer was lost are the same spans. Answers 429, 502, 503
/// and 504 are waited out as the retry policy says, other refusals are final, as OTLP demands. A collector that is away
/// is no error: the report says what remains.
/// @throws StateError if another sender is at work on this journal, AuthError, IoError
ASSAY_EXPORT OtlpReport export_otlp(const std::filesystem::path& journal, const OtlpEndpoint& endpoint);

}  // namespace assay::tracking
