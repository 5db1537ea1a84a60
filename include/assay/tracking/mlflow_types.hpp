#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/tracking/rest/page.hpp"

namespace assay::tracking {

/// Tags, parameters: values by name.
using TextMap = std::map<std::string, std::string>;

struct Experiment {
    std::string id;
    std::string name;
    std::string artifact_location;
    std::string lifecycle_stage = "active";  ///< or "deleted"
    std::int64_t creation_time = 0;          ///< ms since 1970, 0 where the server does not tell
    std::int64_t last_update_time = 0;       ///< ms since 1970
    TextMap tags;
};

struct MetricPoint {
    std::string key;
    double value = 0;            ///< as the server holds it: ±Inf come back as ±1.797e308
    std::int64_t timestamp = 0;  ///< ms since 1970
    std::int64_t step = 0;
};

/// A point that belongs to a logged model, and maybe to the data set it was measured on.
struct ModelMetric : MetricPoint {
    std::string model_id;
    std::string dataset_name;
    std::string dataset_digest;
    std::string run_id;  ///< of the run that logged it; not sent
};

struct KeyValue {
    std::string key;
    std::string value;
};

/// A dataset that a run read. Names at most 500 characters, digest 36, source 65,535, profile 16,777,215.
struct DatasetInput {
    std::string name;
    std::string digest;
    std::string source_type;  ///< "local", "code", "delta_table", …
    std::string source;       ///< JSON
    std::string schema;       ///< JSON; empty for none
    std::string profile;      ///< JSON; empty for none
    TextMap tags{};           ///< "mlflow.data.context" holds its part in the run
};

/// A logged model that a run read.
struct ModelInput {
    std::string model_id;
};

/// A logged model that a run made.
struct ModelOutput {
    std::string model_id;
    std::int64_t step = 0;
};

/// A run without what was logged.
struct RunInfo {
    std::string id;
    std::string name;
    std::string experiment_id;
    std::string user_id;
    std::string status = "RUNNING";  ///< or "SCHEDULED", "FINISHED", "FAILED", "KILLED"
    std::string artifact_uri;
    std::string lifecycle_stage = "active";  ///< or "deleted"
    std::int64_t start_time = 0;             ///< ms since 1970
    std::optional<std::int64_t> end_time;    ///< nothing while it runs
};

/// What was logged to a run.
struct RunData {
    std::vector<MetricPoint> metrics;  ///< the last point of each
    TextMap params;
    TextMap tags;
};

/// A run as the server knows it.
struct ServerRun : RunInfo, RunData {
    std::vector<DatasetInput> dataset_inputs;
    std::vector<ModelInput> model_inputs;
    std::vector<ModelOutput> model_outputs;
};

struct FileInfo {
    std::string path;  ///< from the root of the artifacts
    bool is_folder = false;
    std::int64_t size = 0;
};

/// One log-batch request. At most 1000 metrics, 100 params, 100 tags, 1000 in all and 1 MB.
struct Batch {
    std::vector<MetricPoint> metrics;
    std::vector<KeyValue> params;
    std::vector<KeyValue> tags;

    bool empty() const noexcept { return metrics.empty() && params.empty() && tags.empty(); }
};

struct NewRun {
    std::string experiment_id;
    std::string name;
    std::string user;
    std::int64_t start_time = 0;  ///< ms since 1970
    TextMap tags;
};

struct RunUpdate {
    std::optional<std::string> status;
    std::optional<std::int64_t> end_time;
    std::optional<std::string> name;
};

/// Which of what can be deleted and restored is looked at.
enum class ViewType { active_only, deleted_only, all };

}  // namespace assay::tracking
