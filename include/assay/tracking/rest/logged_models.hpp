#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/connection.hpp"

namespace assay::tracking::rest {

struct ModelRegistration {
    std::string name;
    std::string version;
};

/// A model that a run logged, registered or not.
struct LoggedModel {
    std::string model_id;  ///< "m-" and 32 hex digits
    std::string experiment_id;
    std::string name;
    std::string model_type;
    std::string source_run_id;
    std::string artifact_location;
    std::string status = "LOGGED_MODEL_PENDING";  ///< or "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"
    std::string status_message;
    std::int64_t creation_timestamp = 0;      ///< ms since 1970
    std::int64_t last_updated_timestamp = 0;  ///< ms since 1970
    TextMap tags;
    TextMap params;
    std::vector<ModelMetric> metrics;
    std::vector<ModelRegistration> registrations;
};

/// At most 100 params.
struct NewLoggedModel {
    std::string experiment_id;
    std::string name{};  ///< the server makes one up where empty
    std::string model_type{};
    std::string source_run_id{};
    TextMap params{};
    TextMap tags{};
};

struct ModelOrder {
    std::string field_name;  ///< "metrics.auc", "creation_timestamp"
    bool ascending = true;
    std::string dataset_name{};
    std::string dataset_digest{};
};

/// Metrics in a filter count only where they were measured on one of these.
struct ModelDataset {
    std::string dataset_name;
    std::string dataset_digest{};
};

struct LoggedModelQuery {
    std::vector<std::string> experiment_ids;
    std::string filter{};  ///< "metrics.auc > 0.8 AND params.depth = '3'"
    std::vector<ModelDataset> datasets{};
    std::vector<ModelOrder> order_by{};
    int page_size = 50;  ///< at most 100 on some servers
};

/// Logged models (MLflow 3): what a run made, with its files, before it has a name in the registry.
///
/// All methods throw as Connection does.
/// Source: /api/2.0/mlflow/logged-models of mlflow 3.17.
class ASSAY_EXPORT LoggedModels {
  public:
    explicit LoggedModels(const Connection& connection) : connection_(connection) {}

    /// Not repeated by itself: each request makes another model. Search by a tag of your own before calling again.
    LoggedModel create(const NewLoggedModel& model) const;
    LoggedModel get(std::string_view model_id) const;
    /// @param status  "LOGGED_MODEL_READY" or "LOGGED_MODEL_UPLOAD_FAILED"
    LoggedModel finalize(std::string_view model_id, const std::string& status = "LOGGED_MODEL_READY") const;
    void remove(std::string_view model_id) const;
    PageRange<LoggedModel> search(const LoggedModelQuery& query) const;
    Page<LoggedModel> search_page(const LoggedModelQuery& query, const std::string& page_token = {}) const;
    void set_tags(std::string_view model_id, const TextMap& tags) const;
    /// The server cannot delete a tag whose key holds a '/'.
    void delete_tag(std::string_view model_id, const std::string& key) const;
    void log_params(std::string_view model_id, const TextMap& params) const;
    /// The files and folders right under a folder of the model's artifacts.
    std::vector<FileInfo> list_artifacts(std::string_view model_id, std::string_view folder = {}) const;

  private:
    const Connection& connection_;
};

}  // namespace assay::tracking::rest
