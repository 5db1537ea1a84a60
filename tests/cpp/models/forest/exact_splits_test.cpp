// Each split of a tree against every cut that there is, rated by the definition of the impurity.
#include "assay/base/random.hpp"
#include "assay/models/forest/feature_bins.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

using namespace assay;
using namespace assay::models;

namespace {

using Rows = std::vector<std::size_t>;

constexpr std::size_t width = 4;

/// Made-up rows of four features with more than 255 different values each: one normal, one whose values are
/// neighbouring floats, one with ties, one of great and small magnitudes.
struct Sample {
    std::vector<float> x;
    std::vector<std::int32_t> labels;
    std::vector<double> values;
    std::vector<double> weights;  // with those of the classes
    SplitCriterion criterion = SplitCriterion::gini;
    std::size_t least_rows = 1;
    double least_weight = 0;

    Sample(std::size_t rows, std::int32_t classes, bool missing, std::uint64_t seed) : weights(rows, 1.0) {
        Rng rng(seed);
        std::vector<float> near{1.0F};
        while (near.size() < rows) near.push_back(std::nextafter(near.back(), 2.0F));
        rng.shuffle(std::span<float>(near));
        for (std::size_t i = 0; i < rows; ++i) {
            const double a = rng.normal(), b = rng.normal();
            const auto ties = static_cast<float>(rng.integer(0, static_cast<std::int64_t>(rows)));
            const double signal = a + (near[i] - 1.0F) / (near.back() - 1.0F) + b * b + rng.normal();
            const float row[width] = {static_cast<float>(a), near[i], ties, static_cast<float>(std::exp(20 * b))};
            for (const float value : row)
                x.push_back(missing && rng.uniform() < 0.08 ? std::numeric_limits<float>::quiet_NaN() : value);
            labels.push_back(i < static_cast<std::size_t>(classes)
                                 ? static_cast<std::int32_t>(i)
                                 : static_cast<std::int32_t>(std::clamp(std::floor(signal), 0.0, classes - 1.0)));
            values.push_back(1000 + 10 * signal);
        }
    }

    [[nodiscard]] float at(std::size_t row, std::size_t feature) const { return x[row * width + feature]; }

    [[nodiscard]] double weight(const Rows& rows) const {
        double sum = 0;
        for (const std::size_t row : rows) sum += weights[row];
        return sum;
    }

    /// Weight times impurity, by its definition.
    [[nodiscard]] double impurity(const Rows& rows) const {
        const double all = weight(rows);
        if (all <= 0) return 0;
        if (criterion == SplitCriterion::squared_error) {
            double mean = 0, squares = 0;
            for (const std::size_t row : rows) mean += weights[row] * values[row] / all;
            for (const std::size_t row : rows) squares += weights[row] * std::pow(values[row] - mean, 2);
            return squares;
        }
        std::vector<double> share(8);
        for (const std::size_t row : rows) share[static_cast<std::size_t>(labels[row])] += weights[row] / all;
        double impurity = criterion == SplitCriterion::gini ? 1 : 0;
        for (const double p : share) {
            if (criterion == SplitCriterion::gini) impurity -= p * p;
            if (criterion == SplitCriterion::entropy && p > 0) impurity -= p * std::log2(p);
        }
        return all * impurity;
    }

    [[nodiscard]] double fall(const Rows& left, const Rows& right) const {
        Rows both = left;
        both.insert(both.end(), right.begin(), right.end());
        return impurity(both) - impurity(left) - impurity(right);
    }

    /// The greatest fall of any cut that is allowed; -1 where there is none.
    [[nodiscard]] double greatest_fall(const Rows& rows) const {
        double best = -1;
        for (std::size_t feature = 0; feature < width; ++feature) {
            std::set<float> distinct;
            bool missing = false;
            for (const std::size_t row : rows) {
                missing = missing || std::isnan(at(row, feature));
                if (!std::isnan(at(row, feature))) distinct.insert(at(row, feature));
            }
            for (const float last : distinct) {
                for (const bool missing_left : {false, true}) {
                    if (missing_left && !missing) continue;
                    Rows left, right;
                    for (const std::size_t row : rows) {
                        const float value = at(row, feature);
                        (std::isnan(value) ? missing_left : value <= last) ? left.push_back(row) : right.push_back(row);
                    }
                    if (std::min(left.size(), right.size()) < least_rows) continue;
                    if (std::min(weight(left), weight(right)) < least_weight) continue;
                    best = std::max(best, fall(left, right));
                }
            }
        }
        return best;
    }
};

/// Goes through a tree, and checks each split and each leaf.
void check_node(const Sample& sample, const GrownTree& tree, std::size_t node, const Rows& rows) {
    const double scale = sample.impurity(rows), greatest = sample.greatest_fall(rows);
    CAPTURE(node, rows.size(), tree.feature[node], tree.threshold[node], scale);
    CHECK(tree.weight[node] == Approx(sample.weight(rows)));
    CHECK(tree.impurity[node] * tree.weight[node] == Approx(scale).epsilon(1e-9).margin(1e-9));
    if (tree.feature[node] < 0) {
        CHECK((scale < 1e-9 * static_cast<double>(rows.size()) || greatest < 0));
        return;
    }
    const auto feature = static_cast<std::size_t>(tree.feature[node]);
    Rows left, right;
    double below = -HUGE_VAL, above = HUGE_VAL;
    bool missing = false;
    for (const std::size_t row : rows) {
        const double value = sample.at(row, feature);
        const bool goes_left = std::isnan(value) ? tree.missing_left[node] != 0 : value <= tree.threshold[node];
        (goes_left ? left : right).push_back(row);
        missing = missing || std::isnan(value);
        if (goes_left) below = std::max(below, std::isnan(value) ? -HUGE_VAL : value);
        if (!goes_left) above = std::min(above, std::isnan(value) ? HUGE_VAL : value);
    }
    REQUIRE((!left.empty() && !right.empty()));
    CHECK(tree.threshold[node] == (std::isinf(above) ? above : below + (above - below) / 2));
    if (!missing) CHECK((tree.missing_left[node] != 0) == (left.size() > right.size()));
    CHECK(std::min(left.size(), right.size()) >= sample.least_rows);
    CHECK(std::min(sample.weight(left), sample.weight(right)) >= sample.least_weight);
    CHECK(sample.fall(left, right) == Approx(greatest).epsilon(1e-9).margin(1e-9 * scale));
    check_node(sample, tree, static_cast<std::size_t>(tree.left[node]), left);
    check_node(sample, tree, static_cast<std::size_t>(tree.right[node]), right);
}

ForestOptions whole_tree() {
    ForestOptions options;
    options.trees = 1;
    options.bootstrap = false;
    options.max_features = static_cast<index>(width);
    return options;
}

/// Grows one tree with every feature at each node, and checks it. Weights are those of the rows alone.
void check_tree(Sample& sample, index classes, ForestOptions options, std::span<const double> weights) {
    options.criterion = sample.criterion;
    const FeatureBins bins(sample.x, static_cast<index>(width));
    for (std::size_t f = 0; f < width; ++f) REQUIRE(bins.is_wide(static_cast<index>(f)));
    const GrownForest forest =
        classes > 0
            ? grow_classification_forest(sample.x, static_cast<index>(width), sample.labels, classes, weights, options)
            : grow_regression_forest(sample.x, static_cast<index>(width), sample.values, weights, options);
    Rows rows(sample.weights.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::erase_if(rows, [&](std::size_t row) { return sample.weights[row] == 0; });
    REQUIRE(forest.trees[0].nodes() > 10);
    check_node(sample, forest.trees[0], 0, rows);
}

}  // namespace

TEST_CASE("No cut is better than the one that was found", "[forest][exact]") {
    const bool missing = GENERATE(false, true);
    const std::int32_t classes = GENERATE(2, 3);
    for (const SplitCriterion criterion : {SplitCriterion::gini, SplitCriterion::entropy}) {
        Sample sample(440, classes, missing, 1);
        sample.criterion = criterion;
        check_tree(sample, classes, whole_tree(), {});
        sample.least_rows = 9;
        ForestOptions options = whole_tree();
        options.min_samples_leaf = 9;
        check_tree(sample, classes, options, {});
    }
}

TEST_CASE("No cut is better where rows have weights", "[forest][exact]") {
    const bool missing = GENERATE(false, true);
    const bool whole = GENERATE(false, true);  // weights that are whole numbers take another path
    const std::int32_t classes = GENERATE(2, 3);
    const auto criterion = GENERATE(SplitCriterion::gini, SplitCriterion::entropy);
    Sample sample(440, classes, missing, 2);
    sample.criterion = criterion;
    ForestOptions options = whole_tree();
    Rng rng(3);
    std::vector<double> weights;
    for (std::size_t i = 0; i < sample.weights.size(); ++i)
        weights.push_back(whole ? static_cast<double>(i % 4) : 0.2 + rng.uniform());
    options.class_weight = {1.0, 3.5, 0.75};
    options.class_weight.resize(static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < weights.size(); ++i)
        sample.weights[i] = weights[i] * options.class_weight[static_cast<std::size_t>(sample.labels[i])];
    options.min_weight_fraction_leaf = 0.01;
    sample.least_weight = 0.01 * std::accumulate(sample.weights.begin(), sample.weights.end(), 0.0);
    check_tree(sample, classes, options, weights);
}

TEST_CASE("No cut is better in a regression", "[forest][exact]") {
    const bool missing = GENERATE(false, true);
    Sample sample(440, 2, missing, 4);
    sample.criterion = SplitCriterion::squared_error;
    check_tree(sample, 0, whole_tree(), {});
    Rng rng(5);
    for (double& weight : sample.weights) weight = rng.uniform() + 0.1;
    const std::vector<double> weights = sample.weights;
    ForestOptions options = whole_tree();
    options.min_samples_leaf = 5;
    sample.least_rows = 5;
    check_tree(sample, 0, options, weights);
}

TEST_CASE("A tree that is grown best first takes the best cuts, too", "[forest][exact]") {
    Sample sample(440, 3, true, 6);
    ForestOptions options = whole_tree();
    options.max_leaf_nodes = 400;  // as many as it wants
    check_tree(sample, 3, options, {});
}

TEST_CASE("Nodes of many rows are cut where the definition says", "[forest][exact]") {
    // One feature of 19,000 different values among 40,000 rows, most of them without weight: all ways to sort are met.
    Rng rng(8);
    const std::size_t rows = 40'000;
    std::vector<float> x;
    std::vector<std::int32_t> two, three;
    for (std::size_t i = 0; i < rows; ++i) {
        x.push_back(static_cast<float>(rng.integer(0, 24'000)));
        const double shifted = rng.normal() + (x[i] > 14123 ? 0.4 : 0);
        two.push_back(shifted > 0 ? 1 : 0);
        three.push_back(shifted > 1 ? 2 : two[i]);
    }
    for (const std::size_t step : {1, 8, 24}) {
        std::vector<double> weights(rows);
        for (std::size_t i = 0; i < rows; i += step) weights[i] = 1;
        ForestOptions options = whole_tree();
        options.max_depth = 1;
        for (const index classes : {2, 3}) {
            const std::vector<std::int32_t>& labels = classes == 2 ? two : three;
            const GrownTree tree = grow_classification_forest(x, 1, labels, classes, weights, options).trees[0];
            REQUIRE(tree.nodes() == 3);
            std::vector<std::vector<double>> counts(24'001, std::vector<double>(3));
            for (std::size_t i = 0; i < rows; i += step)
                ++counts[static_cast<std::size_t>(x[i])][static_cast<std::size_t>(labels[i])];
            double best = -1, threshold = 0, last = 0;
            std::vector<double> left(3), right(3);
            for (const auto& each : counts)
                std::transform(each.begin(), each.end(), right.begin(), right.begin(), std::plus<>());
            const auto purity = [](const std::vector<double>& sums) {
                const double all = std::accumulate(sums.begin(), sums.end(), 0.0);
                return all > 0 ? std::inner_product(sums.begin(), sums.end(), sums.begin(), 0.0) / all : 0.0;
            };
            for (std::size_t value = 0; value < counts.size(); ++value) {
                if (std::accumulate(counts[value].begin(), counts[value].end(), 0.0) == 0) continue;
                const double found = purity(left) + purity(right);
                if (found > best * (1 + 1e-13)) {
                    best = found;
                    threshold = (last + static_cast<double>(value)) / 2;
                }
                for (std::size_t k = 0; k < 3; ++k) {
                    left[k] += counts[value][k];
                    right[k] -= counts[value][k];
                }
                last = static_cast<double>(value);
            }
            CAPTURE(step, classes);
            CHECK(tree.threshold[0] == threshold);
        }
    }
}
