#include "assay/features/drift/drift_report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/drift/binned.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "features/drift/compare_samples.hpp"

namespace assay::features {
namespace {

void check(const DriftThresholds& t) {
    const auto ascending = [](double moderate, double severe) { return moderate > 0 && severe >= moderate; };
    const bool sound = t.p > 0 && t.p < 1 && ascending(t.psi_moderate, t.psi_severe) && t.wasserstein > 0 &&
                       t.jensen_shannon > 0 && ascending(t.missing_moderate, t.missing_severe) && t.bins >= 2 &&
                       t.few_levels >= 0 && t.fewest >= 2;
    if (sound) return;
    throw ValueError(
        "drift thresholds: expected p from 0 to 1, effects above 0 with severe at or above moderate, bins and fewest "
        "of at least 2");
}

/// Distinct values of both, or nothing where they are more than `most`.
std::vector<double> levels_of(const NumericSample& a, const NumericSample& b, index most) {
    if (static_cast<index>(std::max(a.values().size(), b.values().size())) > most) return {};
    std::vector<double> levels;
    std::ranges::set_union(a.values(), b.values(), std::back_inserter(levels));
    if (static_cast<index>(levels.size()) > most) levels.clear();
    return levels;
}

void compare_counts(std::span<const index> reference, std::span<const index> current, ColumnDrift& found) {
    const StabilityIndex stability = population_stability(reference, current);
    found.psi = stability.value;
    found.psi_expected = stability.expected_without_change;
    found.jensen_shannon = jensen_shannon_distance(reference, current);
}

void test_counts(std::span<const index> reference, std::span<const index> current, ColumnDrift& found) {
    const ChiSquaredTest test = chi_squared_test(reference, current);
    found.test = "chi-squared";
    found.statistic = test.statistic;
    found.p = test.p;
    found.cramers_v = test.cramers_v;
}

void compare_numbers(const NumericSample& a, const NumericSample& b, const DriftThresholds& thresholds,
                     ColumnDrift& found) {
    found.reference_mean = a.mean();
    found.current_mean = b.mean();
    found.reference_deviation = a.standard_deviation();
    found.current_deviation = b.standard_deviation();
    const detail::SampleDistance distance = detail::compare_samples(a, b);
    found.wasserstein = distance.area;
    if (found.reference_deviation > 0) found.shift = found.wasserstein / found.reference_deviation;
    std::vector<double> edges = levels_of(a, b, thresholds.few_levels);
    const bool levels = !edges.empty();
    if (levels) {
        edges.pop_back();
    } else {
        edges = quantile_edges(a, thresholds.bins);
    }
    // A constant reference has one bin: what lies below and above it are others.
    if (!levels && a.values().size() == 1) {
        const double value = a.values().front();
        edges = {std::nextafter(value, -std::numeric_limits<double>::infinity()), value};
    }
    const std::vector<index> p = bin_counts(a, edges);
    const std::vector<index> q = bin_counts(b, edges);
    compare_counts(p, q, found);
    if (levels) {
        test_counts(p, q, found);
        return;
    }
    const KsTest test = detail::ks_test_of(a.count(), b.count(), distance, KsMethod::automatic);
    found.test = "KS";
    found.statistic = test.statistic;
    found.p = test.p;
    found.location = test.location;
}

void compare_missing(const ColumnSample& reference, const ColumnSample& current, ColumnDrift& found) {
    if (reference.rows == 0 || current.rows == 0) return;
    const std::array<index, 2> a{reference.missing(), reference.rows - reference.missing()};
    const std::array<index, 2> b{current.missing(), current.rows - current.missing()};
    found.reference_missing = static_cast<double>(a[0]) / static_cast<double>(reference.rows);
    found.current_missing = static_cast<double>(b[0]) / static_cast<double>(current.rows);
    found.missing_p = chi_squared_test(a, b).p;
}

/// Why two columns cannot be compared; empty where they can.
std::string obstacle(const ColumnSample& a, const ColumnSample& b, index fewest) {
    const std::array<index, 2> counts{a.rows - a.missing(), b.rows - b.missing()};
    if (a.rows == 0) return "the reference has no rows";
    if (b.rows == 0) return "the window has no rows";
    if (counts[0] == 0 && counts[1] == 0) return "all values are missing in both";
    if (counts[0] == 0) return "all values are missing in the reference";
    if (counts[1] == 0) return "all values are missing now";
    if (a.kind != b.kind)
        return "the column has " + std::string(name_of(b.kind)) + " in place of " + std::string(name_of(a.kind));
    if (a.kind == ColumnKind::other) return "dates, times and bytes are not compared";
    if (std::min(counts[0], counts[1]) < fewest) {
        return "fewer than " + std::to_string(fewest) + " values " + (counts[1] < fewest ? "now" : "in the reference");
    }
    return {};
}

ColumnDrift begin_with(const ColumnSample& column) {
    ColumnDrift found;
    found.name = column.name;
    found.unit = column.unit;
    found.label = column.label();
    found.kind = column.kind;
    return found;
}

ColumnDrift compare(const ColumnSample& reference, const ColumnSample& current, const DriftThresholds& thresholds) {
    ColumnDrift found = begin_with(reference);
    if (const std::string_view label = current.label(); !label.empty()) found.label = label;  // as it is called now
    found.reference_count = reference.rows - reference.missing();
    found.current_count = current.rows - current.missing();
    compare_missing(reference, current, found);
    found.reason = obstacle(reference, current, thresholds.fewest);
    if (!found.reason.empty()) return found;
    if (reference.kind == ColumnKind::numbers) {
        compare_numbers(reference.numbers, current.numbers, thresholds, found);
    } else {
        const AlignedCounts counts = align(reference.categories, current.categories);
        compare_counts(counts.reference, counts.current, found);
        test_counts(counts.reference, counts.current, found);
    }
    return found;
}

/// A column or group that one sample alone has.
ColumnDrift only_in_one(const ColumnSample& column, bool grouped, bool in_reference) {
    ColumnDrift found = begin_with(column);
    (in_reference ? found.reference_count : found.current_count) = grouped ? column.rows - column.missing() : 0;
    if (grouped) {
        found.reason = in_reference ? "no values now" : "no values in the reference";
    } else {
        found.reason = in_reference ? "the window has no such column" : "the reference has no such column";
    }
    return found;
}

index distinct_of(const ColumnSample& column) {
    return static_cast<index>(column.kind == ColumnKind::numbers ? column.numbers.values().size()
                                                                 : column.categories.entries().size());
}

/// What is to be said of a column that holds one value alone in a sample.
std::string constancy(const ColumnSample& reference, const ColumnSample& current, bool changed) {
    const bool before = distinct_of(reference) == 1;
    const bool now = distinct_of(current) == 1;
    if (before && now) return changed ? "constant, with another value than the reference" : "constant in both";
    if (before) return "constant in the reference, varies now";
    return now ? "varies in the reference, constant now" : "";
}

DriftVerdict by_effect(const ColumnDrift& found, const DriftThresholds& t) {
    const double stability = found.psi - found.psi_expected;
    const bool numbers = found.kind == ColumnKind::numbers;
    if (stability >= t.psi_severe) return DriftVerdict::severe;
    const bool moderate = stability >= t.psi_moderate ||
                          (numbers ? found.shift >= t.wasserstein : found.jensen_shannon >= t.jensen_shannon);
    return moderate ? DriftVerdict::moderate : DriftVerdict::slight;
}

void judge_missing(ColumnDrift& found, const DriftThresholds& t) {
    const double change = std::fabs(found.current_missing - found.reference_missing);
    if (!(found.missing_p_adjusted < t.p) || !(change >= t.missing_moderate)) return;
    const DriftVerdict verdict = change >= t.missing_severe ? DriftVerdict::severe : DriftVerdict::moderate;
    found.verdict = std::max(found.verdict, verdict);
    found.reason += std::string(found.reason.empty() ? "" : "; ") + "the share of missing values changed";
}

void adjust(std::vector<ColumnDrift>& columns, double ColumnDrift::*p, double ColumnDrift::*adjusted) {
    std::vector<double> raw;
    for (const ColumnDrift& column : columns) raw.push_back(column.*p);
    const std::vector<double> made = adjusted_p_values(raw);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].*adjusted = made[i];
}

}  // namespace

std::string_view name_of(DriftVerdict verdict) noexcept {
    constexpr std::array<std::string_view, 5> kNames{"not judged", "stable", "slight", "moderate", "severe"};
    return kNames[static_cast<std::size_t>(verdict)];
}

std::vector<ColumnDrift> drift_report(const TableSample& reference, const TableSample& current,
                                      const DriftThresholds& thresholds) {
    check(thresholds);
    if (reference.grouped() != current.grouped()) {
        throw ValueError(std::string("drift: expected two samples by ") +
                         (reference.grouped() ? "group, as the reference is, got one by column"
                                              : "column, as the reference is, got one by group"));
    }
    const auto known = reference.columns();
    std::vector<ColumnDrift> found(known.size());
    std::vector<const ColumnSample*> now(known.size());
    parallel_for(static_cast<index>(known.size()), 1, [&](index begin, index end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            now[i] = current.find(known[i].name, known[i].unit);
            found[i] = now[i] == nullptr ? only_in_one(known[i], reference.grouped(), true)
                                         : compare(known[i], *now[i], thresholds);
        }
    });
    adjust(found, &ColumnDrift::p, &ColumnDrift::p_adjusted);
    adjust(found, &ColumnDrift::missing_p, &ColumnDrift::missing_p_adjusted);
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i].test.empty()) {
            const bool changed = found[i].p_adjusted < thresholds.p;
            found[i].verdict = changed ? by_effect(found[i], thresholds) : DriftVerdict::stable;
            found[i].reason = constancy(known[i], *now[i], changed);
        }
        judge_missing(found[i], thresholds);
    }
    for (const ColumnSample& column : current.columns()) {
        if (reference.find(column.name, column.unit) == nullptr) {
            found.push_back(only_in_one(column, current.grouped(), false));
        }
    }
    return found;
}

}  // namespace assay::features
