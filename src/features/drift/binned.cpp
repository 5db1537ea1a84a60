#include "assay/features/drift/binned.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

struct Totals {
    double reference;
    double current;
};

Totals totals_of(const char* function, std::span<const index> reference, std::span<const index> current) {
    const std::string name(function);
    if (reference.size() != current.size()) {
        throw ShapeError(name + ": expected counts over the same bins, got " + std::to_string(reference.size()) +
                         " and " + std::to_string(current.size()));
    }
    const auto below_zero = [](index count) { return count < 0; };
    if (std::any_of(reference.begin(), reference.end(), below_zero) ||
        std::any_of(current.begin(), current.end(), below_zero)) {
        throw ValueError(name + ": expected counts of at least 0");
    }
    const Totals totals{static_cast<double>(std::accumulate(reference.begin(), reference.end(), index{0})),
                        static_cast<double>(std::accumulate(current.begin(), current.end(), index{0}))};
    if (totals.reference == 0 || totals.current == 0) throw ValueError(name + ": expected values in both samples");
    return totals;
}

/// Q(a, x), the upper regularised incomplete gamma function. Source: DLMF 8.7.1 and 8.9.2.
double gamma_q(double a, double x) {
    if (x <= 0) return 1;
    const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
    if (x < a + 1) {
        double term = 1 / a;
        double sum = term;
        for (double n = a + 1; std::fabs(term) > 1e-17 * sum; ++n) {
            term *= x / n;
            sum += term;
        }
        return 1 - front * sum;
    }
    // The continued fraction by Lentz's method.
    constexpr double kTiny = 1e-300;
    double b = x + 1 - a;
    double c = 1 / kTiny;
    double d = 1 / b;
    double fraction = d;
    for (int i = 1; i < 100'000; ++i) {
        const double numerator = -i * (i - a);
        b += 2;
        d = numerator * d + b;
        c = b + numerator / c;
        d = 1 / (std::fabs(d) < kTiny ? kTiny : d);
        c = std::fabs(c) < kTiny ? kTiny : c;
        fraction *= d * c;
        if (std::fabs(d * c - 1) < 1e-16) break;
    }
    return front * fraction;
}

double relative_entropy_term(double p, double middle) { return p > 0 ? p * std::log2(p / middle) : 0; }

}  // namespace

std::vector<double> quantile_edges(const NumericSample& reference, index bins) {
    if (bins < 2) throw ValueError("quantile_edges: expected at least 2 bins, got " + std::to_string(bins));
    if (reference.empty()) throw ValueError("quantile_edges: expected values in the reference");
    std::vector<double> edges;
    for (index i = 1; i < bins; ++i) {
        const double edge = reference.quantile(static_cast<double>(i) / static_cast<double>(bins));
        const bool last = edge == reference.values().back();  // beyond it there would be no reference at all
        if (!last && (edges.empty() || edge > edges.back())) edges.push_back(edge);
    }
    return edges;
}

std::vector<index> bin_counts(const NumericSample& sample, std::span<const double> edges) {
    if (std::adjacent_find(edges.begin(), edges.end(), [](double a, double b) { return !(a < b); }) != edges.end()) {
        throw ValueError("bin_counts: expected edges in ascending order");
    }
    const auto values = sample.values();
    std::vector<index> counts;
    index before = 0;
    for (std::size_t bin = 0; bin <= edges.size(); ++bin) {
        const auto end =
            bin == edges.size() ? values.end() : std::upper_bound(values.begin(), values.end(), edges[bin]);
        const index up_to =
            end == values.begin() ? 0 : sample.up_to()[static_cast<std::size_t>(end - values.begin() - 1)];
        counts.push_back(up_to - before);
        before = up_to;
    }
    return counts;
}

StabilityIndex population_stability(std::span<const index> reference, std::span<const index> current) {
    const Totals totals = totals_of("population_stability", reference, current);
    StabilityIndex found;
    double bins = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        if (reference[i] == 0 && current[i] == 0) continue;
        ++bins;
        const double p = (reference[i] == 0 ? 0.5 : static_cast<double>(reference[i])) / totals.reference;
        const double q = (current[i] == 0 ? 0.5 : static_cast<double>(current[i])) / totals.current;
        found.value += (q - p) * std::log(q / p);
    }
    found.expected_without_change = (bins - 1) * (1 / totals.reference + 1 / totals.current);
    return found;
}

ChiSquaredTest chi_squared_test(std::span<const index> reference, std::span<const index> current) {
    const Totals totals = totals_of("chi_squared_test", reference, current);
    const double all = totals.reference + totals.current;
    ChiSquaredTest test;
    test.degrees = -1;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double column = static_cast<double>(reference[i]) + static_cast<double>(current[i]);
        if (column == 0) continue;
        ++test.degrees;
        for (const auto& [count, total] :
             {std::pair(reference[i], totals.reference), std::pair(current[i], totals.current)}) {
            const double expected = column * total / all;
            const double distance = static_cast<double>(count) - expected;
            test.statistic += distance * distance / expected;
            test.sparse += expected < 5 ? 1 : 0;
        }
    }
    if (test.degrees < 1) return test;
    test.p = gamma_q(static_cast<double>(test.degrees) / 2, test.statistic / 2);
    test.cramers_v = std::sqrt(test.statistic / all);  // two rows: the smaller side less one is 1
    return test;
}

double jensen_shannon_distance(std::span<const index> reference, std::span<const index> current) {
    const Totals totals = totals_of("jensen_shannon_distance", reference, current);
    double divergence = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double p = static_cast<double>(reference[i]) / totals.reference;
        const double q = static_cast<double>(current[i]) / totals.current;
        const double middle = (p + q) / 2;
        divergence += (relative_entropy_term(p, middle) + relative_entropy_term(q, middle)) / 2;
    }
    return std::sqrt(std::clamp(divergence, 0.0, 1.0));
}

std::vector<double> adjusted_p_values(std::span<const double> p) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (std::isnan(p[i])) continue;
        if (!(p[i] >= 0 && p[i] <= 1))
            throw ValueError("adjusted_p_values: expected p from 0 to 1 at " + std::to_string(i));
        order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> adjusted(p.size(), std::numeric_limits<double>::quiet_NaN());
    double least = 1;
    for (std::size_t rank = order.size(); rank > 0; --rank) {
        const std::size_t at = order[rank - 1];
        least = std::min(least, p[at] * static_cast<double>(order.size()) / static_cast<double>(rank));
        adjusted[at] = least;
    }
    return adjusted;
}

}  // namespace assay::features
