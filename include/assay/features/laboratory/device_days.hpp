#pragma once

#include <map>
#include <optional>
#include <string>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/table.hpp"
#include "assay/features/laboratory/day_calendar.hpp"

namespace assay::features {

/// Windows in calendar days, the day itself included.
struct DeviceDayOptions {
    index error_days = 7;
    index trend_days = 14;
    index minimum_controls = 5;  ///< for a trend
    index cusum_days = 7;
    double cusum_k = 0.5;
    double cusum_h = 5;
    index drift_days = 7;
    index drift_baseline_days = 28;  ///< directly before drift_days
    index minimum_results = 20;      ///< of an analyte in either window
    index downtime_days = 7;
    index turn_around_days = 7;
    index repeat_days = 7;
    index temperature_days = 1;
    index load_days = 7;
    /// A result without reported_at was known when it was observed. Otherwise it is left out.
    bool known_when_observed = false;
    /// What came to be known later is left out; the last day on which anything did, if not given.
    std::optional<Date> last_day;
    DayCalendar calendar;
};

/// Features by device and day, and what could not be used.
struct DeviceDayTable {
    data::Table rows;                       ///< DeviceDays, sorted by device and day; no gaps
    std::map<std::string, index> left_out;  ///< records by reason, such as "results.no_report_time"
};

/// The features of each device on each day from its first record on, as they could be computed at the end of the day.
///
/// A record enters on the day on which it was known: the later of when it happened and when it was reported or
/// recorded. Nothing that came to be known after a day changes that day, to the bit. A window holds what came to be
/// known on its days; near a device's first record it is shorter. docs/laboratory/features.md defines each feature.
///
/// Of several versions of a result (one result_id) the first counts: the later ones were not known then. Results that
/// are registered, cancelled or entered in error are none.
/// @param results   data::LaboratoryResults: device_id, observed_at and reported_at; result_id, specimen_id, status,
///                  loinc or local_code, comparator, unit and value (or value_standard, which then counts) as far as
///                  they are there
/// @param controls  data::QualityControls, or a Table without columns: device_id and measured_at, z or value, target
///                  and standard_deviation
/// @param events    data::DeviceEvents, or a Table without columns: device_id, at, kind
/// @throws SchemaError a column that is missing or of another type. @throws ValueError a window below 1 day, or records
/// that span more than 36,600 days
/// Cost: O(n log n) for the order of a device's records, O(n + days · analytes) for the windows; parallel by device.
ASSAY_EXPORT DeviceDayTable device_days(const data::Table& results, const data::Table& controls,
                                        const data::Table& events, const DeviceDayOptions& options = {});

}  // namespace assay::features
