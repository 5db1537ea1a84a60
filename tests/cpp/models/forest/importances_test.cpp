#include "assay/models/forest/importances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

struct PermutedRows {
    std::vector<float> x{};
    std::vector<std::int32_t> label{};
    std::vector<double> value{};
};

/// Made-up rows of four features, some missing; the last feature says nothing.
PermutedRows permuted_rows(index rows, std::uint64_t seed) {
    Rng rng(seed);
    PermutedRows made;
    for (index row = 0; row < rows; ++row) {
        double features[4];
        for (double& f : features) f = rng.normal();
        const double target = features[0] + 0.5 * features[1] * features[2] + 0.2 * rng.normal();
        for (const double f : features)
            made.x.push_back(rng.uniform() < 0.05 ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(f));
        made.label.push_back(target > 1 ? 2 : target > 0 ? 1 : 0);
        made.value.push_back(target);
    }
    return made;
}

/// Falls of a score of the grown trees, walked one by one, with the shuffles that the library draws.
template <class Score>
std::vector<double> own_falls(const GrownForest& forest, std::span<const float> x, index repeats, std::uint64_t seed,
                              const Score& score) {
    const auto width = static_cast<std::size_t>(forest.features), rows = x.size() / width;
    const double before = score(predict(forest, x));
    std::vector<double> falls;
    for (std::size_t at = 0; at < width * static_cast<std::size_t>(repeats); ++at) {
        std::vector<std::size_t> order(rows);
        std::iota(order.begin(), order.end(), std::size_t{0});
        Rng(seed, at).shuffle(std::span(order));
        std::vector<float> moved(x.begin(), x.end());
        const std::size_t f = at / static_cast<std::size_t>(repeats);
        for (std::size_t row = 0; row < rows; ++row) moved[row * width + f] = x[order[row] * width + f];
        falls.push_back(before - score(predict(forest, moved)));
    }
    return falls;
}

}  // namespace

TEST_CASE("Permutation importances of a forest made to run are those of the grown trees to the bit", "[importances]") {
    const PermutedRows train = permuted_rows(700, 1), held = permuted_rows(300, 2);
    ForestOptions options;
    options.trees = 12;
    const GrownForest classes = grow_classification_forest(train.x, 4, train.label, 3, {}, options);
    options.criterion = SplitCriterion::squared_error;
    const GrownForest numbers = grow_regression_forest(train.x, 4, train.value, {}, options);
    const auto accuracy = [&](const std::vector<double>& p) {
        double right = 0;
        for (std::size_t i = 0; i < held.label.size(); ++i) {
            const auto row = p.begin() + static_cast<std::ptrdiff_t>(3 * i);
            right += std::max_element(row, row + 3) - row == held.label[i];
        }
        return right / static_cast<double>(held.label.size());
    };
    const auto r2 = [&](const std::vector<double>& p) {
        double mean = 0, residual = 0, spread = 0;
        for (const double v : held.value) mean += v;
        mean /= static_cast<double>(held.value.size());
        for (std::size_t i = 0; i < p.size(); ++i) {
            residual += (held.value[i] - p[i]) * (held.value[i] - p[i]);
            spread += (held.value[i] - mean) * (held.value[i] - mean);
        }
        return 1 - residual / spread;
    };
    for (const int threads : {1, 3}) {
        set_num_threads(threads);
        const auto found = permutation_importances(CompactForest(classes.trees, 4), held.x, held.label, 3, 9);
        CHECK(found.score == accuracy(predict(classes, held.x)));
        CHECK(found.falls == own_falls(classes, held.x, 3, 9, accuracy));
        CHECK(found.mean[0] > 0.1);
        const auto line = permutation_importances(CompactForest(numbers.trees, 4), held.x, held.value, 2, 5);
        CHECK(line.score == r2(predict(numbers, held.x)));
        CHECK(line.falls == own_falls(numbers, held.x, 2, 5, r2));
        CHECK(line.mean[0] > line.mean[3]);
    }
}

TEST_CASE("Permutation importances refuse what does not fit", "[importances]") {
    const PermutedRows rows = permuted_rows(60, 3);
    ForestOptions options;
    options.trees = 2;
    const CompactForest forest(grow_classification_forest(rows.x, 4, rows.label, 3, {}, options).trees, 4);
    CHECK_THROWS_AS(permutation_importances(forest, rows.x, rows.label, 0, 1), ValueError);
    CHECK_THROWS_AS(permutation_importances(forest, std::span(rows.x).first(8), rows.label, 1, 1), ShapeError);
    const std::vector<std::int32_t> outside(60, 3);
    CHECK_THROWS_AS(permutation_importances(forest, rows.x, outside, 1, 1), ValueError);
}
