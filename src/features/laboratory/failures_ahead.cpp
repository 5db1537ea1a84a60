#include "assay/features/laboratory/failures_ahead.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/detail/numeric_column.hpp"

namespace assay::features {
namespace {

struct Outage {
    std::int64_t at;
    bool begins;
    index begun = 0;  ///< outages that began up to and with this one
};

/// A device's changes between up and down, in order of time; of one moment, as the table has them.
using OutageLog = std::vector<Outage>;

std::unordered_map<std::string_view, OutageLog> outages_of(const data::Array& ids, const data::Array& at,
                                                           const data::Array& kinds) {
    std::unordered_map<std::string_view, OutageLog> logs;
    for (index row = 0; row < ids.size(); ++row) {
        if (ids.is_null(row) || at.is_null(row) || kinds.is_null(row)) continue;
        OutageLog& log = logs[ids.text(row)];  // any entry shows that the device has a log
        const std::string_view kind = kinds.text(row);
        if (kind == "down" || kind == "up") log.push_back({at.get<Timestamp>(row)->micros(), kind == "down"});
    }
    for (auto& [id, log] : logs) {
        std::stable_sort(log.begin(), log.end(), [](const Outage& a, const Outage& b) { return a.at < b.at; });
        index begun = 0;
        for (Outage& outage : log) outage.begun = begun += outage.begins ? 1 : 0;
    }
    return logs;
}

std::optional<bool> fails(const OutageLog& log, std::int64_t after, std::int64_t before) {
    const auto earlier = [](const Outage& outage, std::int64_t time) { return outage.at < time; };
    const auto next = std::lower_bound(log.begin(), log.end(), after, earlier);
    if (next != log.begin() && std::prev(next)->begins) return std::nullopt;  // down already
    const auto end = std::lower_bound(next, log.end(), before, earlier);
    const auto begun = [&](auto place) { return place == log.begin() ? 0 : std::prev(place)->begun; };
    return begun(end) > begun(next);
}

Date last_of(const data::Array& days) {
    Date last{std::numeric_limits<std::int32_t>::min()};
    for (index row = 0; row < days.size(); ++row) {
        if (const auto day = days.get<Date>(row)) last = std::max(last, *day);
    }
    return last;
}

}  // namespace

data::Array failures_ahead(const data::Table& days, const data::Table& events, const FailuresAheadOptions& options) {
    if (options.horizon < 1) throw ValueError("failures_ahead: expected a horizon of at least 1 day");
    const data::Array& ids = detail::expect_column(days, "device_id", data::Type::Utf8);
    const data::Array& day_of = detail::expect_column(days, "day", data::Type::Date32);
    const auto logs = outages_of(detail::expect_column(events, "device_id", data::Type::Utf8),
                                 detail::expect_column(events, "at", data::Type::Timestamp),
                                 detail::expect_column(events, "kind", data::Type::Utf8));
    const Date last = options.last_day.value_or(last_of(day_of));
    data::ArrayBuilder<bool> labels;
    labels.reserve(days.num_rows());
    for (index row = 0; row < days.num_rows(); ++row) {
        const auto day = day_of.get<Date>(row);
        const auto log = ids.is_null(row) ? logs.end() : logs.find(ids.text(row));
        const bool known = day && day->days() + options.horizon <= last.days() && log != logs.end();
        if (!known) {
            labels.append_null();
            continue;
        }
        const auto end_of = [&](index ahead) {
            return options.calendar.start_of(Date{day->days() + 1 + static_cast<std::int32_t>(ahead)}).micros();
        };
        labels.append(fails(log->second, end_of(0), end_of(options.horizon)));
    }
    return labels.finish();
}

}  // namespace assay::features
