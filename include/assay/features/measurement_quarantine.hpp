#pragma once

#include <map>
#include <string>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/table.hpp"

namespace assay::features {

/// Schema of measurements that were not accepted: patient_id, observed_at, measurement, value, unit, rule,
/// likely_cause and source_row (0-based row of the input, or what its `source_row` column says).
///
/// `value` and `unit` are as reported. `measurement` is null where a whole row was refused that held none.
ASSAY_EXPORT const data::TableSchema& measurement_quarantine_schema();

/// Rows of such a table by rule id.
ASSAY_EXPORT std::map<std::string, index> counts_by_rule(const data::Table& quarantine);

/// What a step read, and what became of it. measurements_read == measurements_accepted + measurements_quarantined and
/// rows_read == rows_accepted + rows_merged + rows_quarantined, checked on every call.
struct MeasurementCounts {
    index rows_read = 0;
    index rows_accepted = 0;     ///< rows of the result, or rows that went into one
    index rows_merged = 0;       ///< rows whose patient and time an earlier row has
    index rows_quarantined = 0;  ///< rows without patient or time
    index measurements_read = 0;
    index measurements_accepted = 0;
    index measurements_quarantined = 0;

    bool operator==(const MeasurementCounts&) const = default;
};

/// @throws StateError if the counts do not add up: a defect of the step, never of its input.
ASSAY_EXPORT void expect_conserved(const MeasurementCounts& counts);

}  // namespace assay::features
