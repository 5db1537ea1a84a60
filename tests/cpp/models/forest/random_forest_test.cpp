#include "assay/models/forest/random_forest.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/importances.hpp"
#include "assay/models/forest/tree_walk.hpp"
#include "catch.hpp"

#include <cmath>
#include <limits>

using namespace assay;
using namespace assay::models;
using Catch::Matchers::Contains;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

ForestOptions single_tree() {
    ForestOptions options;
    options.trees = 1;
    options.bootstrap = false;
    options.max_features = 100;
    return options;
}

struct MadeUp {
    std::vector<float> x;
    std::vector<std::int32_t> labels;
    std::vector<double> values;
};

/// Made-up rows of five features, two of which matter; one value in ten is missing where asked for.
MadeUp made_up(index rows, std::uint64_t seed, bool missing = false) {
    MadeUp made;
    Rng rng(seed);
    for (index i = 0; i < rows; ++i) {
        float row[5];
        for (float& value : row) value = static_cast<float>(rng.normal());
        row[4] = std::floor(row[4] * 2);
        const double signal = row[0] + 0.7 * row[1] * row[1] - 0.5;
        made.labels.push_back(signal + 0.5 * rng.normal() > 0 ? (signal > 1.5 ? 2 : 1) : 0);
        made.values.push_back(10 + 3 * signal + rng.normal());
        for (float& value : row) made.x.push_back(missing && rng.uniform() < 0.1 ? nan_value : value);
    }
    return made;
}

bool same(const GrownTree& a, const GrownTree& b) {
    return a.feature == b.feature && a.threshold == b.threshold && a.left == b.left && a.right == b.right &&
           a.missing_left == b.missing_left && a.value == b.value && a.weight == b.weight && a.impurity == b.impurity;
}

void check_same(const GrownForest& a, const GrownForest& b) {
    REQUIRE(a.trees.size() == b.trees.size());
    for (std::size_t t = 0; t < a.trees.size(); ++t) CHECK(same(a.trees[t], b.trees[t]));
}

}  // namespace

TEST_CASE("A tree of four rows is the one computed by hand", "[forest]") {
    // Gini of (2, 2) is 1/2; a cut at 2.5 leaves (1, 0) and (1, 2) of 4/9: the pure cut at 1.5 and 3.5 compete.
    const std::vector<float> x{1, 2, 3, 4};
    const std::vector<std::int32_t> y{0, 1, 1, 0};
    const GrownForest forest = grow_classification_forest(x, 1, y, 2, {}, single_tree());
    REQUIRE(forest.trees.size() == 1);
    const GrownTree& tree = forest.trees[0];
    // Of the equal cuts at 1.5 and 3.5 (1/4 x 0 + 3/4 x 4/9 = 1/3) the first is taken, then 3.5.
    REQUIRE(tree.nodes() == 5);
    CHECK(tree.feature == std::vector<std::int32_t>{0, -1, 0, -1, -1});
    CHECK(tree.threshold[0] == 1.5);
    CHECK(tree.threshold[2] == 3.5);
    CHECK(tree.impurity[0] == 0.5);
    CHECK(tree.impurity[2] == Approx(4.0 / 9));
    CHECK(tree.weight == std::vector<double>{4, 1, 3, 2, 1});
    CHECK(tree.value[0] == 0.5);
    CHECK(tree.value[5] == Approx(2.0 / 3));
}

TEST_CASE("Entropy is in bits and the variance that of all rows", "[forest]") {
    ForestOptions options = single_tree();
    options.criterion = SplitCriterion::entropy;
    options.max_depth = 1;
    const std::vector<float> x{1, 2, 3, 4};
    const GrownForest three = grow_classification_forest(x, 1, std::vector<std::int32_t>{0, 0, 1, 2}, 3, {}, options);
    // 1.5 bits; (2, 0, 0) | (0, 1, 1) leaves 0 and 1.
    CHECK(three.trees[0].impurity[0] == Approx(1.5));
    CHECK(three.trees[0].threshold[0] == 2.5);
    CHECK(three.trees[0].impurity[1] == 0);
    CHECK(three.trees[0].impurity[2] == Approx(1));

    options.criterion = SplitCriterion::squared_error;
    const GrownForest line = grow_regression_forest(x, 1, std::vector<double>{1, 2, 10, 11}, {}, options);
    CHECK(line.trees[0].impurity[0] == Approx(20.5));  // squares 25 + 16 + 16 + 25 around 6, of 4
    CHECK(line.trees[0].threshold[0] == 2.5);
    CHECK(line.trees[0].value == std::vector<double>{6, 1.5, 10.5});
    CHECK(line.trees[0].impurity[1] == Approx(0.25));
}

TEST_CASE("The threshold is the middle of the values of the node, not of all rows", "[forest]") {
    const std::vector<float> x{0, 10, 0, 20, 1, 15, 1, 30};  // two features
    const std::vector<std::int32_t> y{0, 1, 2, 2};
    ForestOptions options = single_tree();
    const GrownForest forest = grow_classification_forest(x, 2, y, 3, {}, options);
    for (const GrownTree& tree : forest.trees) {
        for (std::size_t n = 0; n < tree.feature.size(); ++n) {
            if (n > 0 && tree.feature[n] == 1) CHECK(tree.threshold[n] == 15.0);  // between 10 and 20
        }
    }
}

TEST_CASE("Missing values go to the better side", "[forest]") {
    const std::vector<float> x{1, 2, nan_value, nan_value, 8, 9};
    ForestOptions options = single_tree();
    options.max_depth = 1;
    const GrownForest high =
        grow_classification_forest(x, 1, std::vector<std::int32_t>{0, 0, 1, 1, 1, 1}, 2, {}, options);
    CHECK(high.trees[0].missing_left[0] == 0);
    CHECK(high.trees[0].threshold[0] == 5);
    const GrownForest low =
        grow_classification_forest(x, 1, std::vector<std::int32_t>{0, 0, 0, 0, 1, 1}, 2, {}, options);
    CHECK(low.trees[0].missing_left[0] == 1);
    CHECK(low.trees[0].threshold[0] == 5);
    CHECK(predict(low, std::vector<float>{nan_value}) == std::vector<double>{1, 0});
    // That a value is missing may be all there is to know.
    const GrownForest known =
        grow_classification_forest(x, 1, std::vector<std::int32_t>{0, 0, 1, 1, 0, 0}, 2, {}, options);
    CHECK(std::isinf(known.trees[0].threshold[0]));
    CHECK(known.trees[0].missing_left[0] == 0);
    CHECK(predict(known, std::vector<float>{nan_value, 7}) == std::vector<double>{0, 1, 1, 0});
    // Without one in the training, with the greater number of rows.
    const std::vector<float> whole{1, 2, 3, 4, 5, 6};
    const GrownForest right =
        grow_classification_forest(whole, 1, std::vector<std::int32_t>{0, 0, 1, 1, 1, 1}, 2, {}, options);
    CHECK(right.trees[0].missing_left[0] == 0);
    const GrownForest left =
        grow_classification_forest(whole, 1, std::vector<std::int32_t>{0, 0, 0, 0, 1, 1}, 2, {}, options);
    CHECK(left.trees[0].missing_left[0] == 1);
}

TEST_CASE("Whole weights are rows that stand several times", "[forest]") {
    const MadeUp made = made_up(240, 3, true);  // a bin for each value, whatever the weights
    std::vector<double> weights;
    std::vector<float> x;
    MadeUp repeated;
    for (std::size_t i = 0; i < made.labels.size(); ++i) {
        weights.push_back(static_cast<double>(i % 4));  // 0 too
        for (std::size_t times = 0; times < i % 4; ++times) {
            repeated.x.insert(repeated.x.end(), made.x.begin() + static_cast<std::ptrdiff_t>(5 * i),
                              made.x.begin() + static_cast<std::ptrdiff_t>(5 * i + 5));
            repeated.labels.push_back(made.labels[i]);
            repeated.values.push_back(made.values[i]);
        }
    }
    ForestOptions options = single_tree();
    options.trees = 3;
    options.max_features = 2;
    const GrownForest weighted = grow_classification_forest(made.x, 5, made.labels, 3, weights, options);
    const GrownForest rows = grow_classification_forest(repeated.x, 5, repeated.labels, 3, {}, options);
    REQUIRE(weighted.trees[0].nodes() > 20);
    CHECK(weighted.trees[1].feature == rows.trees[1].feature);
    CHECK(weighted.trees[1].weight == rows.trees[1].weight);
    CHECK(predict(weighted, made.x) == predict(rows, made.x));
    options.criterion = SplitCriterion::squared_error;
    options.max_depth = 2;  // deeper, splits of equal gain are told apart by a rounding
    const auto of_weights = predict(grow_regression_forest(made.x, 5, made.values, weights, options), made.x);
    const auto of_rows = predict(grow_regression_forest(repeated.x, 5, repeated.values, {}, options), made.x);
    for (std::size_t i = 0; i < of_rows.size(); ++i) CHECK(of_weights[i] == Approx(of_rows[i]).epsilon(1e-12));
}

TEST_CASE("Fractions of weights give the tree of whole ones", "[forest]") {
    const MadeUp made = made_up(300, 4);
    const std::vector<double> whole(300, 2.0), part(300, 0.25);
    const GrownForest a = grow_classification_forest(made.x, 5, made.labels, 3, whole, single_tree());
    const GrownForest b = grow_classification_forest(made.x, 5, made.labels, 3, part, single_tree());
    CHECK(a.trees[0].feature == b.trees[0].feature);
    CHECK(a.trees[0].threshold == b.trees[0].threshold);
    CHECK(a.trees[0].value == b.trees[0].value);
}

TEST_CASE("The quick search for two classes finds what the general one does", "[forest]") {
    const MadeUp made = made_up(2000, 8);
    std::vector<std::int32_t> two;
    for (const std::int32_t label : made.labels) two.push_back(label > 0 ? 1 : 0);
    for (const index least : {1, 4}) {
        ForestOptions options = single_tree();
        options.trees = 3;
        options.max_features = 2;
        options.min_samples_leaf = least;
        const GrownForest quick = grow_classification_forest(made.x, 5, two, 2, {}, options);
        const GrownForest general =
            grow_classification_forest(made.x, 5, two, 2, std::vector<double>(2000, 0.5), options);
        REQUIRE(quick.trees[0].nodes() > 100);
        for (std::size_t t = 0; t < 3; ++t) {
            CHECK(quick.trees[t].feature == general.trees[t].feature);
            CHECK(quick.trees[t].threshold == general.trees[t].threshold);
            CHECK(quick.trees[t].value == general.trees[t].value);
        }
    }
}

TEST_CASE("The same bytes at any number of threads", "[forest]") {
    const MadeUp made = made_up(700, 5, true);
    ForestOptions options;
    options.trees = 40;
    options.out_of_bag = true;
    options.seed = 11;
    const int before = num_threads();
    set_num_threads(1);
    const GrownForest one = grow_classification_forest(made.x, 5, made.labels, 3, {}, options);
    options.criterion = SplitCriterion::squared_error;
    const GrownForest one_value = grow_regression_forest(made.x, 5, made.values, {}, options);
    for (const int threads : {2, 3}) {
        set_num_threads(threads);
        check_same(one_value, grow_regression_forest(made.x, 5, made.values, {}, options));
        options.criterion = SplitCriterion::gini;
        const GrownForest other = grow_classification_forest(made.x, 5, made.labels, 3, {}, options);
        check_same(one, other);
        CHECK(one.out_of_bag->prediction == other.out_of_bag->prediction);
        options.criterion = SplitCriterion::squared_error;
    }
    set_num_threads(before);
    options.criterion = SplitCriterion::gini;
    options.seed = 12;
    CHECK_FALSE(same(one.trees[0], grow_classification_forest(made.x, 5, made.labels, 3, {}, options).trees[0]));
}

TEST_CASE("Limits of trees are kept", "[forest]") {
    const MadeUp made = made_up(500, 6);
    ForestOptions options = single_tree();
    options.min_samples_leaf = 20;
    options.max_depth = 4;
    const GrownTree deep = grow_classification_forest(made.x, 5, made.labels, 3, {}, options).trees[0];
    for (std::size_t n = 0; n < deep.feature.size(); ++n) CHECK(deep.weight[n] >= 20);
    CHECK(deep.nodes() <= 31);
    options = single_tree();
    options.max_leaf_nodes = 7;
    const GrownTree few = grow_classification_forest(made.x, 5, made.labels, 3, {}, options).trees[0];
    CHECK(few.nodes() == 13);
    options = single_tree();
    options.min_impurity_decrease = 0.01;
    options.criterion = SplitCriterion::squared_error;
    const GrownTree worth = grow_regression_forest(made.x, 5, made.values, {}, options).trees[0];
    for (std::size_t n = 0; n < worth.feature.size(); ++n) {
        if (worth.feature[n] < 0) continue;
        const auto l = static_cast<std::size_t>(worth.left[n]), r = static_cast<std::size_t>(worth.right[n]);
        const double fall = worth.weight[n] * worth.impurity[n] - worth.weight[l] * worth.impurity[l] -
                            worth.weight[r] * worth.impurity[r];
        CHECK(fall / worth.weight[0] > 0.0099);
    }
    options = single_tree();
    options.min_weight_fraction_leaf = 0.1;
    const GrownTree heavy = grow_classification_forest(made.x, 5, made.labels, 3, {}, options).trees[0];
    for (const double weight : heavy.weight) CHECK(weight >= 50);
}

TEST_CASE("Constant features leave one node", "[forest]") {
    const std::vector<float> x(20, 3.0F);
    std::vector<std::int32_t> y(10, 0);
    y[3] = 1;
    ForestOptions options;
    options.trees = 5;
    const GrownForest forest = grow_classification_forest(x, 2, y, 2, {}, options);
    for (const GrownTree& tree : forest.trees) CHECK(tree.nodes() == 1);
    CHECK(impurity_importances(forest.trees, 2) == std::vector<double>{0, 0});
    // Two constant features beside a useful one: each split goes on until it finds it.
    std::vector<float> three;
    for (int i = 0; i < 10; ++i) three.insert(three.end(), {0.0F, static_cast<float>(i == 3), nan_value});
    options.max_features = 1;
    const GrownForest found = grow_classification_forest(three, 3, y, 2, {}, options);
    for (const GrownTree& tree : found.trees) {
        if (tree.value[0] < 1) CHECK(tree.nodes() == 3);
    }
}

TEST_CASE("What cannot be learned from is refused in a sentence", "[forest]") {
    const std::vector<float> x{1, 2, 3, 4};
    const std::vector<std::int32_t> y{0, 1, 0, 1};
    const auto grow = [&](std::span<const float> rows, std::span<const std::int32_t> labels, index classes,
                          std::span<const double> weights = {}, const ForestOptions& options = {}) {
        return grow_classification_forest(rows, 1, labels, classes, weights, options);
    };
    CHECK_THROWS_WITH(grow({}, {}, 2), Contains("at least one row and one feature"));
    CHECK_THROWS_WITH(grow(x, std::vector<std::int32_t>{0, 0, 0, 0}, 1), Contains("at least 2 classes"));
    CHECK_THROWS_WITH(grow(x, std::vector<std::int32_t>{0, 0, 0, 0}, 2), Contains("none of class 1"));
    CHECK_THROWS_WITH(grow(x, y, 5), Contains("no more classes than rows"));
    CHECK_THROWS_WITH(grow(x, std::vector<std::int32_t>{0, 1}, 2), Contains("one target for each of 4 rows"));
    CHECK_THROWS_WITH(grow(x, y, 2, std::vector<double>{1, 1}), Contains("sample_weight for each of 4"));
    CHECK_THROWS_WITH(grow(x, y, 2, std::vector<double>{1, -1, 1, 1}), Contains("row 1"));
    CHECK_THROWS_WITH(grow(x, y, 2, std::vector<double>{1, 0, 1, 0}), Contains("weights above 0 in at least 2"));
    CHECK_THROWS_AS(grow(std::vector<float>{1, 2, 3, HUGE_VALF}, y, 2), ValueError);
    ForestOptions options;
    options.bootstrap = false;
    options.out_of_bag = true;
    CHECK_THROWS_WITH(grow(x, y, 2, {}, options), Contains("bootstrap=True"));
    options = {};
    options.min_samples_split = 1;
    CHECK_THROWS_WITH(grow(x, y, 2, {}, options), Contains("min_samples_split of at least 2, got 1"));
    options = {};
    options.criterion = SplitCriterion::squared_error;
    CHECK_THROWS_WITH(grow_regression_forest(x, 1, std::vector<double>{1, 2, std::nan(""), 4}, {}, options),
                      Contains("finite targets"));
    CHECK_THROWS_AS(grow(x, y, 2, {}, options), ValueError);
}
