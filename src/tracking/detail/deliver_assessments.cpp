#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/model_lookup.hpp"
#include "assay/tracking/detail/trace_shapes.hpp"
#include "assay/tracking/rest/assessments.hpp"
#include "assay/tracking/rest/traces.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

constexpr const char* id_key = "assay.assessment_id";
constexpr const char* run_key = "mlflow.assessment.sourceRunId";

rest::Assessment read_assessment(const Document& document) {
    try {
        const auto body = json::parse(document.body);
        auto assessment = read<rest::Assessment>(body, "assessment");
        read_value(body.at("trace_id"), assessment.trace_id);
        assessment.metadata[id_key] = document.id;
        return assessment;
    } catch (const std::exception&) {  // nlohmann's and ours, which quote the member
        throw ValueError("sync: expected a trace and an assessment in a record of kind assessment");
    }
}

}  // namespace

bool holds_assessment(const rest::TraceInfo& trace, const std::string& id) {
    return std::any_of(trace.assessments.begin(), trace.assessments.end(), [&id](const rest::Assessment& each) {
        const auto found = each.metadata.find(id_key);
        return found != each.metadata.end() && found->second == id;
    });
}

void deliver_assessment(const Document& document, const DocumentDelivery& delivery) {
    rest::Assessment assessment = read_assessment(document);
    if (!document.run.empty()) assessment.metadata[run_key] = delivery.runs.server_id(document.run);
    const rest::Traces traces(delivery.client.connection());
    // The server knows no id of ours: an answer that is lost leaves it open whether the assessment is there.
    const auto is_there = [&]() -> std::optional<bool> {
        const auto trace = patiently(delivery.options, [&] { return traces.find(assessment.trace_id); });
        if (!trace) throw NotThereYet("sync: feedback waits for its trace, which this server does not have");
        return holds_assessment(*trace, document.id) ? std::optional(true) : std::nullopt;
    };
    find_or_make(delivery.options, is_there, [&] {
        rest::Assessments(delivery.client.connection()).create(assessment);
        return true;
    });
}

}  // namespace assay::tracking::detail
