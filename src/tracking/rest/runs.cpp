#include "assay/tracking/rest/runs.hpp"

#include "assay/tracking/detail/rest_call.hpp"
#include "assay/tracking/detail/run_shapes.hpp"

namespace assay::tracking::rest {
namespace {

using detail::api2;
using detail::endpoint;
using detail::nothing;
using detail::write_value;
using nlohmann::json;

}  // namespace

ServerRun Runs::create(const NewRun& run) const {
    const json body{{"experiment_id", run.experiment_id},
                    {"user_id", run.user},
                    {"run_name", run.name},
                    {"start_time", run.start_time},
                    {"tags", write_value(run.tags)}};
    return detail::send<ServerRun>(connection_, "POST", endpoint(api2, "runs/create"), body, "run", Repeat::no);
}

ServerRun Runs::get(std::string_view run_id) const {
    return detail::get<ServerRun>(connection_, endpoint(api2, "runs/get"), {{"run_id", std::string(run_id)}}, "run");
}

RunInfo Runs::update(std::string_view run_id, const RunUpdate& update) const {
    json body{{"run_id", run_id}};
    detail::put(body, "status", update.status);
    detail::put(body, "end_time", update.end_time);
    detail::put(body, "run_name", update.name);
    return detail::send<RunInfo>(connection_, "POST", endpoint(api2, "runs/update"), body, "run_info");
}

void Runs::remove(std::string_view run_id) const {
    connection_.send("POST", endpoint(api2, "runs/delete"), {{"run_id", run_id}}, nothing);
}

void Runs::restore(std::string_view run_id) const {
    connection_.send("POST", endpoint(api2, "runs/restore"), {{"run_id", run_id}}, nothing);
}

Page<ServerRun> Runs::search_page(const RunQuery& query, const std::string& page_token) const {
    json body{{"experiment_ids", query.experiment_ids},
              {"filter", query.filter},
              {"max_results", query.page_size},
              {"run_view_type", detail::name_of(query.view)}};
    detail::put(body, "order_by", query.order_by);
    return detail::post_page<ServerRun>(connection_, endpoint(api2, "runs/search"), body, "runs", page_token);
}

PageRange<ServerRun> Runs::search(const RunQuery& query) const {
    return PageRange<ServerRun>(
        [self = *this, query](const std::string& token) { return self.search_page(query, token); });
}

void Runs::log_batch(std::string_view run_id, const Batch& batch) const {
    json body{{"run_id", run_id}};
    detail::put(body, "metrics", batch.metrics);
    detail::put(body, "params", batch.params);
    detail::put(body, "tags", batch.tags);
    connection_.send("POST", endpoint(api2, "runs/log-batch"), body, nothing);
}

void Runs::log_model_metrics(std::string_view run_id, const std::vector<ModelMetric>& points) const {
    json metrics = write_value(points);
    for (auto& metric : metrics) metric["run_id"] = run_id;
    connection_.send("POST", endpoint(api2, "runs/log-batch"), {{"run_id", run_id}, {"metrics", metrics}}, nothing);
}

void Runs::log_metric(std::string_view run_id, const MetricPoint& point) const {
    json body = write_value(point);
    body["run_id"] = run_id;
    connection_.send("POST", endpoint(api2, "runs/log-metric"), body, nothing);
}

void Runs::log_param(std::string_view run_id, const KeyValue& param) const {
    connection_.send("POST", endpoint(api2, "runs/log-parameter"),
                     {{"run_id", run_id}, {"key", param.key}, {"value", param.value}}, nothing);
}

void Runs::set_tag(std::string_view run_id, const KeyValue& tag) const {
    connection_.send("POST", endpoint(api2, "runs/set-tag"),
                     {{"run_id", run_id}, {"key", tag.key}, {"value", tag.value}}, nothing);
}

void Runs::delete_tag(std::string_view run_id, const std::string& key) const {
    detail::remove(connection_, "POST", endpoint(api2, "runs/delete-tag"), {{"run_id", run_id}, {"key", key}});
}

void Runs::log_inputs(std::string_view run_id, const std::vector<DatasetInput>& datasets,
                      const std::vector<ModelInput>& models) const {
    json body{{"run_id", run_id}};
    detail::put(body, "datasets", datasets);
    detail::put(body, "models", models);
    // A dataset twice is one; whether a model is, the server's store decides.
    connection_.send("POST", endpoint(api2, "runs/log-inputs"), body, nothing,
                     models.empty() ? Repeat::yes : Repeat::no);
}

void Runs::log_outputs(std::string_view run_id, const std::vector<ModelOutput>& models) const {
    connection_.send("POST", endpoint(api2, "runs/outputs"), {{"run_id", run_id}, {"models", write_value(models)}},
                     nothing, Repeat::no);
}

void Runs::log_model(std::string_view run_id, const std::string& model_json) const {
    connection_.send("POST", endpoint(api2, "runs/log-model"), {{"run_id", run_id}, {"model_json", model_json}},
                     nothing, Repeat::no);
}

Page<MetricPoint> Runs::metric_history_page(std::string_view run_id, std::string_view key,
                                            const std::string& page_token, int max_results) const {
    // Without max_results some versions return everything at once, others an error.
    return detail::get_page<MetricPoint>(connection_, endpoint(api2, "metrics/get-history"),
                                         {{"run_id", std::string(run_id)},
                                          {"metric_key", std::string(key)},
                                          {"max_results", std::to_string(max_results)}},
                                         "metrics", page_token);
}

PageRange<MetricPoint> Runs::metric_history(std::string_view run_id, std::string_view key) const {
    return PageRange<MetricPoint>([self = *this, run = std::string(run_id), name = std::string(key)](
                                      const std::string& token) { return self.metric_history_page(run, name, token); });
}

std::vector<FileInfo> Runs::list_artifacts(std::string_view run_id, std::string_view folder) const {
    return detail::list_files(connection_, endpoint(api2, "artifacts/list"), {{"run_id", std::string(run_id)}},
                              {"path", std::string(folder)});
}

}  // namespace assay::tracking::rest
