#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "assay/tracking/mlflow_types.hpp"

/// MLflow's JSON and our types. The readers throw nlohmann's exceptions where a member is missing or of another type.
namespace assay::tracking::detail {

/// A whole number, which protobuf's JSON may also give as text. Absent: `absent`.
std::int64_t read_int(const nlohmann::json& object, const char* name, std::int64_t absent = 0);

Experiment read_experiment(const nlohmann::json& object);
ServerRun read_run(const nlohmann::json& object);
MetricPoint read_metric(const nlohmann::json& object);
FileInfo read_file_info(const nlohmann::json& object);

/// A number, or "NaN", "Infinity", "-Infinity".
nlohmann::json write_number(double value);
nlohmann::json write_metric(const MetricPoint& point);
nlohmann::json write_key_value(const KeyValue& pair);
/// {"tags": […], "dataset": {…}}, as log-inputs takes it.
nlohmann::json write_dataset(const DatasetInput& dataset);
nlohmann::json write_batch(std::string_view run_id, const Batch& batch);

/// Percent-encoding of one value; '/' is kept where `keep_slash`.
std::string encode_url(std::string_view text, bool keep_slash = false);

}  // namespace assay::tracking::detail
