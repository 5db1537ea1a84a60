#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/trace.hpp"

namespace assay::tracking {

/// The two encodings of OTLP/HTTP.
enum class OtlpEncoding : std::uint8_t { protobuf, json };

/// For whom the spans are.
enum class OtlpDialect : std::uint8_t {
    mlflow,     ///< values as they are, nested ones included, under MLflow's names
    collector,  ///< lists and objects as JSON text, as most back ends show them; names of OpenTelemetry's conventions
                ///< for generative AI beside MLflow's; tags and metadata of the trace on its root
};

/// Attributes of the resource that made the spans, "service.name" for one.
using OtlpResource = std::map<std::string, std::string>;

/// Spans and the trace they belong to.
struct OtlpSpans {
    const TraceData* trace = nullptr;
    std::vector<const SpanData*> spans;
};

/// "application/x-protobuf" or "application/json".
ASSAY_EXPORT std::string_view media_type(OtlpEncoding encoding) noexcept;

/// One ExportTraceServiceRequest. Values nested deeper than 20 levels become JSON text, for receivers refuse messages
/// of more than 100 levels, and a level of a value takes three.
/// Source: OpenTelemetry Protocol 1.7, trace_service.proto and trace.proto; JSON as its section "JSON Protobuf
/// Encoding" says: ids in hexadecimal, 64-bit integers as text, enumerations as numbers.
ASSAY_EXPORT std::string encode_otlp(const std::vector<OtlpSpans>& groups, OtlpEncoding encoding, OtlpDialect dialect,
                                     const OtlpResource& resource = {});

}  // namespace assay::tracking
