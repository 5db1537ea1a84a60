#include "assay/models/forest/compact_forest.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "catch.hpp"
#include "made_up_trees.hpp"
#include "models/forest/forest_content.hpp"

using namespace assay;
using namespace forest_tests;
using models::CompactForest;

namespace {

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("compact forest: a tree made by hand") {
    const CompactForest forest(std::vector{three_leaves()}, 2);
    CHECK(forest.trees() == 1);
    CHECK(forest.nodes() == 5);
    CHECK(forest.depth() == 2);
    CHECK(forest.outputs() == 1);
    CHECK(forest.predict(std::vector<float>{0.5F, -1}) == std::vector<double>{1});  // equal goes left
    CHECK(forest.predict(std::vector<float>{0.5F, -0.9F}) == std::vector<double>{5});
    CHECK(forest.predict(std::vector<float>{0.51F, -7}) == std::vector<double>{10});
    CHECK(forest.predict(std::vector<float>{}).empty());
    CHECK(forest.leaves(std::vector<float>{0, -2, 0, 0, 1, 0}) == std::vector<assay::index>{0, 1, 2});
}

TEST_CASE("compact forest: means of the trees in their order") {
    const CompactForest forest(std::vector{three_leaves(0.1), three_leaves(0.2), three_leaves(0.3)}, 2);
    CHECK(forest.predict(std::vector<float>{0, -2})[0] == (0.1 + 0.2 + 0.3) / 3);
    std::vector<double> sum(1);
    forest.predict_sum(std::vector<float>{0, -2}, sum);
    CHECK(sum[0] == 0.1 + 0.2 + 0.3);
}

TEST_CASE("compact forest: missing values go the way that was learned") {
    GrownTree tree = three_leaves();
    CHECK(CompactForest(std::vector{tree}, 2).predict(std::vector<float>{kNaN, kNaN})[0] == 10);
    tree.missing_left[0] = 1;
    CHECK(CompactForest(std::vector{tree}, 2).predict(std::vector<float>{kNaN, kNaN})[0] == 5);
    tree.missing_left[1] = 1;
    CHECK(CompactForest(std::vector{tree}, 2).predict(std::vector<float>{kNaN, kNaN})[0] == 1);
}

TEST_CASE("compact forest: a threshold rounded down to float32 changes no comparison") {
    std::mt19937_64 random(7);
    const auto check = [](float value, double threshold) {
        const float below = models::forest::float_below(threshold);
        REQUIRE((value <= below) == (static_cast<double>(value) <= threshold));
        const bool right = models::forest::key_of(below) < models::forest::key_of(value);
        REQUIRE(right == !(static_cast<double>(value) <= threshold));
    };
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
    std::vector<float> values{0.0F, -0.0F, least, -least, 1, -1, most, -most, kInf, -kInf};
    for (int i = 0; i < 3000; ++i) {
        const auto bits = static_cast<std::uint32_t>(random());
        float value = 0;
        std::memcpy(&value, &bits, 4);
        if (!std::isnan(value)) values.push_back(value);
    }
    for (const float value : values) {
        const double x = value;
        for (const double threshold : {x, std::nextafter(x, 1e300), std::nextafter(x, -1e300), -x, 0.0, -0.0, 1e300,
                                       -1e300, x * (1 + 1e-9), double{kInf}, -double{kInf}}) {
            if (!std::isnan(threshold)) check(value, threshold);
        }
    }
}

TEST_CASE("compact forest: the same as walking the trees the plain way, to the bit") {
    std::mt19937_64 random(1);
    for (const assay::index outputs : {1, 2, 3}) {
        for (const assay::index splits : {0, 1, 40, 700}) {
            const assay::index features = 5;
            std::vector<GrownTree> trees;
            for (int t = 0; t < 23; ++t) trees.push_back(random_tree(random, features, outputs, splits));
            const CompactForest forest(trees, features);
            for (const bool missing : {false, true}) {
                const std::vector<float> rows = hard_rows(random, trees, features, 611, missing);
                const std::vector<double> expected = plain_prediction(trees, rows, features);
                CHECK(same_bits(forest.predict(rows), expected));
                std::vector<double> one_by_one;
                for (assay::index r = 0; r < 611; ++r) {
                    const auto row = std::span(rows).subspan(static_cast<std::size_t>(r * features), 5);
                    for (const double value : forest.predict(row)) one_by_one.push_back(value);
                }
                CHECK(same_bits(one_by_one, expected));
                const auto seven = std::span(rows).first(35);
                CHECK(same_bits(forest.predict(seven), {expected.begin(), expected.begin() + 7 * outputs}));
            }
        }
    }
}

TEST_CASE("compact forest: the same at any number of threads") {
    std::mt19937_64 random(3);
    std::vector<GrownTree> trees;
    for (int t = 0; t < 9; ++t) trees.push_back(random_tree(random, 4, 2, 100));
    const CompactForest forest(trees, 4);
    const std::vector<float> rows = hard_rows(random, trees, 4, 3000, true);
    const int before = num_threads();
    set_num_threads(1);
    const std::vector<double> alone = forest.predict(rows);
    set_num_threads(4);
    CHECK(same_bits(forest.predict(rows), alone));
    set_num_threads(before);
}

TEST_CASE("compact forest: more features and longer ways than small nodes hold") {
    std::mt19937_64 random(5);
    for (const assay::index features : {assay::index{9000}, assay::index{3}}) {
        // A chain whose left children are leaves and whose heavy side is the right: offsets grow past 65,535.
        std::vector<GrownTree> trees{random_tree(random, features, 1, features == 3 ? 70000 : 50)};
        const CompactForest forest(trees, features);
        const std::vector<float> rows = hard_rows(random, trees, features, 20, true);
        CHECK(same_bits(forest.predict(rows), plain_prediction(trees, rows, features)));
        const std::vector<GrownTree> again = forest.grown();
        CHECK(same_bits(CompactForest(again, features).predict(rows), plain_prediction(trees, rows, features)));
    }
}

TEST_CASE("compact forest: contributions of a tree made by hand") {
    // Means by weight: inner node (3·1 + 1·5) / 4 = 2, root (4·2 + 4·10) / 8 = 6.
    const CompactForest forest(std::vector{three_leaves()}, 3);
    const auto parts = forest.contributions(std::vector<float>{0, 0, 0});
    CHECK(parts.base[0] == Approx(6));
    CHECK(parts.by_feature[0] == Approx(-4));  // root → inner node
    CHECK(parts.by_feature[1] == Approx(3));   // inner node → leaf of 5
    CHECK(parts.by_feature[2] == 0);
}

TEST_CASE("compact forest: contributions and base sum to the prediction") {
    std::mt19937_64 random(11);
    std::vector<GrownTree> trees;
    for (int t = 0; t < 20; ++t) trees.push_back(random_tree(random, 6, 2, 60));
    const CompactForest forest(trees, 6);
    const std::vector<float> rows = hard_rows(random, trees, 6, 50, true);
    for (std::size_t r = 0; r < 50; ++r) {
        const auto row = std::span(rows).subspan(r * 6, 6);
        const auto parts = forest.contributions(row);
        const std::vector<double> predicted = forest.predict(row);
        for (std::size_t k = 0; k < 2; ++k) {
            double sum = parts.base[k];
            for (std::size_t f = 0; f < 6; ++f) sum += parts.by_feature[f * 2 + k];
            CHECK(sum == Approx(predicted[k]).margin(1e-12));
        }
    }
}

TEST_CASE("compact forest: what is no tree is refused") {
    const auto refused = [](auto change) {
        GrownTree tree = three_leaves();
        change(tree);
        CHECK_THROWS_AS(CompactForest(std::vector{tree}, 2), ValueError);
    };
    refused([](GrownTree& t) { t.feature[1] = 2; });
    refused([](GrownTree& t) { t.threshold[0] = std::nan(""); });
    refused([](GrownTree& t) { t.left[1] = 1; });
    refused([](GrownTree& t) { t.left[1] = 0; });
    refused([](GrownTree& t) { t.left[1] = 5; });
    refused([](GrownTree& t) { t.left[1] = 3; });
    refused([](GrownTree& t) { t.left[2] = 3; });
    refused([](GrownTree& t) { t.feature[1] = -1, t.left[1] = t.right[1] = -1; });
    refused([](GrownTree& t) { t.value[4] = std::numeric_limits<double>::infinity(); });
    refused([](GrownTree& t) { t.weight[4] = -1; });
    refused([](GrownTree& t) { t.weight.pop_back(); });
    refused([](GrownTree& t) { t = GrownTree{}; });
    CHECK_THROWS_AS(CompactForest(std::vector<GrownTree>{}, 2), ValueError);
    CHECK_THROWS_AS(CompactForest(std::vector{three_leaves()}, 0), ValueError);
    const CompactForest forest(std::vector{three_leaves()}, 2);
    CHECK_THROWS_AS(forest.predict(std::vector<float>{1, 2, 3}), ShapeError);
    CHECK_THROWS_AS(forest.contributions(std::vector<float>{1, 2, 3, 4}), ShapeError);
}
