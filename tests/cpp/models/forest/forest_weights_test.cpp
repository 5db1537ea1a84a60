// Weights of 0, very small and very great ones, and targets beside one that is far from all others.
#include "assay/models/forest/random_forest.hpp"

#include "assay/base/random.hpp"
#include "assay/models/forest/tree_walk.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace assay;
using namespace assay::models;

namespace {

ForestOptions one_whole_tree(SplitCriterion criterion = SplitCriterion::squared_error) {
    ForestOptions options;
    options.criterion = criterion;
    options.trees = 1;
    options.bootstrap = false;
    options.max_features = 100;
    return options;
}

struct WeightedRows {
    std::vector<float> x;
    std::vector<std::int32_t> two, three;
    std::vector<double> values, weights;
};

WeightedRows weighted_rows(index rows) {
    WeightedRows made;
    Rng rng(17);
    for (index i = 0; i < rows; ++i) {
        const double a = rng.normal(), b = rng.normal();
        for (const double value : {a, b, rng.normal()}) made.x.push_back(static_cast<float>(value));
        const double signal = a - 0.8 * b + 0.3 * rng.normal();
        made.two.push_back(signal > 0.4 ? 1 : 0);
        made.three.push_back(signal > 0.8 ? 2 : made.two.back());
        made.values.push_back(signal);
        made.weights.push_back(0.5 + rng.uniform());
    }
    return made;
}

std::vector<double> times(const std::vector<double>& values, double factor) {
    std::vector<double> out = values;
    for (double& value : out) value *= factor;
    return out;
}

/// The same tree but for the weights of its nodes, which are `factor` times those of the other.
bool same_but_heavier(const GrownTree& plain, const GrownTree& scaled, double factor) {
    return plain.feature == scaled.feature && plain.threshold == scaled.threshold && plain.left == scaled.left &&
           plain.right == scaled.right && plain.value == scaled.value && plain.impurity == scaled.impurity &&
           times(plain.weight, factor) == scaled.weight;
}

}  // namespace

TEST_CASE("One extreme target leaves the values of all other leaves as they are", "[forest]") {
    constexpr std::size_t kRows = 200;
    std::vector<float> x(kRows);
    std::vector<double> y(kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
        x[i] = static_cast<float>(i);
        y[i] = 3 + std::sin(0.1 * static_cast<double>(i));
    }
    for (const double extreme : {1e6, 1e17, -1e17, 1e100}) {
        for (const std::size_t place : {std::size_t{0}, std::size_t{77}, kRows - 1}) {
            std::vector<double> with = y;
            with[place] = extreme;
            CAPTURE(extreme, place);
            CHECK(predict(grow_regression_forest(x, 1, with, {}, one_whole_tree()), x) == with);
            // Of weight 0 it has no part in the tree at all.
            std::vector<double> weights(kRows, 1.0);
            weights[place] = 0;
            const GrownForest without = grow_regression_forest(x, 1, with, weights, one_whole_tree());
            const GrownForest ordinary = grow_regression_forest(x, 1, y, weights, one_whole_tree());
            CHECK(without.trees[0].threshold == ordinary.trees[0].threshold);
            CHECK(without.trees[0].value == ordinary.trees[0].value);
            CHECK(without.trees[0].impurity == ordinary.trees[0].impurity);
        }
    }
}

TEST_CASE("Targets that lie farther apart than the greatest number are told apart", "[forest]") {
    std::vector<float> x;
    std::vector<double> y;
    for (int i = 0; i < 120; ++i) {
        x.push_back(static_cast<float>(i));
        const double size = i % 5 == 0 ? 1e308 : i % 5 == 4 ? 1e307 : -1.5e308;  // the median is far out
        y.push_back(size * (1 + 0.1 * std::sin(static_cast<double>(i))));
    }
    CHECK(predict(grow_regression_forest(x, 1, y, {}, one_whole_tree()), x) == y);
    // Cuts, and nodes that are no leaves, are those of the same targets in another unit.
    const GrownForest great = grow_regression_forest(x, 1, y, {}, one_whole_tree());
    const GrownForest small = grow_regression_forest(x, 1, times(y, std::ldexp(1.0, -900)), {}, one_whole_tree());
    CHECK(great.trees[0].threshold == small.trees[0].threshold);
    CHECK(times(great.trees[0].value, std::ldexp(1.0, -900)) == small.trees[0].value);
}

TEST_CASE("A leaf's value is the weighted mean of its own targets", "[forest]") {
    const WeightedRows made = weighted_rows(300);
    ForestOptions options = one_whole_tree();
    options.min_samples_leaf = 7;
    const GrownForest forest = grow_regression_forest(made.x, 3, made.values, made.weights, options);
    const GrownTree& tree = forest.trees[0];
    std::vector<long double> sums(tree.feature.size()), weights(tree.feature.size());
    for (std::size_t row = 0; row < made.values.size(); ++row) {
        const auto leaf = static_cast<std::size_t>(leaf_of(tree, made.x.data() + 3 * row));
        sums[leaf] += static_cast<long double>(made.weights[row]) * made.values[row];
        weights[leaf] += made.weights[row];
    }
    index leaves = 0;
    for (std::size_t node = 0; node < sums.size(); ++node) {
        if (tree.feature[node] >= 0) continue;
        ++leaves;
        CHECK(tree.value[node] == Approx(static_cast<double>(sums[node] / weights[node])).epsilon(1e-14));
    }
    CHECK(leaves > 10);
}

TEST_CASE("The scale of the weights does not change a tree", "[forest]") {
    const WeightedRows made = weighted_rows(400);
    for (const SplitCriterion criterion : {SplitCriterion::gini, SplitCriterion::entropy}) {
        const ForestOptions options = one_whole_tree(criterion);
        for (const auto& [labels, classes] : {std::pair(&made.two, index{2}), std::pair(&made.three, index{3})}) {
            const auto grown = [&, labels = labels, classes = classes](double factor) {
                return grow_classification_forest(made.x, 3, *labels, classes, times(made.weights, factor), options);
            };
            const GrownForest plain = grown(1);
            CAPTURE(static_cast<int>(criterion), classes);
            for (const int exponent : {-186, -900, 183, 900}) {
                const double factor = std::ldexp(1.0, exponent);
                CHECK(same_but_heavier(plain.trees[0], grown(factor).trees[0], factor));
            }
            for (const double factor : {1e-56, 1e55}) {  // no powers of two: the last bits may differ
                const std::vector<double> found = predict(grown(factor), made.x), expected = predict(plain, made.x);
                for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(found[i] == Approx(expected[i]).margin(1e-9));
            }
            ForestOptions of_class = options;
            of_class.class_weight.assign(static_cast<std::size_t>(classes), std::ldexp(1.0, -186));
            const GrownForest light = grow_classification_forest(made.x, 3, *labels, classes, {}, of_class);
            const GrownForest even = grow_classification_forest(made.x, 3, *labels, classes, {}, options);
            CHECK(same_but_heavier(even.trees[0], light.trees[0], std::ldexp(1.0, -186)));
        }
    }
    const auto of_values = [&](double factor) {
        return grow_regression_forest(made.x, 3, made.values, times(made.weights, factor), one_whole_tree());
    };
    const GrownForest plain = of_values(1);
    for (const int exponent : {-186, 183}) {
        const double factor = std::ldexp(1.0, exponent);
        CHECK(same_but_heavier(plain.trees[0], of_values(factor).trees[0], factor));
    }
}

TEST_CASE("Rows of weight 0 have no part in the out-of-bag score", "[forest]") {
    const WeightedRows made = weighted_rows(400);
    std::vector<double> weights = made.weights, values = made.values;
    std::vector<std::int32_t> labels = made.two;
    for (std::size_t row = 0; row < weights.size(); row += 4) {  // what they say is wrong
        weights[row] = 0;
        labels[row] = 1 - labels[row];
        values[row] = -50 * values[row];
    }
    ForestOptions options;
    options.trees = 60;
    options.out_of_bag = true;
    const GrownForest forest = grow_classification_forest(made.x, 3, labels, 2, weights, options);
    options.criterion = SplitCriterion::squared_error;
    const GrownForest line = grow_regression_forest(made.x, 3, values, weights, options);
    double right = 0, judged = 0, mean = 0, residual = 0, spread = 0;
    for (std::size_t row = 0; row < weights.size(); ++row) {
        if (weights[row] == 0) continue;
        const double* chances = forest.out_of_bag->prediction.data() + 2 * row;
        right += (chances[1] > chances[0] ? 1 : 0) == labels[row] ? 1 : 0;
        ++judged;
        mean += values[row];
    }
    mean /= judged;
    for (std::size_t row = 0; row < weights.size(); ++row) {
        if (weights[row] == 0) continue;
        residual += std::pow(values[row] - line.out_of_bag->prediction[row], 2);
        spread += std::pow(values[row] - mean, 2);
    }
    CHECK(forest.out_of_bag->score == Approx(right / judged).epsilon(1e-12));
    CHECK(line.out_of_bag->score == Approx(1 - residual / spread).epsilon(1e-12));
    CHECK(forest.out_of_bag->score > 0.8);
    // One tree: of the rows with a weight some are in its sample, and only they were never left out.
    options.trees = 1;
    options.criterion = SplitCriterion::gini;
    const GrownForest single = grow_classification_forest(made.x, 3, labels, 2, weights, options);
    CHECK(single.out_of_bag->never_out > 0);
    CHECK(single.out_of_bag->never_out < static_cast<index>(judged));
}
