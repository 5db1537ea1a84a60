#include "assay/tracking/detail/trace_shapes.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

namespace {

template <typename T, typename List>
void read_list(const json& from, T& to, const List& list) {
    std::apply([&](const auto&... members) { (read_member(from, members, to), ...); }, list);
}

template <typename T, typename List>
json write_list(const T& value, const List& list) {
    auto out = json::object();
    std::apply([&](const auto&... members) { (write_member(value, members, out), ...); }, list);
    return out;
}

const json* find_member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace

json write_expectation(const rest::JsonText& value) {
    const json parsed = write_value(value);
    if (!parsed.is_structured()) return {{"value", parsed}};
    return {{"serialized_value", {{"serialization_format", "JSON_FORMAT"}, {"value", value.text}}}};
}

void Shape<rest::Assessment>::read(const json& from, rest::Assessment& to) {
    read_list(from, to, plain);
    if (const json* feedback = find_member(from, "feedback")) {
        if (const json* value = find_member(*feedback, "value")) read_value(*value, to.feedback);
        if (const json* error = find_member(*feedback, "error")) read_value(*error, to.feedback_error);
    }
    if (const json* expectation = find_member(from, "expectation")) {
        if (const json* value = find_member(*expectation, "value")) read_value(*value, to.expectation);
        if (const json* held = find_member(*expectation, "serialized_value")) {
            read_value(held->at("value"), to.expectation.text);
        }
    }
    if (const json* issue = find_member(from, "issue")) read_value(issue->at("issue_name"), to.issue_name);
}

json Shape<rest::Assessment>::write(const rest::Assessment& assessment) {
    json out = write_list(assessment, plain);
    if (!assessment.feedback.empty()) out["feedback"]["value"] = write_value(assessment.feedback);
    if (assessment.feedback_error) out["feedback"]["error"] = write_value(*assessment.feedback_error);
    if (!assessment.expectation.empty()) out["expectation"] = write_expectation(assessment.expectation);
    if (!assessment.issue_name.empty()) out["issue"]["issue_name"] = assessment.issue_name;
    return out;
}

void Shape<rest::TraceInfo>::read(const json& from, rest::TraceInfo& to) {
    read_list(from, to, plain);
    const json* location = find_member(from, "trace_location");
    const json* experiment = location == nullptr ? nullptr : find_member(*location, "mlflow_experiment");
    if (experiment != nullptr) read_value(experiment->at("experiment_id"), to.experiment_id);
}

json Shape<rest::TraceInfo>::write(const rest::TraceInfo& trace) {
    json out = write_list(trace, plain);
    out["trace_location"] = write_location(trace.experiment_id);
    return out;
}

json write_location(const std::string& experiment_id) {
    return {{"type", "MLFLOW_EXPERIMENT"}, {"mlflow_experiment", {{"experiment_id", experiment_id}}}};
}

}  // namespace assay::tracking::detail
