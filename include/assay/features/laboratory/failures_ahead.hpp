#pragma once

#include <optional>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/array.hpp"
#include "assay/data/table.hpp"
#include "assay/features/laboratory/day_calendar.hpp"

namespace assay::features {

struct FailuresAheadOptions {
    index horizon = 7;             ///< calendar days after the day
    std::optional<Date> last_day;  ///< of what is known; the last one of `days`, if not given
    DayCalendar calendar;          ///< as of device_days
};

/// Whether a device goes down within the days after each of its days: the label that belongs to device_days.
///
/// The day itself does not count, so that a model is asked about what it cannot have seen. Null where the answer is
/// not known: the days after reach beyond the last one (failures there are left out as well, since counting them alone
/// would make failures too frequent), the device is down already as the day ends, or its log has told nothing at all.
/// @param days    DeviceDays: device_id and day
/// @param events  data::DeviceEvents: device_id, at and kind, of which "down" and "up" count
/// @return        [days] of bool
/// @throws SchemaError a column that is missing or of another type. @throws ValueError a horizon below 1 day
/// Cost: O(events log events + days log events).
ASSAY_EXPORT data::Array failures_ahead(const data::Table& days, const data::Table& events,
                                        const FailuresAheadOptions& options = {});

}  // namespace assay::features
