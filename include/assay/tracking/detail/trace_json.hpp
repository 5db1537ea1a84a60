#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/trace.hpp"

/// A trace as a journal record. The body of a Document of kind `trace`:
///
///     {"trace_id": 32 digits, "start_ns", "end_ns", "state", "tags": {…}, "metadata": {…},
///      "client_request_id"?, "request_preview"?, "response_preview"?, "spans": […]}
///
/// and, for spans that ended after their trace was written, {"trace_id", "late": true, "spans": […]}. A span is
/// {"id", "parent"?, "name", "type", "start_ns", "end_ns", "status", "message"?, "inputs"?, "outputs"?, "attributes"?:
/// [[key, value]…], "events"?: [{"name", "time_ns", "attributes"?}]}. Spans of more than `max_spans_in_record` bytes
/// lie in the artifact store as a file of their own, the record's only content.
namespace assay::tracking::detail {

inline constexpr std::size_t max_spans_in_record = 1'000'000;

/// "[span, …]"
std::string encode_spans(const std::vector<const SpanData*>& spans);

/// The whole record of kind `trace`, as `encode(Document)` would write it.
/// @param spans  what encode_spans wrote, "" where they lie in the store as `content`
std::string encode_trace(const TraceData& trace, std::string_view spans, std::string_view content);

/// @throws ValueError if the body is not such an object, or its content is missing or damaged
TraceData decode_trace(const Document& document, const ArtifactStore& contents);

}  // namespace assay::tracking::detail
