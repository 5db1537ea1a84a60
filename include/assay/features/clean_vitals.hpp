#pragma once

#include <map>
#include <memory>
#include <string>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/measurement_quarantine.hpp"
#include "assay/features/vital_limits.hpp"

namespace assay::features {

struct CleanOptions {
    VitalLimits limits = default_vital_limits();
    /// Units that columns are in where they are not the limit's, by column name: {"temperature": "[degF]"}.
    std::map<std::string, std::string> units;
};

namespace detail {
struct GroupedIds;
}

/// Accepted vital signs, and what was not accepted with the reason.
struct CleanedVitals {
    data::Table rows;        ///< the input's columns and order; a refused measurement is null
    data::Table quarantine;  ///< measurement_quarantine_schema(), in order of source row, then column
    MeasurementCounts counts;
    /// The rows by patient, for summarise_patients(); none where rows fell out.
    std::shared_ptr<const detail::GroupedIds> groups;
};

/// Checks every measurement of a wide table (one row per patient and time) against its limits.
///
/// A measurement is a non-null cell of a column that `options.limits` names. Rules, first match wins:
/// - `row.key`: the row has no patient_id (null or empty) or no observed_at. All its measurements are refused.
/// - `<m>.unit`: its `<m>_unit` cell names another unit than the limit's that is not convertible.
/// - `<m>.impossible`: NaN, infinite or outside `outlier`;  `<m>.implausible`: outside `valid`.
/// - `row.duplicate`, `row.conflict`: an earlier row of the same patient and time holds an accepted value of that
///   column, which is equal, or another. The earlier one, in input order, is kept. Rows of one patient and time are
///   merged into the first, so that a value which only a later row has is not lost.
///
/// Fahrenheit becomes Celsius only where the unit says so: a `temperature_unit` column, `options.units` or the
/// column's own Field; limits apply after conversion. A `<m>_unit` column that was used is dropped from `rows`,
/// and so is `<m>_source_row`, which names the charted row of each value for the quarantine.
/// @param vitals  needs patient_id (utf8) and observed_at (timestamp); measurements of any numeric type
/// @throws SchemaError if a key column is missing or has another type, or a measurement is not numeric.
/// @throws ValueError if `options.units` names a unit that cannot be converted.
/// Cost: O(n · columns), on all threads. Columns whose values stay share the input's memory, with new validity bits.
ASSAY_EXPORT CleanedVitals clean_vitals(const data::Table& vitals, const CleanOptions& options = {});

}  // namespace assay::features
