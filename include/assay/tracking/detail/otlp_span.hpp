#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/tracking/otlp.hpp"
#include "assay/tracking/trace.hpp"

/// What OTLP says of a span, before it is encoded.
namespace assay::tracking::detail {

using OtlpValue = nlohmann::ordered_json;
using OtlpAttributes = std::vector<std::pair<std::string, OtlpValue>>;

/// Levels of lists and objects in a value.
inline constexpr int max_otlp_depth = 20;

/// 16 bytes, and 8.
std::string id_bytes(TraceId id);
std::string id_bytes(std::uint64_t span_id);

/// A span's attributes, its type, inputs and outputs among them; lists and objects that the dialect or the depth
/// forbids are text.
OtlpAttributes otlp_attributes(const SpanData& span, const TraceData& trace, OtlpDialect dialect);

/// Attributes of an event: texts, numbers, truth values and lists of one of them; all else is JSON text, nothing is
/// left out.
OtlpAttributes otlp_attributes(const SpanEvent& event);

}  // namespace assay::tracking::detail
