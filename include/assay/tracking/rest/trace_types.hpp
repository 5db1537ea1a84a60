#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/time.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/json_text.hpp"

namespace assay::tracking::rest {

/// Who or what judged.
struct AssessmentSource {
    std::string source_type;  ///< "HUMAN", "LLM_JUDGE", "CODE"
    std::string source_id;    ///< a user, a model, a program
};

/// Why a judge gave no value.
struct AssessmentFailure {
    std::string error_code;
    std::string error_message;
    std::string stack_trace;
};

/// A judgement of a trace or of one span: feedback (a value, or why there is none), an expectation (what would have
/// been right), or an issue. One of them.
struct Assessment {
    std::string assessment_id;  ///< "a-…", given by the server
    std::string name;
    std::string trace_id;
    std::string span_id;  ///< empty: the whole trace
    AssessmentSource source;
    JsonText feedback;                                ///< the server keeps its numbers as doubles
    std::optional<AssessmentFailure> feedback_error;  ///< in place of a value
    JsonText expectation;
    std::string issue_name;
    std::string rationale;
    TextMap metadata;
    std::string overrides;                      ///< id of the assessment that this one corrects
    std::optional<bool> valid;                  ///< false: overridden
    std::optional<Timestamp> create_time;       ///< the server's where not given
    std::optional<Timestamp> last_update_time;  ///< the server's where not given
};

/// What changes; what is not given stays.
struct AssessmentUpdate {
    std::optional<std::string> name{};
    std::optional<JsonText> feedback{};
    std::optional<JsonText> expectation{};
    std::optional<std::string> rationale{};
    std::optional<TextMap> metadata{};
};

/// A trace without its spans.
struct TraceInfo {
    std::string trace_id;           ///< "tr-" and 32 hex digits
    std::string experiment_id;      ///< where it lies
    std::string client_request_id;  ///< the caller's own id
    std::string request_preview;
    std::string response_preview;
    Timestamp request_time;  ///< milliseconds on the server
    std::optional<std::chrono::microseconds> execution_duration;
    std::string state = "OK";  ///< or "ERROR", "IN_PROGRESS", "STATE_UNSPECIFIED"
    TextMap trace_metadata;    ///< frozen
    TextMap tags;              ///< may change
    std::vector<Assessment> assessments;
};

struct TraceQuery {
    std::vector<std::string> experiment_ids;
    std::string filter{};                 ///< "trace.status = 'ERROR' AND tag.user = 'a'"
    std::vector<std::string> order_by{};  ///< "timestamp_ms DESC"
    int page_size = 100;                  ///< at most 500
};

}  // namespace assay::tracking::rest
