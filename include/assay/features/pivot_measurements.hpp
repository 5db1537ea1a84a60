#pragma once

#include <string>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/measurement_map.hpp"
#include "assay/features/measurement_quarantine.hpp"

namespace assay::features {

struct PivotOptions {
    MeasurementMap map = mimic_iv_measurements();
    /// Adds `<column>_source_row` (int64), so that clean_vitals can name the charted row of what it refuses.
    bool source_rows = true;
};

/// measurements_read == accepted + quarantined + other, checked on every call.
struct PivotCounts {
    index measurements_read = 0;
    index measurements_accepted = 0;
    index measurements_quarantined = 0;
    index measurements_other = 0;

    bool operator==(const PivotCounts&) const = default;
};

/// Charted measurements as one wide row per patient and time, and all that did not go into one.
struct PivotedMeasurements {
    data::Table rows;        ///< patient_id, observed_at, the vital signs, further columns of the map; sorted by both
    data::Table quarantine;  ///< measurement_quarantine_schema(), by source row
    data::Table others;      ///< rows of items that the map does not name, columns as read, in order
    PivotCounts counts;
};

/// Turns long measurements into the wide table of vital signs. Values are judged later, by clean_vitals.
///
/// Rules, first match wins: `row.key` (no patient or time), `row.item` (no item), `<column>.missing` (no value),
/// `<column>.unit` (a unit that is not the column's and does not convert to it; none at all means the map's unit),
/// and, where a column already has a value at that patient and time: `row.duplicate` (same item and value),
/// `row.conflict` (same item, another value; the first of the input is kept), `<column>.other_source` (another item
/// that stands later in the map). Degrees Fahrenheit become Celsius only where the unit, or without one the map, says
/// so.
/// @param measurements  patient_id (utf8), observed_at (timestamp), item (utf8 or int64), value (numeric),
///                      unit (utf8, optional), source_row (int64, optional)
/// @throws SchemaError if a column is missing or of another type.   Cost: O(n log n).
ASSAY_EXPORT PivotedMeasurements pivot_measurements(const data::Table& measurements, const PivotOptions& options = {});

}  // namespace assay::features
