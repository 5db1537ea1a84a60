#include "assay/features/laboratory/robust_distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "chi_squared.hpp"
#include "mcd_correction.hpp"
#include "scatter.hpp"

namespace assay::features {
namespace {

using detail::RowsView;
using detail::Scatter;

constexpr index kSmall = 600;  // rows up to which the search goes over all of them
constexpr index kGroup = 300;  // rows of a group beyond
constexpr index kGroups = 5;   // at most
constexpr std::size_t kBest = 10;
constexpr int kMostSteps = 100;

/// A subset of rows with its scatter.
struct Candidate {
    Scatter scatter;
    std::vector<index> chosen;
};

[[noreturn]] void throw_plane() {
    throw ValueError(
        "robust_distances: expected rows that fill all columns, got most of them in a plane; leave out a column that "
        "is "
        "constant or that others determine");
}

/// The h of `rows` that lie nearest become the candidate's.
void concentrate(const RowsView& data, std::span<const index> rows, index h, Candidate& candidate) {
    std::vector<std::pair<double, index>> apart;
    apart.reserve(rows.size());
    std::vector<double> work(static_cast<std::size_t>(data.columns));
    for (const index r : rows) apart.emplace_back(candidate.scatter.distance(data.row(r), work), r);
    std::nth_element(apart.begin(), apart.begin() + (h - 1), apart.end());
    candidate.chosen.clear();
    for (index i = 0; i < h; ++i) candidate.chosen.push_back(apart[static_cast<std::size_t>(i)].second);
    std::sort(candidate.chosen.begin(), candidate.chosen.end());  // one order of summation
    candidate.scatter.fit(data, candidate.chosen, 0);
    if (std::isinf(candidate.scatter.log_determinant())) throw_plane();
}

/// columns + 1 random rows, and more where those lie in a plane.
Candidate random_start(const RowsView& data, std::span<const index> rows, Rng& random) {
    std::vector<index> order(rows.begin(), rows.end());
    Candidate out;
    for (std::size_t taken = 0; taken < order.size();) {
        const auto last = static_cast<std::int64_t>(order.size()) - 1;
        std::swap(order[taken],
                  order[static_cast<std::size_t>(random.integer(static_cast<std::int64_t>(taken), last))]);
        if (++taken <= static_cast<std::size_t>(data.columns)) continue;
        out.scatter.fit(data, std::span(order).first(taken), 0);
        if (!std::isinf(out.scatter.log_determinant())) return out;
    }
    throw_plane();
}

/// The kBest of least determinant, of equal ones the first.
std::vector<Candidate> best_of(std::vector<Candidate> all) {
    std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
        return a.scatter.log_determinant() < b.scatter.log_determinant();
    });
    if (all.size() > kBest) all.resize(kBest);
    return all;
}

/// Steps until the determinant falls no further, but not more than so many.
void descend(const RowsView& data, std::span<const index> rows, index h, int steps, Candidate& candidate) {
    for (int step = 0; step < steps; ++step) {
        const double before = candidate.scatter.log_determinant();
        const bool same_size = static_cast<index>(candidate.chosen.size()) == h;
        concentrate(data, rows, h, candidate);
        if (same_size && candidate.scatter.log_determinant() >= before - 1e-13) break;
    }
}

/// Some steps from each of many starts. Streams of random numbers begin at `stream`.
std::vector<Candidate> search(const RowsView& data, std::span<const index> rows, index h, index starts, int steps,
                              std::uint64_t seed, index stream) {
    std::vector<Candidate> found(static_cast<std::size_t>(starts));
    parallel_for(starts, 10, [&](index begin, index end) {
        for (index s = begin; s < end; ++s) {
            Rng random(seed, static_cast<std::uint64_t>(stream + s));
            Candidate candidate = random_start(data, rows, random);
            descend(data, rows, h, steps, candidate);
            found[static_cast<std::size_t>(s)] = std::move(candidate);
        }
    });
    return best_of(std::move(found));
}

Candidate converge(const RowsView& data, std::span<const index> rows, index h, std::vector<Candidate> candidates) {
    parallel_for(static_cast<index>(candidates.size()), 1, [&](index begin, index end) {
        for (index c = begin; c < end; ++c) {
            descend(data, rows, h, kMostSteps, candidates[static_cast<std::size_t>(c)]);
        }
    });
    return std::move(best_of(std::move(candidates)).front());
}

/// Random groups of rows are searched, the best of each go on over all groups, the best of those over all rows.
Candidate minimum_determinant(const RowsView& data, index h, const RobustOptions& options) {
    std::vector<index> rows(static_cast<std::size_t>(data.rows));
    std::iota(rows.begin(), rows.end(), index{0});
    if (data.rows <= kSmall) {  // cheap enough to follow every start to its end
        return search(data, rows, h, options.starts, kMostSteps, options.seed, 1).front();
    }
    std::vector<index> order = rows;
    Rng random(options.seed);
    random.shuffle(std::span(order));
    const index groups = std::min(kGroups, data.rows / kGroup);
    const index merged_size = data.rows < kGroups * kGroup ? data.rows : kGroups * kGroup;
    const std::span<const index> merged = std::span<const index>(order).first(static_cast<std::size_t>(merged_size));
    const auto share = [&](index n) { return std::max(data.columns + 1, n * h / data.rows); };
    std::vector<Candidate> best;
    for (index g = 0; g < groups; ++g) {
        const index begin = merged_size * g / groups;
        const index size = merged_size * (g + 1) / groups - begin;
        const auto group = merged.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
        const index starts = std::max<index>(1, options.starts / groups);
        for (Candidate& c : search(data, group, share(size), starts, 2, options.seed, 1 + g * starts)) {
            best.push_back(std::move(c));
        }
    }
    for (Candidate& candidate : best) {
        for (int step = 0; step < 2; ++step) concentrate(data, merged, share(merged_size), candidate);
    }
    return converge(data, rows, h, best_of(std::move(best)));
}

/// What the covariance of the share of normal rows nearest the centre must be multiplied by to be that of all.
double consistency(double share, index columns) {
    if (share >= 1) return 1;
    const auto p = static_cast<double>(columns);
    return share / detail::chi_squared_cdf(detail::chi_squared_quantile(share, p), p + 2);
}

/// Complete rows, each column less its median and divided by its median absolute deviation.
struct Standardised {
    std::vector<double> values;
    std::vector<index> rows;  ///< of the input
    std::vector<double> centre;
    std::vector<double> scale;
};

double median_of(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

Standardised standardise(std::span<const double> values, index rows, index columns) {
    Standardised out;
    for (index r = 0; r < rows; ++r) {
        const auto row = values.subspan(static_cast<std::size_t>(r * columns), static_cast<std::size_t>(columns));
        if (std::any_of(row.begin(), row.end(), [](double v) { return std::isinf(v); })) {
            throw ValueError("robust_distances: expected finite values or NaN, got an infinity in row " +
                             std::to_string(r));
        }
        if (std::any_of(row.begin(), row.end(), [](double v) { return std::isnan(v); })) continue;
        out.rows.push_back(r);
        out.values.insert(out.values.end(), row.begin(), row.end());
    }
    if (static_cast<index>(out.rows.size()) <= 2 * columns) {
        throw ValueError("robust_distances: expected more than " + std::to_string(2 * columns) + " complete rows for " +
                         std::to_string(columns) + " columns, got " + std::to_string(out.rows.size()));
    }
    std::vector<double> column(out.rows.size());
    const auto p = static_cast<std::size_t>(columns);
    for (std::size_t j = 0; j < p; ++j) {
        for (std::size_t i = 0; i < column.size(); ++i) column[i] = out.values[i * p + j];
        out.centre.push_back(median_of(column));
        for (std::size_t i = 0; i < column.size(); ++i) column[i] = std::fabs(out.values[i * p + j] - out.centre[j]);
        out.scale.push_back(median_of(column));
        if (!(out.scale[j] > 0)) {
            throw ValueError("robust_distances: expected spread in every column, got half of column " +
                             std::to_string(j) + " at one value; leave it out");
        }
        for (std::size_t i = 0; i < column.size(); ++i) {
            double& value = out.values[i * p + j];
            value = (value - out.centre[j]) / out.scale[j];
        }
    }
    return out;
}

void check(const RobustOptions& options, std::span<const double> values, index rows, index columns) {
    if (columns < 1 || static_cast<index>(values.size()) != rows * columns) {
        throw ShapeError("robust_distances: expected rows of at least one column, got " +
                         std::to_string(values.size()) + " values for " + std::to_string(rows) + " x " +
                         std::to_string(columns));
    }
    if (!(options.support >= 0.5 && options.support <= 1)) {
        throw ValueError("robust_distances: expected a support from 0.5 to 1");
    }
    if (!(options.quantile > 0.5 && options.quantile < 1)) {
        throw ValueError("robust_distances: expected a quantile between 0.5 and 1");
    }
    if (options.starts < 1) throw ValueError("robust_distances: expected at least one start");
}

}  // namespace

RobustDistances robust_distances(std::span<const double> values, index rows, index columns,
                                 const RobustOptions& options) {
    check(options, values, rows, columns);
    const Standardised standard = standardise(values, rows, columns);
    const RowsView data{standard.values.data(), static_cast<index>(standard.rows.size()), columns};
    const index half = (data.rows + columns + 1) / 2;
    const index h = std::min(data.rows, half + static_cast<index>(std::floor(static_cast<double>(data.rows - half) *
                                                                             (2 * options.support - 1))));
    Candidate raw = minimum_determinant(data, h, options);
    const auto correction = [&](const detail::McdShortfall& at_half, const detail::McdShortfall& at_most) {
        return options.small_sample ? detail::small_sample_factor(data.rows, columns, options.support, at_half, at_most)
                                    : 1.0;
    };
    raw.scatter.multiply(consistency(static_cast<double>(h) / static_cast<double>(data.rows), columns) *
                         correction(detail::kRawHalf, detail::kRawMost));

    RobustDistances out;
    out.cutoff = detail::chi_squared_quantile(options.quantile, static_cast<double>(columns));
    std::vector<double> work(static_cast<std::size_t>(columns));
    std::vector<index> kept;
    for (index r = 0; r < data.rows; ++r) {
        if (raw.scatter.distance(data.row(r), work) <= out.cutoff) kept.push_back(r);
    }
    Scatter scatter;
    scatter.fit(data, kept, 1);
    if (std::isinf(scatter.log_determinant())) throw_plane();
    scatter.multiply(consistency(options.quantile, columns) *
                     correction(detail::kReweightedHalf, detail::kReweightedMost));
    out.rows_used = data.rows;
    out.rows_kept = static_cast<index>(kept.size());
    out.squared.assign(static_cast<std::size_t>(rows), std::numeric_limits<double>::quiet_NaN());
    for (index r = 0; r < data.rows; ++r) {
        out.squared[static_cast<std::size_t>(standard.rows[static_cast<std::size_t>(r)])] =
            scatter.distance(data.row(r), work);
    }
    const auto p = static_cast<std::size_t>(columns);
    for (std::size_t j = 0; j < p; ++j) {
        out.location.push_back(standard.centre[j] + scatter.mean()[j] * standard.scale[j]);
        for (std::size_t k = 0; k < p; ++k) {
            out.scatter.push_back(scatter.covariance()[j * p + k] * standard.scale[j] * standard.scale[k]);
        }
    }
    return out;
}

}  // namespace assay::features
