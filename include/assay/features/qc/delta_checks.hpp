#pragma once

#include <span>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/result_quality.hpp"
#include "assay/data/table.hpp"
#include "assay/features/qc/control_charts.hpp"

namespace assay::features {

/// What the results of one analyte may differ by.
struct DeltaRule {
    std::string loinc;
    std::string unit{};  ///< UCUM, of difference and per_day; results in another are not compared; empty: any
    DeltaLimits limits;
};

/// Counts results that differ from the patient's last one of the same code and unit by more than a limit.
///
/// A result counts for its own source. Of results at one time the order of the rows decides. Left out are results
/// without patient, time or exact number: no value, one that is not finite, one with a comparator.
/// @param rows  patient_id, loinc (Utf8), observed_at (Timestamp), value_standard (Float64); where a rule has a unit,
///              unit_standard (Utf8); comparator (Utf8) may be missing
/// @param source_column  a text column that tells sources apart; "" for one source
/// @return one check "delta" of dimension plausibility for each source in which something was compared, by name
/// @throws SchemaError a column is missing or of another type. @throws ValueError two rules for one code and unit
/// Cost: O(n log n) for n results of the rules' codes, O(rows) for the others.
ASSAY_EXPORT std::vector<data::QualityCheck> delta_checks(const data::Table& rows, std::span<const DeltaRule> rules,
                                                          const std::string& source_column = {});

}  // namespace assay::features
