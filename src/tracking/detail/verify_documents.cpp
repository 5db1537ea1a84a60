#include "assay/tracking/detail/verify_documents.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/alias_history.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/model_lookup.hpp"
#include "assay/tracking/detail/trace_json.hpp"
#include "assay/tracking/rest/traces.hpp"

namespace assay::tracking::detail {

using nlohmann::json;

// A body that cannot be read was set aside at delivery, and does not come here.

void DocumentComparison::expect(Document document, Timestamp time) {
    try {
        if (document.kind == RecordKind::trace) return expect_trace(document);
        if (document.kind == RecordKind::assessment) return expect_assessment(document);
    } catch (const json::exception&) {
        return;
    }
    if (document.kind == RecordKind::model) models_.push_back(std::move(document));
    if (document.kind == RecordKind::model_version) versions_.emplace_back(std::move(document), time);
}

void DocumentComparison::expect_trace(const Document& document) {
    // Where its spans are gone from the journal since, or cannot be read: that it is there can still be seen.
    const auto expect_id = [&] {
        traces_[TraceId::parse(json::parse(document.body).at("trace_id").get<std::string>()).mlflow_id()].sent = true;
    };
    try {
        const TraceData trace = decode_trace(document, contents_);
        ExpectedTrace& expected = traces_[trace.id.mlflow_id()];
        expected.sent = true;
        for (const auto& span : trace.spans) expected.spans.insert(span.id);
    } catch (const ValueError&) {
        expect_id();
    } catch (const IoError&) {
        expect_id();
    }
}

void DocumentComparison::expect_assessment(const Document& document) {
    traces_[json::parse(document.body).at("trace_id").get<std::string>()].assessments.push_back(document.id);
}

void DocumentComparison::compare() {
    for (const auto& [id, expected] : traces_) compare_trace(id, expected);
    for (const auto& document : models_) compare_model(document);
    for (const auto& [document, time] : versions_) compare_version(document, time);
}

void DocumentComparison::compare_trace(const std::string& id, const ExpectedTrace& expected) {
    const rest::Traces traces(client_.connection());
    report_.traces += expected.sent;
    report_.assessments += static_cast<index>(expected.assessments.size());
    if (expected.sent) {
        try {
            const auto held = static_cast<index>(json::parse(traces.spans(id).text).size());
            const auto sent = static_cast<index>(expected.spans.size());
            report_.spans += sent;
            if (held < sent) tell("trace " + id + ": " + std::to_string(sent - held) + " span(s) missing");
        } catch (const ResourceDoesNotExist&) {
            tell("trace " + id + ": missing");
        }
    }
    if (expected.assessments.empty()) return;
    const auto info = traces.find(id);
    for (const auto& assessment : expected.assessments) {
        if (!info || !holds_assessment(*info, assessment)) tell("trace " + id + ": assessment missing");
    }
}

const std::string& DocumentComparison::experiment_of(const Document& document) {
    const std::string& key = document.run.empty() ? document.experiment : document.run;
    const auto known = experiments_.find(key);
    if (known != experiments_.end()) return known->second;
    // A Databricks workspace knows it under a longer name; there it was made when the document was delivered.
    const auto found = client_.address().databricks ? client_.ensure_experiment(key) : client_.find_experiment(key);
    return experiments_.emplace(key, found ? found->id : std::string()).first->second;
}

void DocumentComparison::compare_model(const Document& document) {
    const json body = json::parse(document.body, nullptr, false);
    const std::string name = body.value("name", "");
    const std::string digest = body.value("reuse", false) ? body.value("digest", "") : "";
    ++report_.models;
    const rest::LoggedModels models(client_.connection());
    const auto model = find_model(models, {}, experiment_of(document), document.id, digest);
    if (!model) return tell("model '" + name + "': missing");
    if (model->status != model_ready) return tell("model '" + name + "': not ready");
    for (const auto& file : body.value("files", json::array())) {
        const auto path = file.at("path").get<std::string>();
        if (path == "MLmodel") continue;  // delivery writes the server's ids into it
        compare_model_file(model->artifact_location, path, file.at("sha256").get<std::string>(), name);
    }
}

void DocumentComparison::compare_model_file(const std::string& root, const std::string& path, const std::string& sha256,
                                            const std::string& name) {
    const auto differs = [&] { tell("model '" + name + "': file '" + path + "' differs"); };
    try {
        if (artifacts_.measure(root, path).sha256 != sha256) differs();
    } catch (const MlflowError& e) {
        if (e.transient()) throw;
        differs();
    } catch (const ValueError&) {  // a store that only its own client reads
        differs();
    } catch (const StateError&) {  // a server without the proxy
        differs();
    }
}

void DocumentComparison::compare_version(const Document& document, Timestamp time) {
    if (client_.address().databricks) return;  // Unity Catalog keeps no tags of versions to look for
    const json body = json::parse(document.body, nullptr, false);
    const std::string name = body.value("name", "");
    const rest::Registry registry(client_.connection());
    ++report_.model_versions;
    if (body.value("action", "") == "register") {
        if (!find_registration(registry, name, document.id, body.value("digest", ""))) {
            tell("model '" + name + "': the version registered is missing");
        }
        return;
    }
    const std::string alias = body.value("alias", "");
    const auto model = registry.find_model(name);
    const auto tag = model ? model->tags.find("assay.alias." + alias) : TextMap::const_iterator{};
    const bool noted = model && tag != model->tags.end();
    const AliasHistory history = noted ? AliasHistory::parse(tag->second) : AliasHistory{};
    const AliasChange* change = history.find(document.id);
    if (change == nullptr && history.may_have_forgotten(time.micros() / 1000)) return;
    if (change == nullptr || !change->done) tell("model '" + name + "': a change of alias '" + alias + "' is missing");
}

}  // namespace assay::tracking::detail
