#pragma once

#include <vector>

#include "assay/base/date.hpp"
#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/base/time.hpp"

namespace assay::features {

/// When the days of a place begin. A day on which clocks are changed is one day, of 23 or 25 hours.
class ASSAY_EXPORT DayCalendar {
  public:
    /// Days of UTC.
    DayCalendar() = default;
    /// Days of a place: starts[i] is the moment at which day first + i begins; the last one only ends the day before.
    /// @throws ValueError fewer than two, or starts that descend
    DayCalendar(Date first, std::vector<Timestamp> starts);

    /// The day in which a moment lies.   Cost: O(log days), O(1) in UTC. @throws ValueError outside the calendar
    Date day_of(Timestamp moment) const;
    /// The moment at which a day begins; that at which the day before ends. @throws ValueError outside the calendar
    Timestamp start_of(Date day) const;

  private:
    Date first_;
    std::vector<Timestamp> starts_;  ///< empty for UTC
};

}  // namespace assay::features
