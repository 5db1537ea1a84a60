#pragma once

#include <cstdint>
#include <vector>

#include "assay/features/laboratory/day_calendar.hpp"

namespace assay::features::detail {

/// Consecutive days of a calendar, as the moments at which they begin and end.
class DayLine {
  public:
    DayLine(const DayCalendar& calendar, Date first, Date last) : first_(first) {
        for (std::int32_t day = first.days(); day <= last.days() + 1; ++day) {
            starts_.push_back(calendar.start_of(Date{day}).micros());
        }
    }

    index size() const { return static_cast<index>(starts_.size()) - 1; }
    Date day(index d) const { return Date{first_.days() + static_cast<std::int32_t>(d)}; }
    std::int64_t start(index d) const { return starts_[static_cast<std::size_t>(d)]; }
    std::int64_t end(index d) const { return start(d + 1); }

    /// Calls visit(day, record) for the records known before the end of the last day, which are in order.
    /// Returns how many came later.
    template <class Record, class Visit>
    index each(const std::vector<Record>& records, Visit visit) const {
        index day = 0;
        for (std::size_t i = 0; i < records.size(); ++i) {
            while (day < size() && records[i].known >= end(day)) ++day;
            if (day == size()) return static_cast<index>(records.size() - i);
            visit(day, records[i]);
        }
        return 0;
    }

  private:
    Date first_;
    std::vector<std::int64_t> starts_;
};

}  // namespace assay::features::detail
