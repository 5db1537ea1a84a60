#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/features/patient_summary.hpp"

namespace assay::features::detail {

/// JSON list of objects: loinc, name, value, unit, reference_low, reference_high, high, critical,
/// observed_at.
std::string abnormal_results_json(const std::vector<AbnormalResult>& results);

/// The same back. @throws SchemaError naming the row of the gold table.
std::vector<AbnormalResult> abnormal_results_from_json(std::string_view text, index row);

}  // namespace assay::features::detail
