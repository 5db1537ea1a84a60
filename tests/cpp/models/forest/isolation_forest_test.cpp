#include "assay/models/forest/isolation_forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "catch.hpp"
#include "made_up_trees.hpp"

using namespace assay;
using models::average_path_length;
using models::IsolationForest;
using models::IsolationOptions;

namespace {

/// 1,000 normal rows of two features and one far away.
std::vector<float> rows_with_an_outlier() {
    Rng random(1);
    std::vector<float> rows;
    for (int i = 0; i < 2000; ++i) rows.push_back(static_cast<float>(random.normal()));
    rows.insert(rows.end(), {8.0F, -9.0F});
    return rows;
}

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("isolation forest: path lengths of searches that fail") {
    CHECK(average_path_length(0) == 0);
    CHECK(average_path_length(1) == 0);
    CHECK(average_path_length(2) == 1);
    CHECK(average_path_length(3) == Approx(2 * (std::log(2.0) + 0.5772156649015329) - 4.0 / 3).epsilon(1e-15));
    CHECK(average_path_length(5) == Approx(2.327020052042847).epsilon(1e-14));
    CHECK(average_path_length(256) == Approx(10.244770920119917).epsilon(1e-14));  // Liu 2008: c(256) = 10.24
    CHECK(average_path_length(999) == Approx(12.967939884427995).epsilon(1e-14));
}

TEST_CASE("isolation forest: a tree made by hand scores by its path lengths") {
    // Leaves at depth 2, 2 and 1 with 3, 1 and 4 rows of 8.
    const auto tree = forest_tests::three_leaves(2 + average_path_length(3), 2, 1 + average_path_length(4));
    const IsolationForest forest(models::CompactForest(std::vector{tree}, 2), 8);
    const double c = average_path_length(8);
    const std::vector<double> scores = forest.score_samples(std::vector<float>{0, -2, 0, 0, 1, 0});
    CHECK(scores[0] == Approx(-std::pow(2, -(2 + average_path_length(3)) / c)).epsilon(1e-15));
    CHECK(scores[1] == Approx(-std::pow(2, -2 / c)).epsilon(1e-15));
    CHECK(scores[2] == Approx(-std::pow(2, -(1 + average_path_length(4)) / c)).epsilon(1e-15));
}

TEST_CASE("isolation forest: a planted outlier has the lowest score") {
    const std::vector<float> rows = rows_with_an_outlier();
    for (const std::uint64_t seed : {0, 1, 2}) {
        const IsolationForest forest = IsolationForest::fit(rows, 2, {.seed = seed});
        const std::vector<double> scores = forest.score_samples(rows);
        CHECK(std::min_element(scores.begin(), scores.end()) - scores.begin() == 1000);
        CHECK(scores[1000] < -0.7);
        CHECK(forest.samples() == 256);
        CHECK(forest.forest().depth() <= 8);
        CHECK(std::all_of(scores.begin(), scores.end(), [](double s) { return s < 0 && s > -1; }));
    }
}

TEST_CASE("isolation forest: the same bytes at any number of threads, others by seed") {
    const std::vector<float> rows = rows_with_an_outlier();
    const int before = num_threads();
    set_num_threads(1);
    const std::string alone = models::encode_forest(IsolationForest::fit(rows, 2, {.seed = 4}).forest());
    set_num_threads(3);
    CHECK(models::encode_forest(IsolationForest::fit(rows, 2, {.seed = 4}).forest()) == alone);
    CHECK(models::encode_forest(IsolationForest::fit(rows, 2, {.seed = 5}).forest()) != alone);
    set_num_threads(before);
}

TEST_CASE("isolation forest: leaves count all rows, each below its depth") {
    const std::vector<float> rows = rows_with_an_outlier();
    for (const bool bootstrap : {false, true}) {
        const auto forest = IsolationForest::fit(rows, 2, {.trees = 5, .max_samples = 100, .bootstrap = bootstrap});
        for (const auto& tree : forest.forest().grown()) {
            CHECK(tree.weight[0] == 100);
            for (std::size_t i = 0; i < tree.feature.size(); ++i) {
                if (tree.feature[i] >= 0) continue;
                const double depth = tree.value[i] - average_path_length(tree.weight[i]);
                CHECK(depth == Approx(std::round(depth)).margin(1e-9));
                CHECK(depth <= 7);
            }
        }
    }
}

TEST_CASE("isolation forest: constant, single and missing rows") {
    const std::vector<float> constant(60, 3.0F);
    const auto flat = IsolationForest::fit(constant, 2, {});
    CHECK(flat.forest().nodes() == 100);  // a root for each tree
    CHECK(flat.score_samples(constant)[0] == Approx(-0.5));
    const std::vector<float> single{1, 2};
    CHECK(IsolationForest::fit(single, 2, {}).score_samples(single) == std::vector<double>{-0.5});

    std::vector<float> gaps(400, 1.0F);  // one feature of 400 rows, one of which is missing
    gaps[7] = kMissing;
    const auto told = IsolationForest::fit(gaps, 1, {.max_samples = 400});
    const std::vector<double> scores = told.score_samples(gaps);
    CHECK(scores[7] < -0.8);
    CHECK(scores[8] > -0.6);
    const std::vector<float> none(20, kMissing);
    CHECK(IsolationForest::fit(none, 2, {}).score_samples(none)[0] == Approx(-0.5));

    const std::vector<float> neighbours{1.0F, std::nextafter(1.0F, 2.0F)};  // no float between them
    const auto parted = IsolationForest::fit(neighbours, 1, {});
    CHECK(parted.forest().nodes() == 300);
}

TEST_CASE("isolation forest: features of a tree are drawn for it") {
    Rng random(2);
    std::vector<float> rows;
    for (int i = 0; i < 3000; ++i) rows.push_back(static_cast<float>(random.normal()));
    const auto forest = IsolationForest::fit(rows, 6, {.max_features = 2});
    std::vector<int> used(6, 0);
    for (const auto& tree : forest.forest().grown()) {
        std::vector<bool> asked(6, false);
        for (const std::int32_t feature : tree.feature) {
            if (feature >= 0) asked[static_cast<std::size_t>(feature)] = true;
        }
        CHECK(std::count(asked.begin(), asked.end(), true) == 2);
        for (std::size_t f = 0; f < 6; ++f) used[f] += asked[f] ? 1 : 0;
    }
    CHECK(*std::min_element(used.begin(), used.end()) > 10);
}

TEST_CASE("isolation forest: what cannot be fitted is refused") {
    const std::vector<float> rows{1, 2, 3, 4};
    CHECK_THROWS_AS(IsolationForest::fit(std::vector<float>{}, 2, {}), ShapeError);
    CHECK_THROWS_AS(IsolationForest::fit(rows, 3, {}), ShapeError);
    CHECK_THROWS_AS(IsolationForest::fit(rows, 0, {}), ShapeError);
    CHECK_THROWS_AS(IsolationForest::fit(rows, 2, {.trees = 0}), ValueError);
    CHECK_THROWS_AS(IsolationForest::fit(rows, 2, {.max_samples = 0}), ValueError);
    CHECK_THROWS_AS(IsolationForest::fit(rows, 2, {.max_features = 3}), ValueError);
    CHECK_THROWS_AS(IsolationForest::fit(std::vector<float>{1, INFINITY}, 2, {}), ValueError);
    const auto forest = IsolationForest::fit(rows, 2, {});
    CHECK_THROWS_AS(forest.score_samples(std::vector<float>{1, 2, 3}), ShapeError);
}
