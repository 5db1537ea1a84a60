#include "assay/models/forest/importances.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>

namespace assay::models {
namespace {

/// Adds the decreases of a tree's splits; false where it has none.
bool add_decreases(const GrownTree& tree, std::vector<double>& importances) {
    const std::size_t nodes = tree.feature.size();
    if (nodes <= 1) return false;
    if (tree.impurity.size() != nodes || tree.weight.size() != nodes)
        throw ValueError("importances: expected trees with the impurity and weight of each node");
    std::vector<double> own(importances.size());
    for (std::size_t n = 0; n < nodes; ++n) {
        if (tree.feature[n] < 0) continue;
        const auto f = static_cast<std::size_t>(tree.feature[n]);
        if (f >= own.size())
            throw ValueError("importances: expected splits on " + std::to_string(own.size()) +
                             " features, got one on " + std::to_string(f));
        const auto l = static_cast<std::size_t>(tree.left[n]), r = static_cast<std::size_t>(tree.right[n]);
        own[f] +=
            tree.weight[n] * tree.impurity[n] - tree.weight[l] * tree.impurity[l] - tree.weight[r] * tree.impurity[r];
    }
    const double sum = std::accumulate(own.begin(), own.end(), 0.0);
    for (std::size_t f = 0; sum > 0 && f < own.size(); ++f) importances[f] += own[f] / sum;
    return true;
}

/// A score of predictions [rows × outputs].
using Score = std::function<double(std::span<const double>)>;

std::vector<std::uint8_t> asked_features(const CompactForest& forest) {
    std::vector<std::uint8_t> asked(static_cast<std::size_t>(forest.features()));
    for (const GrownTree& tree : forest.grown()) {
        for (const std::int32_t feature : tree.feature) {
            if (feature >= 0) asked[static_cast<std::size_t>(feature)] = 1;
        }
    }
    return asked;
}

PermutationImportances shuffle_features(const CompactForest& forest, std::span<const float> x, const Score& score,
                                        index repeats, std::uint64_t seed) {
    const auto width = static_cast<std::size_t>(forest.features()), times = static_cast<std::size_t>(repeats);
    const std::size_t rows = x.size() / width;
    PermutationImportances result{.score = score(forest.predict(x)),
                                  .falls = std::vector<double>(width * times),
                                  .mean = std::vector<double>(width),
                                  .spread = std::vector<double>(width)};
    const std::vector<std::uint8_t> asked = asked_features(forest);
    parallel_for(static_cast<index>(width * times), 1, [&](index begin, index) {
        const auto at = static_cast<std::size_t>(begin);
        const std::size_t feature = at / times;
        if (asked[feature] == 0) return;
        std::vector<std::size_t> order(rows);
        std::iota(order.begin(), order.end(), std::size_t{0});
        Rng(seed, at).shuffle(std::span(order));
        std::vector<float> shuffled(x.begin(), x.end());
        for (std::size_t row = 0; row < rows; ++row) shuffled[row * width + feature] = x[order[row] * width + feature];
        result.falls[at] = result.score - score(forest.predict(shuffled));
    });
    for (std::size_t f = 0; f < width; ++f) {
        const auto falls = std::span(result.falls).subspan(f * times, times);
        const double mean = std::accumulate(falls.begin(), falls.end(), 0.0) / static_cast<double>(repeats);
        double squares = 0;
        for (const double fall : falls) squares += (fall - mean) * (fall - mean);
        result.mean[f] = mean;
        result.spread[f] = std::sqrt(squares / static_cast<double>(repeats));
    }
    return result;
}

void check_lengths(const CompactForest& forest, std::size_t values, std::size_t targets, index repeats) {
    if (repeats < 1)
        throw ValueError("permutation_importances: expected at least 1 repeat, got " + std::to_string(repeats));
    const auto width = static_cast<std::size_t>(forest.features());
    if (targets == 0 || values != targets * width)
        throw ShapeError("permutation_importances: expected " + std::to_string(targets) + " rows of " +
                         std::to_string(width) + " features as there are targets, got " + std::to_string(values) +
                         " values");
}

double r_squared(std::span<const double> predicted, std::span<const double> truth) {
    const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
    double residual = 0, spread = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        residual += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
        spread += (truth[i] - mean) * (truth[i] - mean);
    }
    return spread > 0 ? 1 - residual / spread : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<double> impurity_importances(std::span<const GrownTree> trees, index features) {
    std::vector<double> importances(static_cast<std::size_t>(features));
    for (const GrownTree& tree : trees) add_decreases(tree, importances);
    const double sum = std::accumulate(importances.begin(), importances.end(), 0.0);
    for (double& importance : importances) importance = sum > 0 ? importance / sum : 0;
    return importances;
}

PermutationImportances permutation_importances(const CompactForest& forest, std::span<const float> x,
                                               std::span<const std::int32_t> labels, index repeats,
                                               std::uint64_t seed) {
    check_lengths(forest, x.size(), labels.size(), repeats);
    for (const std::int32_t label : labels) {
        if (label < 0 || label >= forest.outputs())
            throw ValueError("permutation_importances: expected classes from 0 to " +
                             std::to_string(forest.outputs() - 1));
    }
    const Score accuracy = [&](std::span<const double> fractions) {
        index right = 0;
        for (std::size_t row = 0; row < labels.size(); ++row) {
            const auto begin = fractions.begin() + static_cast<std::ptrdiff_t>(row) * forest.outputs();
            right += std::max_element(begin, begin + forest.outputs()) - begin == labels[row] ? 1 : 0;
        }
        return static_cast<double>(right) / static_cast<double>(labels.size());
    };
    return shuffle_features(forest, x, accuracy, repeats, seed);
}

PermutationImportances permutation_importances(const CompactForest& forest, std::span<const float> x,
                                               std::span<const double> values, index repeats, std::uint64_t seed) {
    check_lengths(forest, x.size(), values.size(), repeats);
    for (const double value : values) {
        if (!std::isfinite(value)) throw ValueError("permutation_importances: expected finite targets");
    }
    return shuffle_features(
        forest, x, [&](std::span<const double> predicted) { return r_squared(predicted, values); }, repeats, seed);
}

}  // namespace assay::models
