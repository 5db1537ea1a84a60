#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/connection.hpp"

namespace assay::tracking::rest {

struct RunQuery {
    std::vector<std::string> experiment_ids;
    std::string filter{};                 ///< MLflow's search language: "metrics.auc > 0.8 AND tags.team = 'a'"
    std::vector<std::string> order_by{};  ///< "metrics.auc DESC"
    ViewType view = ViewType::active_only;
    int page_size = 1000;  ///< at most 50,000
};

/// Runs and what is logged to them.
///
/// All methods throw as Connection does: ResourceDoesNotExist for a run that is not there, InvalidParameter for what
/// the server does not take.
/// Source: /api/2.0/mlflow/runs, /metrics and /artifacts of mlflow 3.17.
class ASSAY_EXPORT Runs {
  public:
    explicit Runs(const Connection& connection) : connection_(connection) {}

    /// Not repeated by itself: an answer that is lost leaves it open whether the run exists. Search before calling
    /// again.
    ServerRun create(const NewRun& run) const;
    ServerRun get(std::string_view run_id) const;
    /// @return the run after the change
    RunInfo update(std::string_view run_id, const RunUpdate& update) const;
    /// Marks as deleted; restore() undoes it.
    void remove(std::string_view run_id) const;
    void restore(std::string_view run_id) const;
    PageRange<ServerRun> search(const RunQuery& query) const;
    Page<ServerRun> search_page(const RunQuery& query, const std::string& page_token = {}) const;

    /// Parameters, metrics and tags are committed one after the other: an error may follow a part that was kept.
    void log_batch(std::string_view run_id, const Batch& batch) const;
    /// Points that belong to logged models. At most 1000.
    void log_model_metrics(std::string_view run_id, const std::vector<ModelMetric>& points) const;
    void log_metric(std::string_view run_id, const MetricPoint& point) const;
    /// @throws InvalidParameter where the parameter has another value already
    void log_param(std::string_view run_id, const KeyValue& param) const;
    void set_tag(std::string_view run_id, const KeyValue& tag) const;
    void delete_tag(std::string_view run_id, const std::string& key) const;
    void log_inputs(std::string_view run_id, const std::vector<DatasetInput>& datasets,
                    const std::vector<ModelInput>& models = {}) const;
    /// Not repeated by itself: the server notes each request's models anew.
    void log_outputs(std::string_view run_id, const std::vector<ModelOutput>& models) const;
    /// Notes an MLmodel, as JSON, in the tag `mlflow.log-model.history`: how versions before 3 name a run's models.
    void log_model(std::string_view run_id, const std::string& model_json) const;

    /// All points of a metric, in the order in which the server keeps them.
    PageRange<MetricPoint> metric_history(std::string_view run_id, std::string_view key) const;
    Page<MetricPoint> metric_history_page(std::string_view run_id, std::string_view key,
                                          const std::string& page_token = {}, int max_results = 25'000) const;

    /// The files and folders right under a folder.
    std::vector<FileInfo> list_artifacts(std::string_view run_id, std::string_view folder = {}) const;

  private:
    const Connection& connection_;
};

}  // namespace assay::tracking::rest
