#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay::tracking {

struct Experiment {
    std::string id;
    std::string name;
    std::string artifact_location;
    std::string lifecycle_stage;  ///< "active" or "deleted"
};

struct MetricPoint {
    std::string key;
    double value = 0;            ///< as the server holds it: ±Inf come back as ±1.797e308
    std::int64_t timestamp = 0;  ///< ms since 1970
    std::int64_t step = 0;
};

struct KeyValue {
    std::string key;
    std::string value;
};

/// A run as the server knows it.
struct ServerRun {
    std::string id;
    std::string name;
    std::string experiment_id;
    std::string status;
    std::string artifact_uri;
    std::string lifecycle_stage;
    std::int64_t start_time = 0;           ///< ms since 1970
    std::optional<std::int64_t> end_time;  ///< nothing while it runs
    std::vector<MetricPoint> metrics;      ///< the last point of each
    std::map<std::string, std::string> params;
    std::map<std::string, std::string> tags;
};

struct FileInfo {
    std::string path;  ///< from the root of the run's artifacts
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
    std::map<std::string, std::string> tags;
};

struct RunUpdate {
    std::optional<std::string> status;
    std::optional<std::int64_t> end_time;
    std::optional<std::string> name;
};

/// A dataset that a run read. Names at most 500 characters, digest 36, source 65,535, profile 16,777,215.
struct DatasetInput {
    std::string name;
    std::string digest;
    std::string source_type;                    ///< "local", "code", "delta_table", …
    std::string source;                         ///< JSON
    std::string schema;                         ///< JSON; empty for none
    std::string profile;                        ///< JSON; empty for none
    std::map<std::string, std::string> tags{};  ///< "mlflow.data.context" holds its part in the run
};

template <typename T>
struct Page {
    std::vector<T> items;
    std::string next;  ///< token of the next page, empty on the last
};

}  // namespace assay::tracking
