#include "assay/models/selection/folds.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

namespace assay::models {
namespace {

std::size_t u(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Codes 0, 1, … by first appearance.
struct Coded {
    std::vector<index> codes{};
    std::vector<index> rows{};  // of each code
    index count() const { return std::ssize(rows); }
};

Coded coded(const char* where, const char* what, std::span<const std::int64_t> values) {
    std::unordered_map<std::int64_t, index> known;
    Coded out;
    out.codes.reserve(values.size());
    for (const std::int64_t value : values) {
        if (value < 0)
            throw ValueError(std::string(where) + ": expected " + what + " of 0 or more, got a negative one");
        const auto [it, is_new] = known.try_emplace(value, out.count());
        if (is_new) out.rows.push_back(0);
        out.codes.push_back(it->second);
        ++out.rows[u(it->second)];
    }
    return out;
}

void expect_folds(const char* where, index folds, index most, const char* of_what) {
    if (folds < 2) throw ValueError(std::string(where) + ": expected 2 folds or more, got " + std::to_string(folds));
    if (most < folds) {
        throw ValueError(std::string(where) + ": expected at least " + std::to_string(folds) + " " + of_what +
                         " for as many folds, got " + std::to_string(most));
    }
}

double deviation(std::span<const double> values) {
    double mean = 0, squares = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    for (const double v : values) squares += (v - mean) * (v - mean) / static_cast<double>(values.size());
    return std::sqrt(squares);
}

/// Positions in the order of their keys, highest first; equal ones as `order` has them.
void sort_descending(std::vector<index>& order, std::span<const double> keys) {
    std::stable_sort(order.begin(), order.end(), [&](index a, index b) { return keys[u(a)] > keys[u(b)]; });
}

std::vector<index> group_order(index groups, std::optional<std::uint64_t> seed) {
    std::vector<index> order(u(groups));
    std::iota(order.begin(), order.end(), index{0});
    if (seed) Rng(*seed).shuffle(std::span<index>(order));
    return order;
}

/// Rows of each class in one fold after another.
class FoldShares {
  public:
    FoldShares(index folds, const Coded& classes)
        : folds_(folds), classes_(classes), counts_(u(folds * classes.count())), rows_(u(folds)) {}

    /// How unlike the folds' shares of the classes are if the group goes to that fold.
    double unevenness(index fold, std::span<const double> group) {
        double sum = 0;
        std::vector<double> shares(u(folds_));
        for (index c = 0; c < classes_.count(); ++c) {
            for (index f = 0; f < folds_; ++f) {
                shares[u(f)] = (counts_[u(f * classes_.count() + c)] + (f == fold ? group[u(c)] : 0)) /
                               static_cast<double>(classes_.rows[u(c)]);
            }
            sum += deviation(shares);
        }
        return sum / static_cast<double>(classes_.count());
    }

    /// The fold of least unevenness; of folds as good the one with the fewest rows.
    index best(std::span<const double> group) {
        index chosen = 0;
        double least = 0, fewest = 0;
        for (index f = 0; f < folds_; ++f) {
            const double value = unevenness(f, group);
            const bool equal = std::abs(value - least) <= 1e-8 + 1e-5 * least;
            if (f == 0 || (!equal && value < least) || (equal && rows_[u(f)] < fewest)) {
                chosen = f;
                least = value;
                fewest = rows_[u(f)];
            }
        }
        return chosen;
    }

    void add(index fold, std::span<const double> group) {
        for (index c = 0; c < classes_.count(); ++c) {
            counts_[u(fold * classes_.count() + c)] += group[u(c)];
            rows_[u(fold)] += group[u(c)];
        }
    }

  private:
    index folds_;
    const Coded& classes_;
    std::vector<double> counts_;
    std::vector<double> rows_;
};

}  // namespace

std::vector<std::int32_t> stratified_folds(std::span<const std::int64_t> labels, index folds,
                                           std::optional<std::uint64_t> seed) {
    const Coded classes = coded("stratified_folds", "labels", labels);
    const index most = classes.rows.empty() ? 0 : *std::max_element(classes.rows.begin(), classes.rows.end());
    expect_folds("stratified_folds", folds, most, "rows of a class");
    // Sorted by class and dealt out in turn, every fold gets the same number of each class but for one.
    std::vector<std::vector<std::int32_t>> dealt(u(classes.count()));
    index turn = 0;
    for (index c = 0; c < classes.count(); ++c) {
        for (index i = 0; i < classes.rows[u(c)]; ++i) dealt[u(c)].push_back(static_cast<std::int32_t>(turn++ % folds));
        std::sort(dealt[u(c)].begin(), dealt[u(c)].end());
        if (seed) Rng(*seed, static_cast<std::uint64_t>(c)).shuffle(std::span<std::int32_t>(dealt[u(c)]));
    }
    std::vector<std::size_t> next(u(classes.count()));
    std::vector<std::int32_t> out;
    out.reserve(labels.size());
    for (const index c : classes.codes) out.push_back(dealt[u(c)][next[u(c)]++]);
    return out;
}

std::vector<std::int32_t> group_folds(std::span<const std::int64_t> groups, index folds,
                                      std::optional<std::uint64_t> seed) {
    const Coded found = coded("group_folds", "groups", groups);
    expect_folds("group_folds", folds, found.count(), "groups");
    std::vector<index> order = group_order(found.count(), seed);
    sort_descending(order, std::vector<double>(found.rows.begin(), found.rows.end()));
    std::vector<index> rows(u(folds));
    std::vector<std::int32_t> fold_of(u(found.count()));
    for (const index group : order) {
        const auto smallest = std::min_element(rows.begin(), rows.end());
        *smallest += found.rows[u(group)];
        fold_of[u(group)] = static_cast<std::int32_t>(smallest - rows.begin());
    }
    std::vector<std::int32_t> out;
    for (const index group : found.codes) out.push_back(fold_of[u(group)]);
    return out;
}

std::vector<std::int32_t> stratified_group_folds(std::span<const std::int64_t> labels,
                                                 std::span<const std::int64_t> groups, index folds,
                                                 std::optional<std::uint64_t> seed) {
    if (labels.size() != groups.size()) {
        throw ShapeError("stratified_group_folds: expected " + std::to_string(labels.size()) + " groups, got " +
                         std::to_string(groups.size()));
    }
    const Coded classes = coded("stratified_group_folds", "labels", labels);
    const Coded found = coded("stratified_group_folds", "groups", groups);
    const index most = classes.rows.empty() ? 0 : *std::max_element(classes.rows.begin(), classes.rows.end());
    expect_folds("stratified_group_folds", folds, most, "rows of a class");
    expect_folds("stratified_group_folds", folds, found.count(), "groups");
    const index k = classes.count();
    std::vector<double> counts(u(found.count() * k)), spread(u(found.count()));
    for (std::size_t i = 0; i < labels.size(); ++i) counts[u(found.codes[i] * k + classes.codes[i])] += 1;
    const auto of_group = [&](index g) { return std::span<const double>(counts).subspan(u(g * k), u(k)); };
    for (index g = 0; g < found.count(); ++g) spread[u(g)] = deviation(of_group(g));
    std::vector<index> order = group_order(found.count(), seed);
    sort_descending(order, spread);
    FoldShares shares(folds, classes);
    std::vector<std::int32_t> fold_of(u(found.count()));
    for (const index group : order) {
        const index fold = shares.best(of_group(group));
        shares.add(fold, of_group(group));
        fold_of[u(group)] = static_cast<std::int32_t>(fold);
    }
    std::vector<std::int32_t> out;
    for (const index group : found.codes) out.push_back(fold_of[u(group)]);
    return out;
}

}  // namespace assay::models
