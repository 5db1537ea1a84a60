#include "assay/models/evaluation/bootstrap.hpp"

#include "assay/base/detail/normal_quantile.hpp"
#include "assay/base/detail/student_t.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace assay::models {
namespace {

/// Linear between the order statistics of sorted values.
double quantile_of_sorted(std::span<const double> values, double share) {
    const double position = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (position - static_cast<double>(below)) * (values[above] - values[below]);
}

/// What is drawn: cases, or groups of them.
struct DrawnUnits {
    index count = 0;
    std::vector<std::size_t> unit_of{};  ///< [n], by first appearance; empty where each case is a unit
};

DrawnUnits units_of(index n, std::span<const index> groups) {
    if (groups.empty()) return {n};
    detail::expect_same_length("bootstrap", static_cast<std::size_t>(n), groups.size(), "groups");
    std::unordered_map<index, std::size_t> known;
    DrawnUnits units;
    units.unit_of.reserve(groups.size());
    for (const index group : groups) units.unit_of.push_back(known.try_emplace(group, known.size()).first->second);
    units.count = std::ssize(known);
    if (units.count == n) units.unit_of.clear();
    return units;
}

/// The t that Student's distribution exceeds to both sides with this chance; p falls with t.
double student_t_beyond(double chance, double degrees) {
    double low = 0, high = 1;
    while (assay::detail::student_t_p(high, degrees) > chance) high *= 2;
    for (int step = 0; step < 60; ++step) {
        const double middle = (low + high) / 2;
        (assay::detail::student_t_p(middle, degrees) > chance ? low : high) = middle;
    }
    return high;
}

double tail_of(const DrawnUnits& units, index informing, double confidence) {
    if (units.unit_of.empty()) return (1 - confidence) / 2;
    const auto degrees = static_cast<double>(informing - 1);
    const double reach = student_t_beyond(1 - confidence, degrees) * std::sqrt((degrees + 1) / degrees);
    return std::erfc(reach / std::numbers::sqrt2) / 2;
}

}  // namespace

std::optional<Interval> bootstrap_interval(index n, const CountedStatistic& statistic, const BootstrapOptions& options,
                                           std::optional<index> informing) {
    if (options.replicates < 1) {
        throw ValueError("bootstrap: expected one replicate at least, got " + std::to_string(options.replicates));
    }
    static_cast<void>(normal_multiplier(options.confidence));  // refuses a confidence outside
    const DrawnUnits units = units_of(n, options.groups);
    const index degrees_of = std::min(informing.value_or(units.count), units.count);
    if (n < 1 || (!units.unit_of.empty() && degrees_of < 2)) return std::nullopt;
    std::vector<double> values(static_cast<std::size_t>(options.replicates));
    parallel_for(options.replicates, 16, [&](index begin, index end) {
        std::vector<std::int32_t> drawn(static_cast<std::size_t>(units.count)), of_case(units.unit_of.size());
        for (index replicate = begin; replicate < end; ++replicate) {
            Rng rng(options.seed, static_cast<std::uint64_t>(replicate));
            std::fill(drawn.begin(), drawn.end(), 0);
            for (index i = 0; i < units.count; ++i) ++drawn[static_cast<std::size_t>(rng.integer(0, units.count - 1))];
            for (std::size_t i = 0; i < of_case.size(); ++i) of_case[i] = drawn[units.unit_of[i]];
            values[static_cast<std::size_t>(replicate)] = statistic(of_case.empty() ? drawn : of_case);
        }
    });
    std::erase_if(values, [](double v) { return std::isnan(v); });
    if (std::ssize(values) * 2 < options.replicates) return std::nullopt;
    std::sort(values.begin(), values.end());
    const double tail = tail_of(units, degrees_of, options.confidence);
    return Interval{quantile_of_sorted(values, tail), quantile_of_sorted(values, 1 - tail)};
}

index groups_with(std::span<const std::uint8_t> marks, std::span<const index> groups) {
    if (groups.empty()) return std::ssize(marks) - std::count(marks.begin(), marks.end(), 0);
    detail::expect_same_length("groups_with", marks.size(), groups.size(), "groups");
    std::unordered_set<index> known;
    for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i]) known.insert(groups[i]);
    }
    return std::ssize(known);
}

index groups_of_the_rarer(std::span<const std::uint8_t> marks, std::span<const index> groups) {
    std::vector<std::uint8_t> others(marks.size());
    std::transform(marks.begin(), marks.end(), others.begin(), [](std::uint8_t mark) { return std::uint8_t{!mark}; });
    return std::min(groups_with(marks, groups), groups_with(others, groups));
}

Proportion bootstrap_proportion(std::span<const std::uint8_t> hits, std::span<const std::uint8_t> counted,
                                const BootstrapOptions& options) {
    detail::expect_same_length("bootstrap_proportion", hits.size(), counted.size(), "marks of what is counted");
    const DrawnUnits units = units_of(std::ssize(hits), options.groups);
    Proportion found{0, 0, std::numeric_limits<double>::quiet_NaN()};
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (!counted[i]) continue;
        ++found.total;
        if (hits[i]) ++found.hits;
    }
    if (found.total == 0) return found;
    found.value = static_cast<double>(found.hits) / static_cast<double>(found.total);
    if (!units.unit_of.empty() && units.count < 2) return found;
    const index informing = groups_with(counted, options.groups);
    const auto interval = bootstrap_interval(
        std::ssize(hits),
        [&](std::span<const std::int32_t> counts) {
            index hit = 0, total = 0;
            for (std::size_t i = 0; i < hits.size(); ++i) {
                if (!counted[i]) continue;
                total += counts[i];
                if (hits[i]) hit += counts[i];
            }
            return static_cast<double>(hit) / static_cast<double>(total);  // 0 / 0 where none is counted
        },
        options, informing);
    if (interval && interval->low < interval->high) {
        found.interval = *interval;
    } else if (interval || informing < 2) {
        const auto alike = static_cast<index>(std::lround(found.value * static_cast<double>(informing)));
        found.interval = wilson_proportion(alike, informing, options.confidence).interval;
    }
    return found;
}

}  // namespace assay::models
