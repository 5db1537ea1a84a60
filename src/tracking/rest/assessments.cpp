#include "assay/tracking/rest/assessments.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/detail/rest_call.hpp"
#include "assay/tracking/detail/trace_shapes.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::rest {
namespace {

using nlohmann::json;

std::string assessment_path(std::string_view trace_id, std::string_view assessment_id = {}) {
    std::string path = detail::endpoint(detail::api3, "traces/" + detail::encode_url(trace_id) + "/assessments");
    if (!assessment_id.empty()) path += "/" + detail::encode_url(assessment_id);
    return path;
}

void expect_one_judgement(const Assessment& assessment) {
    const bool feedback = !assessment.feedback.empty() || assessment.feedback_error.has_value();
    if (feedback + !assessment.expectation.empty() + !assessment.issue_name.empty() == 1) return;
    throw ValueError("assessment: expected one of feedback, expectation and issue, got none or several");
}

}  // namespace

Assessment Assessments::create(const Assessment& assessment) const {
    expect_one_judgement(assessment);
    return detail::send<Assessment>(connection_, "POST", assessment_path(assessment.trace_id),
                                    {{"assessment", detail::write_value(assessment)}}, "assessment", Repeat::no);
}

Assessment Assessments::get(std::string_view trace_id, std::string_view assessment_id) const {
    return detail::get<Assessment>(connection_, assessment_path(trace_id, assessment_id), {}, "assessment");
}

Assessment Assessments::update(std::string_view trace_id, std::string_view assessment_id,
                               const AssessmentUpdate& update) const {
    json changed{{"assessment_id", assessment_id}, {"trace_id", trace_id}};
    std::string mask;
    const auto set = [&](const char* name, const json& value, const char* path) {
        changed[name] = value;
        mask += (mask.empty() ? "" : ",") + std::string(path);
    };
    // A mask is in camel case, as protobuf's JSON has it: 3.17 passes over snake case without a word.
    if (update.name) set("assessment_name", *update.name, "assessmentName");
    if (update.feedback) set("feedback", {{"value", detail::write_value(*update.feedback)}}, "feedback");
    if (update.expectation) set("expectation", detail::write_expectation(*update.expectation), "expectation");
    if (update.rationale) set("rationale", *update.rationale, "rationale");
    if (update.metadata) set("metadata", *update.metadata, "metadata");
    if (mask.empty()) throw ValueError("assessment: expected something to change, got nothing");
    return detail::send<Assessment>(connection_, "PATCH", assessment_path(trace_id, assessment_id),
                                    {{"assessment", changed}, {"update_mask", mask}}, "assessment");
}

void Assessments::remove(std::string_view trace_id, std::string_view assessment_id) const {
    connection_.send("DELETE", assessment_path(trace_id, assessment_id), json::object(), detail::nothing);
}

}  // namespace assay::tracking::rest
