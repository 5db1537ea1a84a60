#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/model_lookup.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {
namespace {

using nlohmann::json;

template <typename Read>
auto read_body(const Document& document, Read&& read) {
    try {
        return read(json::parse(document.body));
    } catch (const json::exception&) {
        throw ValueError("sync: a member is missing in a record of kind " + std::string(to_string(document.kind)));
    }
}

rest::LoggedModel measured_model(const Document& document, const std::string& experiment,
                                 const DocumentDelivery& delivery) {
    const rest::LoggedModels models(delivery.client.connection());
    const auto [ours, theirs] = read_body(document, [](const json& body) {
        return std::pair(body.value("model", std::string()), body.value("server_model", std::string()));
    });
    if (!theirs.empty()) return patiently(delivery.options, [&, id = theirs] { return models.get(id); });
    if (auto found = find_model(models, delivery.options, experiment, ours, {})) return *std::move(found);
    // It may have been logged in another experiment.
    for (const auto& other : delivery.client.experiments().search()) {
        if (auto found = find_model(models, delivery.options, other.id, ours, {})) return *std::move(found);
    }
    throw NotThereYet("the model that a metric was measured on is not on the server; deliver its journal first");
}

/// Notes a model as what the run looked at, once.
void link_input(const std::string& run, const std::string& model, const DocumentDelivery& delivery) {
    const auto linked = [&]() -> std::optional<bool> {
        const auto held = patiently(delivery.options, [&] { return delivery.client.get_run(run); });
        const auto& inputs = held.model_inputs;
        const bool found =
            std::any_of(inputs.begin(), inputs.end(), [&](const auto& i) { return i.model_id == model; });
        return found ? std::optional(true) : std::nullopt;
    };
    find_or_make(delivery.options, linked, [&] {
        delivery.client.runs().log_inputs(run, {}, {{model}});
        return true;
    });
}

}  // namespace

void deliver_tag_removal(const Document& document, const DocumentDelivery& delivery) {
    const auto key = read_body(document, [](const json& body) { return body.at("key").get<std::string>(); });
    const std::string run = delivery.runs.server_id(document.run);
    try {
        patiently(delivery.options, [&] { delivery.client.runs().delete_tag(run, key); });
    } catch (const MlflowError& e) {
        // A tag that is not there is an error to the server: never set, or removed by a call whose answer was lost.
        if (e.transient()) throw;
        const auto held = patiently(delivery.options, [&] { return delivery.client.get_run(run); });
        if (held.tags.count(key) != 0) throw;
    }
}

void deliver_experiment_tag(const Document& document, const DocumentDelivery& delivery) {
    std::string experiment;
    const auto tag = read_body(document, [&experiment](const json& body) {
        experiment = body.value("experiment_id", "");
        return KeyValue{body.at("key").get<std::string>(), body.at("value").get<std::string>()};
    });
    if (experiment.empty()) {
        experiment = document.run.empty() ? delivery.runs.experiment_id(document.experiment)
                                          : delivery.runs.server_run(document.run).experiment_id;
    }
    patiently(delivery.options, [&] { delivery.client.experiments().set_tag(experiment, tag); });
}

void deliver_model_metric(const Document& document, Timestamp time, const DocumentDelivery& delivery) {
    ModelMetric point;
    const auto metric = read_body(document, [&point](const json& body) {
        point.dataset_name = body.value("dataset_name", "");
        point.dataset_digest = body.value("dataset_digest", "");
        const json record{{"run", ""}, {"key", body.at("key")}, {"value", body.at("value")}, {"step", body.at("step")}};
        return std::get<Metric>(decode(RecordKind::metric, record.dump()));
    });
    static_cast<MetricPoint&>(point) = {metric.key, metric.value, time.micros() / 1000, metric.step};
    const ServerRun& run = delivery.runs.server_run(document.run);
    const auto model = measured_model(document, run.experiment_id, delivery);
    point.model_id = model.model_id;
    if (model.source_run_id != run.id) link_input(run.id, model.model_id, delivery);
    patiently(delivery.options, [&] { delivery.client.runs().log_model_metrics(run.id, {point}); });
}

}  // namespace assay::tracking::detail
