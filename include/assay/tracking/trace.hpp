#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/span_value.hpp"

namespace assay::tracking {

/// Attributes in the order in which they were set.
using SpanAttributes = std::vector<std::pair<std::string, SpanValue>>;

enum class SpanStatus : std::uint8_t { unset, ok, error };

/// "UNSET", "OK", "ERROR".
ASSAY_EXPORT std::string_view to_string(SpanStatus status) noexcept;
/// @throws ValueError for any other word
ASSAY_EXPORT SpanStatus parse_span_status(std::string_view text);

/// 16 bytes as W3C Trace Context and OpenTelemetry have them; all 0 is no id.
struct TraceId {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    /// 32 hexadecimal digits.
    ASSAY_EXPORT std::string text() const;
    /// "tr-" and the digits: the trace's id on an MLflow server.
    ASSAY_EXPORT std::string mlflow_id() const;
    /// Reads either. @throws ValueError
    ASSAY_EXPORT static TraceId parse(std::string_view text);

    friend bool operator==(const TraceId&, const TraceId&) = default;
};

/// 16 hexadecimal digits of a span's id.
ASSAY_EXPORT std::string span_id_text(std::uint64_t id);
/// @throws ValueError
ASSAY_EXPORT std::uint64_t parse_span_id(std::string_view text);

/// Something that happened at one moment of a span.
struct SpanEvent {
    std::string name;
    std::int64_t time_ns = 0;  ///< since 1970, UTC
    SpanAttributes attributes;

    friend bool operator==(const SpanEvent&, const SpanEvent&) = default;
};

/// One piece of work: what it was given, what it gave, how long it took.
struct SpanData {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;  ///< 0 for the root
    std::string name;
    std::string type;           ///< "LLM", "CHAIN", "TOOL", "RETRIEVER", "EVALUATOR", …; any word
    std::int64_t start_ns = 0;  ///< since 1970, UTC
    std::int64_t end_ns = 0;
    SpanStatus status = SpanStatus::unset;
    std::string status_message;
    SpanValue inputs;
    SpanValue outputs;
    SpanAttributes attributes;
    std::vector<SpanEvent> events;

    /// The last value set, or null.
    ASSAY_EXPORT const SpanValue* attribute(std::string_view key) const noexcept;

    friend bool operator==(const SpanData&, const SpanData&) = default;
};

/// A tree of spans, and what is known of the whole.
struct TraceData {
    TraceId id;
    std::string run;         ///< `Run::id` of the run it belongs to; empty for none
    std::string experiment;  ///< name
    /// It holds only spans that ended after their trace was written; the members from `start_ns` to `response_preview`
    /// say nothing then.
    bool late = false;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    SpanStatus state = SpanStatus::unset;
    std::map<std::string, std::string> tags;
    std::map<std::string, std::string> metadata;
    std::string client_request_id;
    std::string request_preview;  ///< what a list of traces shows; made from the root's inputs where empty
    std::string response_preview;
    std::vector<SpanData> spans;

    /// The span without a parent, or null.
    ASSAY_EXPORT const SpanData* root() const noexcept;

    friend bool operator==(const TraceData&, const TraceData&) = default;
};

/// Names of attributes to which MLflow gives a meaning.
namespace span_attribute {
inline constexpr std::string_view inputs = "mlflow.spanInputs";
inline constexpr std::string_view outputs = "mlflow.spanOutputs";
inline constexpr std::string_view type = "mlflow.spanType";
inline constexpr std::string_view function_name = "mlflow.spanFunctionName";
inline constexpr std::string_view token_usage = "mlflow.chat.tokenUsage";
inline constexpr std::string_view model = "mlflow.llm.model";
inline constexpr std::string_view model_provider = "mlflow.llm.provider";
inline constexpr std::string_view cost = "mlflow.llm.cost";
}  // namespace span_attribute

}  // namespace assay::tracking
