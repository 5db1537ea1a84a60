#pragma once

#include "assay/tracking/detail/shape.hpp"
#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking::detail {

template <>
struct Shape<Experiment> {
    static constexpr auto members = std::tuple{required("experiment_id", &Experiment::id),
                                               required("name", &Experiment::name),
                                               member("artifact_location", &Experiment::artifact_location),
                                               member("lifecycle_stage", &Experiment::lifecycle_stage),
                                               member("creation_time", &Experiment::creation_time),
                                               member("last_update_time", &Experiment::last_update_time),
                                               member("tags", &Experiment::tags)};
};

template <>
struct Shape<MetricPoint> {
    static constexpr auto members =
        std::tuple{required("key", &MetricPoint::key), required("value", &MetricPoint::value),
                   member("timestamp", &MetricPoint::timestamp), member("step", &MetricPoint::step)};
};

template <>
struct Shape<ModelMetric> {
    static constexpr auto members = std::tuple{required("key", &ModelMetric::key),
                                               required("value", &ModelMetric::value),
                                               member("timestamp", &ModelMetric::timestamp),
                                               member("step", &ModelMetric::step),
                                               member("model_id", &ModelMetric::model_id),
                                               member("dataset_name", &ModelMetric::dataset_name),
                                               member("dataset_digest", &ModelMetric::dataset_digest),
                                               member("run_id", &ModelMetric::run_id)};
};

template <>
struct Shape<KeyValue> {
    static constexpr auto members = std::tuple{required("key", &KeyValue::key), required("value", &KeyValue::value)};
};

/// {"tags": […], "dataset": {…}}
template <>
struct Shape<DatasetInput> {
    static void read(const nlohmann::json& from, DatasetInput& to);
    static nlohmann::json write(const DatasetInput& dataset);
};

template <>
struct Shape<ModelInput> {
    static constexpr auto members = std::tuple{required("model_id", &ModelInput::model_id)};
};

template <>
struct Shape<ModelOutput> {
    static constexpr auto members =
        std::tuple{required("model_id", &ModelOutput::model_id), member("step", &ModelOutput::step)};
};

template <>
struct Shape<RunInfo> {
    static constexpr auto members = std::tuple{required("run_id", &RunInfo::id),
                                               member("run_name", &RunInfo::name),
                                               required("experiment_id", &RunInfo::experiment_id),
                                               member("user_id", &RunInfo::user_id),
                                               member("status", &RunInfo::status),
                                               member("artifact_uri", &RunInfo::artifact_uri),
                                               member("lifecycle_stage", &RunInfo::lifecycle_stage),
                                               member("start_time", &RunInfo::start_time),
                                               member("end_time", &RunInfo::end_time)};
};

template <>
struct Shape<RunData> {
    static constexpr auto members = std::tuple{member("metrics", &RunData::metrics), member("params", &RunData::params),
                                               member("tags", &RunData::tags)};
};

template <>
struct Shape<FileInfo> {
    static constexpr auto members =
        std::tuple{required("path", &FileInfo::path), member("is_dir", &FileInfo::is_folder),
                   member("file_size", &FileInfo::size)};
};

/// "ACTIVE_ONLY", "DELETED_ONLY", "ALL".
const char* name_of(ViewType view) noexcept;

/// A run lies in JSON as info, data, inputs and outputs.
template <>
struct Shape<ServerRun> {
    static void read(const nlohmann::json& from, ServerRun& to);
    static nlohmann::json write(const ServerRun& run);
};

}  // namespace assay::tracking::detail
