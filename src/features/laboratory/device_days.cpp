#include "assay/features/laboratory/device_days.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/laboratory/device_day_schema.hpp"
#include "assay/features/qc/control_charts.hpp"
#include "day_line.hpp"
#include "device_records.hpp"
#include "running_median.hpp"
#include "sliding_window.hpp"
#include "window_states.hpp"

namespace assay::features {
namespace {

using detail::DayLine;
using detail::DeviceEvent;
using detail::DeviceEventKind;
using detail::DeviceRecords;
using detail::DeviceResult;
using detail::Highest;
using detail::Line;
using detail::Moments;
using detail::Share;
using detail::SlidingWindow;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();  // becomes null
constexpr double kMicrosPerHour = 3600e6;
constexpr double kMicrosPerDay = 86400e6;
constexpr index kMostDays = 36'600;

using Feature = std::vector<double>;  // by day

/// One value a day from the states of the days: value(total of the window, day).
template <class State, class Value>
Feature over_window(const std::vector<State>& days, index length, Value value) {
    SlidingWindow<State> window(length);
    Feature out;
    out.reserve(days.size());
    for (const State& day : days) {
        window.push(day);
        out.push_back(value(window.total()));
    }
    return out;
}

template <class State>
State& at(std::vector<State>& days, index day) {
    return days[static_cast<std::size_t>(day)];
}

/// The features of one device.
class DeviceKernel {
  public:
    DeviceKernel(const DeviceRecords& records, const DayLine& days, const DeviceDayOptions& options)
        : records_(records), days_(days), options_(options), size_(static_cast<std::size_t>(days.size())) {
        first_event_ = days.size();
        days_.each(records_.events, [&](index day, const DeviceEvent&) { first_event_ = std::min(first_event_, day); });
    }

    Feature error_rate() const {
        std::vector<Share> counts(size_);
        days_.each(records_.results, [&](index day, const DeviceResult&) { ++at(counts, day).whole; });
        each_event(DeviceEventKind::error, [&](index day, const DeviceEvent&) { at(counts, day).merge({1, 1}); });
        return where_logged(over_window(counts, options_.error_days, [](const Share& s) { return s.value(); }));
    }
    Feature qc_trend() const {
        std::vector<Line> lines(size_);
        days_.each(records_.controls, [&](index day, const detail::DeviceControl& control) {
            at(lines, day).add(static_cast<double>(control.measured - days_.start(0)) / kMicrosPerDay, control.z);
        });
        const auto least = static_cast<double>(options_.minimum_controls);
        return over_window(lines, options_.trend_days, [least](const Line& line) {
            return line.count >= least && line.tt > 0 ? line.tz / line.tt : kUndefined;
        });
    }
    Feature cusum_excursion() const {
        struct Series {
            std::vector<double> z;
            std::vector<index> days;
        };
        std::unordered_map<std::uint64_t, Series> streams;
        days_.each(records_.controls, [&](index day, const detail::DeviceControl& control) {
            Series& series = streams[control.stream];
            series.z.push_back(control.z);
            series.days.push_back(day);
        });
        std::vector<Highest> highest(size_);
        for (const auto& [stream, series] : streams) {
            const Cusum chart = cusum(series.z, {.k = options_.cusum_k, .h = options_.cusum_h});
            for (std::size_t i = 0; i < series.z.size(); ++i) {
                at(highest, series.days[i]).merge({std::max(chart.high[i], chart.low[i])});
            }
        }
        return over_window(highest, options_.cusum_days, [](const Highest& h) { return h.value; });
    }
    Feature calibration_age() const {
        std::vector<Highest> latest(size_);
        each_event(DeviceEventKind::calibration, [&](index day, const DeviceEvent& event) {
            at(latest, day).merge({static_cast<double>(event.at - days_.start(0))});
        });
        Feature age;
        Highest last;
        for (index day = 0; day < days_.size(); ++day) {
            last.merge(at(latest, day));
            age.push_back((static_cast<double>(days_.end(day) - days_.start(0)) - last.value) / kMicrosPerDay);
        }
        return age;
    }
    Feature result_drift() const;
    Feature downtime() const;
    Feature turn_around() const;
    Feature repeat_rate() const {
        std::vector<Share> counts(size_);
        std::unordered_set<std::uint64_t> seen;
        days_.each(records_.results, [&](index day, const DeviceResult& result) {
            const std::uint64_t code = result.analyte >> 32;
            if (result.specimen < 0 || code == 0xffffffff) return;
            const bool first = seen.insert(code << 32 | static_cast<std::uint32_t>(result.specimen)).second;
            at(counts, day).merge({first ? 0 : 1, 1});
        });
        return over_window(counts, options_.repeat_days, [](const Share& s) { return s.value(); });
    }
    Feature temperature() const {
        std::vector<Highest> highest(size_);
        each_event(DeviceEventKind::temperature,
                   [&](index day, const DeviceEvent& event) { at(highest, day).merge({event.value}); });
        return over_window(highest, options_.temperature_days, [](const Highest& h) { return h.value; });
    }
    Feature load() const {
        std::vector<Share> counts(size_);
        for (Share& day : counts) day.whole = 1;
        days_.each(records_.results, [&](index day, const DeviceResult&) { ++at(counts, day).part; });
        return over_window(counts, options_.load_days, [](const Share& s) { return s.value(); });
    }

  private:
    template <class Visit>
    void each_event(DeviceEventKind kind, Visit visit) const {
        days_.each(records_.events, [&](index day, const DeviceEvent& event) {
            if (event.kind == kind) visit(day, event);
        });
    }
    /// Undefined until the log has told anything: no entry is not "no error".
    Feature where_logged(Feature feature) const {
        std::fill_n(feature.begin(), first_event_, kUndefined);
        return feature;
    }

    const DeviceRecords& records_;
    const DayLine& days_;
    const DeviceDayOptions& options_;
    std::size_t size_;
    index first_event_;
};

/// The largest |mean − baseline mean| / baseline deviation of any analyte.
Feature DeviceKernel::result_drift() const {
    std::unordered_map<std::uint64_t, std::vector<std::pair<index, double>>> analytes;
    days_.each(records_.results, [&](index day, const DeviceResult& result) {
        if (!std::isnan(result.value)) analytes[result.analyte].emplace_back(day, result.value);
    });
    const auto least = static_cast<double>(options_.minimum_results);
    Feature drift(size_, kUndefined);
    std::vector<Moments> moments(size_);
    for (const auto& [analyte, values] : analytes) {
        if (static_cast<double>(values.size()) < 2 * least) continue;
        std::fill(moments.begin(), moments.end(), Moments());
        for (const auto& [day, value] : values) at(moments, day).add(value);
        SlidingWindow<Moments> current(options_.drift_days);
        SlidingWindow<Moments> baseline(options_.drift_baseline_days);
        for (index day = 0; day < days_.size(); ++day) {
            current.push(at(moments, day));
            if (day >= options_.drift_days) baseline.push(at(moments, day - options_.drift_days));
            const Moments now = current.total();
            const Moments before = baseline.total();
            if (now.count < least || before.count < least || !(before.deviation() > 0)) continue;
            at(drift, day) = std::fmax(at(drift, day), std::fabs(now.mean - before.mean) / before.deviation());
        }
    }
    return drift;
}

/// From the changes known by the end of a day: one that came late corrects the days after, never those before.
Feature DeviceKernel::downtime() const {
    std::vector<std::vector<DeviceEvent>> by_day(size_);
    days_.each(records_.events, [&](index day, const DeviceEvent& event) {
        if (event.kind == DeviceEventKind::down || event.kind == DeviceEventKind::up) at(by_day, day).push_back(event);
    });
    Feature hours;
    std::vector<DeviceEvent> known;  // by time
    for (index day = 0; day < days_.size(); ++day) {
        for (const DeviceEvent& event : at(by_day, day)) {
            const auto after = std::upper_bound(known.begin(), known.end(), event.at,
                                                [](std::int64_t time, const DeviceEvent& e) { return time < e.at; });
            known.insert(after, event);
        }
        const std::int64_t begin = days_.start(std::max<index>(0, day - options_.downtime_days + 1));
        std::int64_t end = days_.end(day);
        std::int64_t down = 0;
        for (std::size_t i = known.size(); i-- > 0 && end > begin;) {
            const std::int64_t from = std::max(begin, known[i].at);
            if (known[i].kind == DeviceEventKind::down) down += end - from;
            end = from;
        }
        hours.push_back(static_cast<double>(down) / kMicrosPerHour);
    }
    return where_logged(std::move(hours));
}

/// The median over the results that were reported in the window.
Feature DeviceKernel::turn_around() const {
    std::vector<std::vector<std::int64_t>> by_day(size_);
    std::vector<std::int64_t> all;
    days_.each(records_.results, [&](index day, const DeviceResult& result) {
        if (result.took < 0) return;
        at(by_day, day).push_back(result.took);
        all.push_back(result.took);
    });
    detail::RunningMedian window(std::move(all));
    Feature hours;
    for (index day = 0; day < days_.size(); ++day) {
        for (const std::int64_t took : at(by_day, day)) window.change(took, 1);
        if (day >= options_.turn_around_days) {
            for (const std::int64_t took : at(by_day, day - options_.turn_around_days)) window.change(took, -1);
        }
        hours.push_back(window.empty() ? kUndefined : window.median() / kMicrosPerHour);
    }
    return hours;
}

void check(const DeviceDayOptions& o) {
    const std::array<index, 10> windows{o.error_days,          o.trend_days,    o.cusum_days,       o.drift_days,
                                        o.drift_baseline_days, o.downtime_days, o.turn_around_days, o.repeat_days,
                                        o.temperature_days,    o.load_days};
    if (*std::min_element(windows.begin(), windows.end()) < 1) {
        throw ValueError("device_days: expected windows of at least 1 day");
    }
    if (o.minimum_controls < 2 || o.minimum_results < 2) {
        throw ValueError("device_days: expected minimum_controls and minimum_results of at least 2");
    }
    if (!(o.cusum_k >= 0) || !(o.cusum_h > 0)) {
        throw ValueError("device_days: expected cusum_k of at least 0 and cusum_h above 0");
    }
}

template <class Record>
void note_ends(const std::vector<Record>& records, std::int64_t& first, std::int64_t& last) {
    if (records.empty()) return;
    first = std::min(first, records.front().known);
    last = std::max(last, records.back().known);
}

struct DeviceColumns {
    Date first;
    std::array<Feature, 10> features;
    std::map<std::string, index> later;  ///< records known after the last day
};

/// First and last moment at which anything of the device came to be known.
std::pair<std::int64_t, std::int64_t> ends_of(const DeviceRecords& device) {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    note_ends(device.results, first, last);
    note_ends(device.controls, first, last);
    note_ends(device.events, first, last);
    return {first, last};
}

DeviceColumns columns_of(const DeviceRecords& device, Date first, Date last, const DeviceDayOptions& options) {
    DeviceColumns out;
    out.first = first;
    if (last < first) {
        out.later = {{"results", static_cast<index>(device.results.size())},
                     {"controls", static_cast<index>(device.controls.size())},
                     {"events", static_cast<index>(device.events.size())}};
        return out;
    }
    const DayLine days(options.calendar, first, last);
    const auto pass = [](index, const auto&) {};
    out.later = {{"results", days.each(device.results, pass)},
                 {"controls", days.each(device.controls, pass)},
                 {"events", days.each(device.events, pass)}};
    const DeviceKernel kernel(device, days, options);
    out.features = {kernel.error_rate(),   kernel.qc_trend(), kernel.cusum_excursion(), kernel.calibration_age(),
                    kernel.result_drift(), kernel.downtime(), kernel.turn_around(),     kernel.repeat_rate(),
                    kernel.temperature(),  kernel.load()};
    return out;
}

data::Table table_of(const std::vector<DeviceRecords>& devices, const std::vector<DeviceColumns>& columns) {
    data::TextBuilder ids;
    data::ArrayBuilder<Date> days;
    std::array<data::ArrayBuilder<double>, 10> features;
    for (std::size_t d = 0; d < devices.size(); ++d) {
        for (std::size_t day = 0; day < columns[d].features[0].size(); ++day) {
            ids.append(std::string_view(devices[d].id));
            days.append(Date{columns[d].first.days() + static_cast<std::int32_t>(day)});
            for (std::size_t f = 0; f < features.size(); ++f) {
                const double value = columns[d].features[f][day];
                std::isnan(value) ? features[f].append_null() : features[f].append(value);
            }
        }
    }
    std::vector<data::Array> out{ids.finish(), days.finish()};
    for (auto& feature : features) out.push_back(feature.finish());
    return data::Table(DeviceDays::table_schema(), std::move(out));
}

}  // namespace

DeviceDayTable device_days(const data::Table& results, const data::Table& controls, const data::Table& events,
                           const DeviceDayOptions& options) {
    check(options);
    detail::ReadRecords read = detail::read_device_records(results, controls, events, options.known_when_observed);
    std::vector<DeviceRecords>& devices = read.devices;
    std::map<std::string, index>& left_out = read.left_out;
    devices.erase(std::remove_if(devices.begin(), devices.end(),
                                 [](const DeviceRecords& d) {
                                     return d.results.empty() && d.controls.empty() && d.events.empty();
                                 }),
                  devices.end());
    if (devices.empty()) return {data::Table::empty(DeviceDays::table_schema()), std::move(left_out)};
    std::vector<Date> firsts;
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    for (const DeviceRecords& device : devices) {
        const auto [first, last] = ends_of(device);
        firsts.push_back(options.calendar.day_of(Timestamp{first}));
        latest = std::max(latest, last);
    }
    const Date last = options.last_day ? *options.last_day : options.calendar.day_of(Timestamp{latest});
    if (index{last.days()} - std::min_element(firsts.begin(), firsts.end())->days() >= kMostDays) {
        throw ValueError(
            "device_days: expected records of at most 36,600 days; one lies far in the past or the future: "
            "give last_day, or leave it out");
    }
    std::vector<DeviceColumns> columns(devices.size());
    parallel_for(static_cast<index>(devices.size()), 1, [&](index begin, index end) {
        for (auto d = static_cast<std::size_t>(begin); d < static_cast<std::size_t>(end); ++d) {
            columns[d] = columns_of(devices[d], firsts[d], last, options);
        }
    });
    for (const DeviceColumns& device : columns) {
        for (const auto& [table, count] : device.later) {
            if (count > 0) left_out[table + ".after_last_day"] += count;
        }
    }
    return {table_of(devices, columns), std::move(left_out)};
}

}  // namespace assay::features
