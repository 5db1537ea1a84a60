#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/databricks/workspace.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/rest/experiments.hpp"
#include "assay/tracking/rest/runs.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking {

/// A server as delivery sees it: a connection, the runs and experiments on it. Files of runs are ArtifactClient's.
///
/// May be used by several threads. Methods throw as rest::Connection does.
class ASSAY_EXPORT MlflowClient {
  public:
    explicit MlflowClient(ServerAddress address) : connection_(std::move(address)) {}

    /// For the areas that have a class of their own: rest::Registry(client.connection()).
    const rest::Connection& connection() const noexcept { return connection_; }
    rest::Experiments experiments() const { return rest::Experiments(connection_); }
    rest::Runs runs() const { return rest::Runs(connection_); }

    const std::string& url() const noexcept { return connection_.url(); }
    const ServerAddress& address() const noexcept { return connection_.address(); }
    bool healthy() const { return connection_.healthy(); }

    std::optional<Experiment> find_experiment(std::string_view name) const { return experiments().find(name); }
    /// The experiment of this name, created where there is none. In a Databricks workspace a name that is no absolute
    /// path stands in the user's folder, as databricks::Workspace::experiment_path() says.
    Experiment ensure_experiment(const std::string& name) const {
        return address().databricks ? databricks::ensure_experiment(address(), name) : experiments().ensure(name);
    }
    ServerRun create_run(const NewRun& run) const { return runs().create(run); }
    ServerRun get_run(std::string_view run_id) const { return runs().get(run_id); }
    void update_run(std::string_view run_id, const RunUpdate& update) const { runs().update(run_id, update); }
    void delete_run(std::string_view run_id) const { runs().remove(run_id); }
    Page<ServerRun> search_runs(const std::vector<std::string>& experiment_ids, const std::string& filter,
                                int max_results = 1000, const std::string& page_token = {}) const {
        return runs().search_page({experiment_ids, filter, {}, ViewType::active_only, max_results}, page_token);
    }
    void log_batch(std::string_view run_id, const Batch& batch) const { runs().log_batch(run_id, batch); }
    /// The same dataset twice stays one.
    void log_input(std::string_view run_id, const DatasetInput& dataset) const { runs().log_inputs(run_id, {dataset}); }
    Page<MetricPoint> metric_history(std::string_view run_id, std::string_view key,
                                     const std::string& page_token = {}) const {
        return runs().metric_history_page(run_id, key, page_token);
    }
    std::vector<FileInfo> list_artifacts(std::string_view run_id, std::string_view folder = {}) const {
        return runs().list_artifacts(run_id, folder);
    }

  private:
    rest::Connection connection_;
};

}  // namespace assay::tracking
