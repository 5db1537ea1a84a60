#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking {

/// MLflow's limits, in characters (not bytes). Source: mlflow/utils/validation.py of 3.17.
inline constexpr index max_key_length = 250;
inline constexpr index max_param_length = 6000;
inline constexpr index max_tag_length = 8000;
inline constexpr index max_experiment_name_length = 500;

/// Checks the name of a metric, parameter or tag: letters, digits, `_ - . : /` and blanks, not empty, at most 250
/// characters, and the same after path normalisation (no leading '/', no "..", no "//").
/// @param what  what is named, for the text: "metric", "parameter", "tag"
/// @throws ValueError
ASSAY_EXPORT void check_key(std::string_view key, std::string_view what);

/// @throws ValueError if the value is not UTF-8 or longer than MLflow stores; the value itself is not in the text
ASSAY_EXPORT void check_param_value(std::string_view key, std::string_view value);
/// @throws ValueError as above
ASSAY_EXPORT void check_tag_value(std::string_view key, std::string_view value);
/// @throws ValueError if the name is empty, blank or longer than 500 characters
ASSAY_EXPORT void check_experiment_name(std::string_view name);
/// Name, digest and the lengths of the rest. @throws ValueError
ASSAY_EXPORT void check_dataset(const DatasetInput& dataset);
/// A place inside a run's artifacts: relative, normalised, no "..", no backslash; "" is the root where `allow_root`.
/// @throws ValueError
ASSAY_EXPORT void check_artifact_path(std::string_view path, bool allow_root = false);

/// @throws ValueError unless it is 32 hexadecimal digits in lower case
ASSAY_EXPORT void check_run_id(std::string_view id);

/// A name nobody gave, such as "brisk-otter-417". Not unique.
ASSAY_EXPORT std::string generate_run_name();

}  // namespace assay::tracking
