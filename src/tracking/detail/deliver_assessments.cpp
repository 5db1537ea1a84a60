#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/patience.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

constexpr const char* id_key = "assay.assessment_id";
constexpr const char* run_key = "mlflow.assessment.sourceRunId";

std::string path_of(const std::string& trace) { return "/api/3.0/mlflow/traces/" + encode_url(trace); }

bool holds(const json& trace_info, const std::string& id) {
    const auto assessments = trace_info.value("assessments", json::array());
    return std::any_of(assessments.begin(), assessments.end(), [&id](const json& assessment) {
        return assessment.value("metadata", json::object()).value(id_key, "") == id;
    });
}

/// Whether the trace holds the assessment. @throws NotThereYet
bool is_delivered(const std::string& trace, const std::string& id, const DocumentDelivery& delivery) {
    bool held = false;
    try {
        patiently(delivery.options, [&] {
            delivery.client.connection().get(
                path_of(trace), {}, [&](const json& answer) { held = holds(answer.at("trace").at("trace_info"), id); });
        });
    } catch (const MlflowError& e) {
        // A proxy's 404 has no error code.
        if (e.status() == 404 && e.error_code() == "RESOURCE_DOES_NOT_EXIST") {
            throw NotThereYet("sync: feedback waits for its trace, which this server does not have");
        }
        throw;
    }
    return held;
}

void create(const std::string& trace, const json& assessment, const DocumentDelivery& delivery) {
    delivery.client.connection().send(
        "POST", path_of(trace) + "/assessments", {{"assessment", assessment}},
        [](const json& answer) { answer.at("assessment").at("assessment_id"); }, rest::Repeat::no);
}

}  // namespace

void deliver_assessment(const Document& document, const DocumentDelivery& delivery) {
    std::string trace;
    json assessment;
    try {
        const auto body = json::parse(document.body);
        trace = body.at("trace_id").get<std::string>();
        assessment = body.at("assessment");
        assessment.at("assessment_name");
        assessment["trace_id"] = trace;
        assessment["metadata"][id_key] = document.id;
    } catch (const json::exception&) {
        throw ValueError("sync: expected a trace and an assessment in a record of kind assessment");
    }
    if (!document.run.empty()) assessment["metadata"][run_key] = delivery.runs.server_id(document.run);
    // The server knows no id of ours: an answer that is lost leaves it open whether the assessment is there.
    for (Patience patience(delivery.options); !is_delivered(trace, document.id, delivery);) {
        try {
            return create(trace, assessment, delivery);
        } catch (const AuthError&) {
            throw;
        } catch (const MlflowError& e) {
            if (!e.transient() || !patience.wait()) throw;
        } catch (const HttpError&) {
            if (!patience.wait()) throw;
        }
    }
}

}  // namespace assay::tracking::detail
