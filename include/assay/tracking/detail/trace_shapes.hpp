#pragma once

#include "assay/tracking/detail/shape.hpp"
#include "assay/tracking/rest/trace_types.hpp"

namespace assay::tracking::detail {

template <>
struct Shape<rest::AssessmentSource> {
    using T = rest::AssessmentSource;
    static constexpr auto members =
        std::tuple{required("source_type", &T::source_type), member("source_id", &T::source_id)};
};

template <>
struct Shape<rest::AssessmentFailure> {
    using T = rest::AssessmentFailure;
    static constexpr auto members =
        std::tuple{required("error_code", &T::error_code), member("error_message", &T::error_message),
                   member("stack_trace", &T::stack_trace)};
};

/// `members`, and the judgement as {"feedback": {"value" or "error"}}, {"expectation": {"value" or
/// "serialized_value"}} or {"issue": {"issue_name"}}.
template <>
struct Shape<rest::Assessment> {
    using T = rest::Assessment;
    static constexpr auto plain = std::tuple{member("assessment_id", &T::assessment_id),
                                             required("assessment_name", &T::name),
                                             member("trace_id", &T::trace_id),
                                             member("span_id", &T::span_id),
                                             required("source", &T::source),
                                             member("rationale", &T::rationale),
                                             object("metadata", &T::metadata),
                                             member("overrides", &T::overrides),
                                             member("valid", &T::valid),
                                             member("create_time", &T::create_time),
                                             member("last_update_time", &T::last_update_time)};
    static void read(const nlohmann::json& from, T& to);
    static nlohmann::json write(const T& assessment);
};

/// An expectation's member: texts, numbers and flags as they are, lists and objects as JSON in JSON, where their whole
/// numbers stay whole.
nlohmann::json write_expectation(const rest::JsonText& value);

/// `plain`, and where it lies.
template <>
struct Shape<rest::TraceInfo> {
    using T = rest::TraceInfo;
    static constexpr auto plain = std::tuple{required("trace_id", &T::trace_id),
                                             member("client_request_id", &T::client_request_id),
                                             member("request_preview", &T::request_preview),
                                             member("response_preview", &T::response_preview),
                                             required("request_time", &T::request_time),
                                             member("execution_duration", &T::execution_duration),
                                             member("state", &T::state),
                                             object("trace_metadata", &T::trace_metadata),
                                             object("tags", &T::tags),
                                             member("assessments", &T::assessments)};
    static void read(const nlohmann::json& from, T& to);
    static nlohmann::json write(const T& trace);
};

/// {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": …}}
nlohmann::json write_location(const std::string& experiment_id);

}  // namespace assay::tracking::detail
