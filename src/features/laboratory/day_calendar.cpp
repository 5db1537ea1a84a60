#include "assay/features/laboratory/day_calendar.hpp"

#include <algorithm>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

[[noreturn]] void throw_outside(Date first, std::size_t starts) {
    throw ValueError("day calendar: expected days from " + to_iso8601(first) + " to " +
                     to_iso8601(Date{first.days() + static_cast<std::int32_t>(starts) - 2}) +
                     ", got one outside; give a longer calendar, or use UTC");
}

}  // namespace

DayCalendar::DayCalendar(Date first, std::vector<Timestamp> starts) : first_(first), starts_(std::move(starts)) {
    if (starts_.size() < 2) throw ValueError("day calendar: expected at least two starts of days");
    // Equal starts are a day that a place skipped, as Samoa did in 2011.
    if (!std::is_sorted(starts_.begin(), starts_.end())) {
        throw ValueError("day calendar: expected starts of days in ascending order");
    }
}

Date DayCalendar::day_of(Timestamp moment) const {
    if (starts_.empty()) return moment.date();
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), moment);
    if (after == starts_.begin() || after == starts_.end()) throw_outside(first_, starts_.size());
    return Date{first_.days() + static_cast<std::int32_t>(after - starts_.begin()) - 1};
}

Timestamp DayCalendar::start_of(Date day) const {
    if (starts_.empty()) return Timestamp{day};
    const index place = index{day.days()} - first_.days();
    if (place < 0 || place >= static_cast<index>(starts_.size())) throw_outside(first_, starts_.size());
    return starts_[static_cast<std::size_t>(place)];
}

}  // namespace assay::features
