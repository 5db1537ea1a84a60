#pragma once

#include <map>
#include <optional>
#include <string>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/laboratory/day_calendar.hpp"

namespace assay::features {

struct AnomalyOptions {
    index window_days = 7;
    index reference_days = 28;   ///< directly before the window
    index minimum_results = 20;  ///< in either
    double alpha = 0.05;         ///< of p adjusted over all pairs of a day
    double least_effect = 0.2;   ///< of the Kolmogorov–Smirnov distance, below which no change is an anomaly
    bool known_when_observed = false;
    std::optional<Date> first_day;  ///< by default the last day alone
    std::optional<Date> last_day;   ///< by default the last day with a result
    DayCalendar calendar;
};

struct AnomalyTable {
    data::Table rows;
    std::map<std::string, index> left_out;  ///< results by reason
};

/// Whether the results of an analyte on a device are distributed otherwise in a window than in the days before it.
///
/// Each pair of analyte and device with a result in the window has a row: device_id, code (loinc, else the local code),
/// unit, day, count, reference_count, mean, reference_mean, shift (of the means, in the reference's standard
/// deviations), ks (distance, 0 to 1), p, p_adjusted (Benjamini and Hochberg over the pairs of the day), wasserstein
/// (in the unit), anomalous. Statistics are null where either part has fewer than minimum_results. A result enters on
/// the day on which it was known, as in device_days, so that no later result changes a row.
/// @param results  data::LaboratoryResults, as for device_days
/// @throws SchemaError, ValueError as device_days, and for alpha or least_effect outside [0, 1]
/// Cost: O(days · (results of window and reference) · log) a pair, parallel by device.
ASSAY_EXPORT AnomalyTable quality_anomalies(const data::Table& results, const AnomalyOptions& options = {});

}  // namespace assay::features
