#include "assay/features/laboratory/outbreak.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "culture_records.hpp"

namespace assay::features {
namespace {

using detail::CultureRecord;
using detail::CultureRecords;
using Pair = std::pair<std::int32_t, std::int32_t>;  // ward, organism

/// The Monday of a day's week: day 0, 1970-01-01, was a Thursday.
std::int32_t monday_of(std::int32_t day) {
    const std::int32_t weekday = (day + 3) % 7;
    return day - (weekday < 0 ? weekday + 7 : weekday);
}

data::Field field_named(const char* name, data::Type type, bool nullable = false) {
    data::Field field;
    field.name = name;
    field.type = type;
    field.nullable = nullable;
    return field;
}

/// Distinct specimens of each ward and week, and of each organism in them.
struct WeekCounts {
    std::map<Pair, index> tested;                         ///< by ward and week
    std::map<Pair, std::map<std::int32_t, index>> found;  ///< by ward and organism, then week
};

WeekCounts count_weeks(const CultureRecords& cultures) {
    WeekCounts counts;
    std::set<std::array<std::int64_t, 4>> seen;  // ward, week, organism (−1 for any), specimen
    for (const CultureRecord& row : cultures.rows) {
        const std::int32_t week = monday_of(row.day);
        if (seen.insert({row.ward, week, -1, row.specimen}).second) ++counts.tested[{row.ward, week}];
        if (row.organism >= 0 && seen.insert({row.ward, week, row.organism, row.specimen}).second) {
            ++counts.found[{row.ward, row.organism}][week];
        }
    }
    return counts;
}

/// New cases by day from the ward's first culture to the last day, with the day of the first find.
struct CaseSeries {
    std::vector<double> cases;
    std::int32_t first_day = 0;
    std::int32_t first_find = 0;
};

std::map<Pair, CaseSeries> case_series(const CultureRecords& cultures, index one_case_days) {
    std::map<std::int32_t, std::int32_t> first_of_ward;
    for (const CultureRecord& row : cultures.rows) first_of_ward.emplace(row.ward, row.day);
    std::map<std::array<std::int64_t, 3>, std::int32_t> last_case;  // of ward, organism and patient
    std::set<std::array<std::int64_t, 3>> specimens;
    std::map<Pair, CaseSeries> series;
    for (const CultureRecord& row : cultures.rows) {
        if (row.organism < 0) continue;
        if (one_case_days == 0) {
            if (!specimens.insert({row.ward, row.organism, row.specimen}).second) continue;
        } else {
            const auto [place, added] = last_case.try_emplace({row.ward, row.organism, row.patient}, row.day);
            if (!added && row.day - place->second < one_case_days) continue;
            place->second = row.day;
        }
        const auto [place, added] = series.try_emplace({row.ward, row.organism});
        CaseSeries& one = place->second;
        if (added) {
            one.first_day = first_of_ward.at(row.ward);
            one.first_find = row.day;
            one.cases.resize(static_cast<std::size_t>(cultures.last_day - one.first_day) + 1);
        }
        ++one.cases[static_cast<std::size_t>(row.day - one.first_day)];
    }
    return series;
}

/// One-sided, from 0 again after a signal; NaN changes nothing.
std::vector<double> upper_cusum(const std::vector<double>& statistic, double k, double h) {
    std::vector<double> out;
    double sum = 0;
    for (const double z : statistic) {
        if (sum > h) sum = 0;
        if (!std::isnan(z)) sum = std::max(0.0, sum + z - k);
        out.push_back(sum);
    }
    return out;
}

void append_number(data::ArrayBuilder<double>& builder, double value) {
    std::isnan(value) ? builder.append_null() : builder.append(value);
}

/// Columns of outbreak_days as they grow.
class CaseColumns {
  public:
    explicit CaseColumns(const OutbreakOptions& options) : options_(options) {}

    void add(std::string_view ward, std::string_view organism, const CaseSeries& series) {
        const std::array<EarsChart, 3> charts{ears(series.cases, EarsMethod::c1, options_.ears),
                                              ears(series.cases, EarsMethod::c2, options_.ears),
                                              ears(series.cases, EarsMethod::c3, options_.ears)};
        const std::vector<double> sums = upper_cusum(charts[1].statistic, options_.cusum_k, options_.cusum_h);
        for (auto d = static_cast<std::size_t>(series.first_find - series.first_day); d < series.cases.size(); ++d) {
            wards_.append(ward);
            organisms_.append(organism);
            days_.append(Date{series.first_day + static_cast<std::int32_t>(d)});
            cases_.append(static_cast<std::int64_t>(series.cases[d]));
            std::string signals;
            for (std::size_t c = 0; c < 3; ++c) {
                append_number(statistics_[c], charts[c].statistic[d]);
                const auto& alarms = charts[c].alarms;
                if (std::binary_search(alarms.begin(), alarms.end(), static_cast<index>(d))) {
                    signals += "c" + std::to_string(c + 1) + ";";
                }
            }
            statistics_[3].append(sums[d]);
            if (sums[d] > options_.cusum_h) signals += "cusum;";
            signals.empty() ? signals_.append_null()
                            : signals_.append(std::string_view(signals).substr(0, signals.size() - 1));
        }
    }
    data::Table finish() {
        using data::Type;
        const data::TableSchema schema{field_named("ward", Type::Utf8),         field_named("organism", Type::Utf8),
                                       field_named("day", Type::Date32),        field_named("cases", Type::Int64),
                                       field_named("c1", Type::Float64, true),  field_named("c2", Type::Float64, true),
                                       field_named("c3", Type::Float64, true),  field_named("cusum", Type::Float64),
                                       field_named("signals", Type::Utf8, true)};
        std::vector<data::Array> columns{wards_.finish(), organisms_.finish(), days_.finish(), cases_.finish()};
        for (auto& statistic : statistics_) columns.push_back(statistic.finish());
        columns.push_back(signals_.finish());
        return data::Table(schema, std::move(columns));
    }

  private:
    const OutbreakOptions& options_;
    data::TextBuilder wards_, organisms_, signals_;
    data::ArrayBuilder<Date> days_;
    data::ArrayBuilder<std::int64_t> cases_;
    std::array<data::ArrayBuilder<double>, 4> statistics_;
};

}  // namespace

OutbreakTable positivity(const data::Table& cultures, const OutbreakOptions& options) {
    CultureRecords records = detail::read_cultures(cultures, options);
    const WeekCounts counts = count_weeks(records);
    data::TextBuilder wards, organisms;
    data::ArrayBuilder<Date> weeks;
    data::ArrayBuilder<std::int64_t> tested, positive;
    data::ArrayBuilder<double> share;
    for (const auto& [pair, found] : counts.found) {
        for (std::int32_t week = found.begin()->first; week <= records.last_day; week += 7) {
            const auto all = counts.tested.find({pair.first, week});
            const auto with = found.find(week);
            const index n = all == counts.tested.end() ? 0 : all->second;
            const index k = with == found.end() ? 0 : with->second;
            wards.append(std::string_view(records.wards[static_cast<std::size_t>(pair.first)]));
            organisms.append(std::string_view(records.organisms[static_cast<std::size_t>(pair.second)]));
            weeks.append(Date{week});
            tested.append(std::int64_t{n});
            positive.append(std::int64_t{k});
            n == 0 ? share.append_null() : share.append(static_cast<double>(k) / static_cast<double>(n));
        }
    }
    using data::Type;
    const data::TableSchema schema{
        field_named("ward", Type::Utf8),      field_named("organism", Type::Utf8),
        field_named("week", Type::Date32),    field_named("tested", Type::Int64),
        field_named("positive", Type::Int64), field_named("positivity", Type::Float64, true)};
    return {data::Table(schema, {wards.finish(), organisms.finish(), weeks.finish(), tested.finish(), positive.finish(),
                                 share.finish()}),
            std::move(records.left_out)};
}

OutbreakTable outbreak_days(const data::Table& cultures, const OutbreakOptions& options) {
    if (options.one_case_days < 0) throw ValueError("outbreak_days: expected one_case_days of at least 0");
    if (!(options.cusum_k >= 0) || !(options.cusum_h > 0)) {
        throw ValueError("outbreak_days: expected cusum_k of at least 0 and cusum_h above 0");
    }
    CultureRecords records = detail::read_cultures(cultures, options);
    CaseColumns columns(options);
    for (const auto& [pair, series] : case_series(records, options.one_case_days)) {
        columns.add(records.wards[static_cast<std::size_t>(pair.first)],
                    records.organisms[static_cast<std::size_t>(pair.second)], series);
    }
    return {columns.finish(), std::move(records.left_out)};
}

}  // namespace assay::features
