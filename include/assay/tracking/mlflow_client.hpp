#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking {

/// The server's refusal, or an answer that is not MLflow's.
///
/// `what()` holds the endpoint, the status and the error code. The server's own words may quote what was logged, and
/// stand apart.
class ASSAY_EXPORT MlflowError : public HttpError {
  public:
    MlflowError(const std::string& text, int status, std::string code, std::string words, bool transient)
        : HttpError(text, status, std::move(code)), words_(std::move(words)), transient_(transient) {}

    const std::string& server_words() const noexcept { return words_; }
    /// Whether the same request may succeed later: 408, 429, 5xx, an overloaded server's 400, an answer that is not
    /// MLflow's (a login page, an empty or cut body).
    bool transient() const noexcept { return transient_; }

  private:
    std::string words_;
    bool transient_;
};

/// MLflow's REST interface, as far as runs need it. Every answer's shape is checked: an empty body, a cut one or a
/// login page is an error even when the status says 200.
///
/// May be used by several threads. Methods throw MlflowError for what the server refused, AuthError for 401 and 403,
/// HttpError where no answer came.
/// Source: MLflow REST API, version 2.0, as served by mlflow 3.17.
class ASSAY_EXPORT MlflowClient {
  public:
    explicit MlflowClient(ServerAddress address);

    const std::string& url() const noexcept { return url_; }

    /// Whether the server answers /health.
    bool healthy() const;

    std::optional<Experiment> find_experiment(std::string_view name) const;
    /// The experiment of this name, created where there is none. @throws StateError if it is deleted there
    Experiment ensure_experiment(const std::string& name) const;

    /// Not repeated by itself: an answer that is lost leaves it open whether the run exists. Search before calling
    /// again.
    ServerRun create_run(const NewRun& run) const;
    ServerRun get_run(std::string_view run_id) const;
    void update_run(std::string_view run_id, const RunUpdate& update) const;
    void delete_run(std::string_view run_id) const;
    /// @param filter  MLflow's search language, e.g. "tags.`assay.run_uuid` = '…'"
    Page<ServerRun> search_runs(const std::vector<std::string>& experiment_ids, const std::string& filter,
                                int max_results = 1000, const std::string& page_token = {}) const;

    /// Parameters, metrics and tags are committed one after the other: an error may follow a part that was kept.
    void log_batch(std::string_view run_id, const Batch& batch) const;
    void log_metric(std::string_view run_id, const MetricPoint& point) const;
    void set_tag(std::string_view run_id, const KeyValue& tag) const;
    /// The same dataset twice stays one.
    void log_input(std::string_view run_id, const DatasetInput& dataset) const;
    Page<MetricPoint> metric_history(std::string_view run_id, std::string_view key,
                                     const std::string& page_token = {}) const;

    std::vector<FileInfo> list_artifacts(std::string_view run_id, std::string_view folder = {}) const;
    /// Uploads through the server's artifact proxy. The server's answer proves nothing: list or read back.
    /// @throws ValueError if the run's artifacts lie where only the store's own client can write (s3:, dbfs:, …)
    void upload_artifact(const ServerRun& run, std::string_view artifact_file, const std::filesystem::path& file) const;
    std::string download_artifact(const ServerRun& run, std::string_view artifact_file) const;

  private:
    std::string artifact_url(const ServerRun& run, std::string_view artifact_file) const;

    std::string url_;
    http::Client http_;
};

}  // namespace assay::tracking
