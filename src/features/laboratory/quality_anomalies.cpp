#include "assay/features/laboratory/quality_anomalies.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/drift/binned.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "device_records.hpp"

namespace assay::features {
namespace {

constexpr double kNotTested = std::numeric_limits<double>::quiet_NaN();
constexpr std::int32_t kMostAnomalyDays = 36'600;

/// One row of the table.
struct PairDay {
    std::int32_t day = 0;
    std::size_t device = 0;
    std::uint64_t analyte = 0;
    index count = 0;
    index reference_count = 0;
    double mean = kNotTested;
    double reference_mean = kNotTested;
    double shift = kNotTested;
    double ks = kNotTested;
    double p = kNotTested;
    double p_adjusted = kNotTested;
    double wasserstein = kNotTested;
};

/// Values of one analyte on one device with the days on which they were known, ascending.
struct DatedValues {
    std::vector<std::int32_t> days;
    std::vector<double> values;

    /// Those of the days from `first` to before `end`.
    std::span<const double> between(std::int32_t first, std::int32_t end) const {
        const auto from = std::lower_bound(days.begin(), days.end(), first) - days.begin();
        const auto to = std::lower_bound(days.begin(), days.end(), end) - days.begin();
        return std::span(values).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
    }
};

void compare(const DatedValues& values, const AnomalyOptions& options, PairDay& row) {
    const std::int32_t end = row.day + 1;
    const auto window = static_cast<std::int32_t>(options.window_days);
    const auto reference_days = static_cast<std::int32_t>(options.reference_days);
    const auto now = values.between(end - window, end);
    const auto before = values.between(end - window - reference_days, end - window);
    row.count = static_cast<index>(now.size());
    row.reference_count = static_cast<index>(before.size());
    if (std::min(row.count, row.reference_count) < options.minimum_results) return;
    const NumericSample current = NumericSample::of(now);
    const NumericSample reference = NumericSample::of(before);
    const KsTest test = ks_test(reference, current);
    row.mean = current.mean();
    row.reference_mean = reference.mean();
    const double deviation = reference.standard_deviation();
    if (deviation > 0) row.shift = (row.mean - row.reference_mean) / deviation;
    row.ks = test.statistic;
    row.p = test.p;
    row.wasserstein = wasserstein_distance(reference, current);
}

/// The rows of one device, for every day that is asked for.
std::vector<PairDay> rows_of(const detail::DeviceRecords& device, std::size_t number, Date first, Date last,
                             const AnomalyOptions& options) {
    const std::int64_t after = options.calendar.start_of(Date{last.days() + 1}).micros();
    std::map<std::uint64_t, DatedValues> analytes;
    for (const detail::DeviceResult& result : device.results) {
        if (std::isnan(result.value) || result.known >= after) continue;
        DatedValues& values = analytes[result.analyte];
        values.days.push_back(options.calendar.day_of(Timestamp{result.known}).days());
        values.values.push_back(result.value);
    }
    std::vector<PairDay> out;
    for (const auto& [analyte, values] : analytes) {
        for (std::int32_t day = first.days(); day <= last.days(); ++day) {
            PairDay row;
            row.day = day;
            row.device = number;
            row.analyte = analyte;
            compare(values, options, row);
            if (row.count > 0) out.push_back(row);
        }
    }
    return out;
}

/// By day, within each over its pairs.
void adjust(std::vector<PairDay>& rows) {
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
        while (end < rows.size() && rows[end].day == rows[begin].day) ++end;
        std::vector<double> p;
        for (std::size_t i = begin; i < end; ++i) p.push_back(rows[i].p);
        const std::vector<double> adjusted = adjusted_p_values(p);
        for (std::size_t i = begin; i < end; ++i) rows[i].p_adjusted = adjusted[i - begin];
    }
}

data::Field anomaly_field(const char* name, data::Type type, bool nullable) {
    data::Field field;
    field.name = name;
    field.type = type;
    field.nullable = nullable;
    return field;
}

data::Table anomaly_table(const std::vector<PairDay>& rows, const detail::ReadRecords& records,
                          const AnomalyOptions& options) {
    using data::Type;
    data::TextBuilder devices, codes, units;
    data::ArrayBuilder<Date> days;
    data::ArrayBuilder<std::int64_t> counts, reference_counts;
    std::array<data::ArrayBuilder<double>, 7> numbers;
    data::ArrayBuilder<bool> anomalous;
    const auto named = [](const std::vector<std::string>& names, std::uint64_t number) {
        const auto place = static_cast<std::uint32_t>(number);
        return place < names.size() ? std::string_view(names[place]) : std::string_view();
    };
    for (const PairDay& row : rows) {
        devices.append(std::string_view(records.devices[row.device].id));
        codes.append(named(records.codes, row.analyte >> 32));
        const std::string_view unit = named(records.units, row.analyte);
        unit.empty() ? units.append_null() : units.append(unit);
        days.append(Date{row.day});
        counts.append(std::int64_t{row.count});
        reference_counts.append(std::int64_t{row.reference_count});
        const std::array<double, 7> values{row.mean, row.reference_mean, row.shift,      row.ks,
                                           row.p,    row.p_adjusted,     row.wasserstein};
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::isnan(values[i]) ? numbers[i].append_null() : numbers[i].append(values[i]);
        }
        std::isnan(row.p) ? anomalous.append_null()
                          : anomalous.append(row.p_adjusted < options.alpha && row.ks >= options.least_effect);
    }
    std::vector<data::Array> columns{devices.finish(), codes.finish(),  units.finish(),
                                     days.finish(),    counts.finish(), reference_counts.finish()};
    std::vector<data::Field> fields{
        anomaly_field("device_id", Type::Utf8, false), anomaly_field("code", Type::Utf8, false),
        anomaly_field("unit", Type::Utf8, true),       anomaly_field("day", Type::Date32, false),
        anomaly_field("count", Type::Int64, false),    anomaly_field("reference_count", Type::Int64, false)};
    std::size_t i = 0;
    for (const char* name : {"mean", "reference_mean", "shift", "ks", "p", "p_adjusted", "wasserstein"}) {
        fields.push_back(anomaly_field(name, Type::Float64, true));
        columns.push_back(numbers[i++].finish());
    }
    fields.push_back(anomaly_field("anomalous", Type::Bool, true));
    columns.push_back(anomalous.finish());
    return data::Table(data::TableSchema(std::move(fields)), std::move(columns));
}

void check_anomalies(const AnomalyOptions& options) {
    if (options.window_days < 1 || options.reference_days < 1 || options.window_days > kMostAnomalyDays ||
        options.reference_days > kMostAnomalyDays) {
        throw ValueError("quality_anomalies: expected windows from 1 to 36,600 days");
    }
    if (options.minimum_results < 2) throw ValueError("quality_anomalies: expected minimum_results of at least 2");
    if (!(options.alpha >= 0 && options.alpha <= 1) || !(options.least_effect >= 0 && options.least_effect <= 1)) {
        throw ValueError("quality_anomalies: expected alpha and least_effect from 0 to 1");
    }
}

}  // namespace

AnomalyTable quality_anomalies(const data::Table& results, const AnomalyOptions& options) {
    check_anomalies(options);
    detail::ReadRecords records =
        detail::read_device_records(results, data::Table(), data::Table(), options.known_when_observed);
    std::optional<Date> last = options.last_day;
    if (!last) {
        for (const detail::DeviceRecords& device : records.devices) {
            if (device.results.empty()) continue;
            const Date day = options.calendar.day_of(Timestamp{device.results.back().known});
            last = last ? std::max(*last, day) : day;
        }
    }
    if (!last) return {anomaly_table({}, records, options), std::move(records.left_out)};
    const Date first = options.first_day.value_or(*last);
    if (index{last->days()} - first.days() >= kMostAnomalyDays) {
        throw ValueError("quality_anomalies: expected first_day and last_day within 36,600 days");
    }
    std::vector<std::vector<PairDay>> by_device(records.devices.size());
    parallel_for(static_cast<index>(by_device.size()), 1, [&](index begin, index end) {
        for (auto d = static_cast<std::size_t>(begin); d < static_cast<std::size_t>(end); ++d) {
            by_device[d] = rows_of(records.devices[d], d, first, *last, options);
        }
    });
    std::vector<PairDay> rows;
    for (const auto& some : by_device) rows.insert(rows.end(), some.begin(), some.end());
    std::stable_sort(rows.begin(), rows.end(), [&](const PairDay& a, const PairDay& b) {
        const auto key = [&](const PairDay& r) {
            const std::string& code = records.codes[r.analyte >> 32];
            const auto unit = static_cast<std::uint32_t>(r.analyte);
            return std::tuple(r.day, r.device, std::string_view(code),
                              unit < records.units.size() ? std::string_view(records.units[unit]) : std::string_view());
        };
        return key(a) < key(b);
    });
    adjust(rows);
    return {anomaly_table(rows, records, options), std::move(records.left_out)};
}

}  // namespace assay::features
