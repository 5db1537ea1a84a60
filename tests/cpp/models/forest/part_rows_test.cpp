#include "models/forest/part_rows.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/compact_forest.hpp"
#include "catch.hpp"
#include "made_up_trees.hpp"
#include "models/forest/kernels.hpp"

using namespace assay;
using namespace forest_tests;
using models::CompactForest;
using models::forest::kMissingKey;
using models::forest::PartKernels;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

bool equal_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

/// Every way to run a forest that this machine has, one after the other.
template <class Check>
void with_each_kernels(Check&& check) {
    for (const PartKernels* kernels : models::forest::available_part_kernels()) {
        models::forest::use_part_kernels(kernels);
        INFO("kernels: " << kernels->name);
        check(*kernels);
    }
    models::forest::use_part_kernels(nullptr);
}

/// Trees and leaves of a block by part_rows, against plain walks; each row must arrive once in each tree.
void check_block(const std::vector<GrownTree>& trees, const std::vector<float>& rows, assay::index features) {
    const auto content = models::forest::lay_out(trees, features);
    const auto count = static_cast<std::size_t>(std::ssize(rows) / features);
    const CompactForest forest(content);
    std::size_t next = 0;
    bool right = true;
    models::forest::part_rows(*content, rows.data(), static_cast<assay::index>(count),
                              [&](std::size_t tree, const std::uint16_t* arrived, const std::uint32_t* leaves) {
                                  right = right && tree == next++;
                                  std::vector<int> seen(count, 0);
                                  for (std::size_t i = 0; i < count; ++i) {
                                      const std::size_t row = arrived[i];
                                      right = right && row < count && ++seen[row] == 1;
                                      if (!right) return;
                                      const float* values = rows.data() + row * static_cast<std::size_t>(features);
                                      const double wanted = trees[tree].value[plain_leaf(trees[tree], values)];
                                      const double got = content->with_nodes([&](const auto* nodes) {
                                          return content->values[nodes[leaves[i]].leaf_value()];
                                      });
                                      right = right && wanted == got;
                                  }
                              });
    CHECK(next == trees.size());
    CHECK(right);
}

/// A chain: one child of each node is a leaf, the other goes on.
GrownTree chain(assay::index length, bool to_the_left, double first, double step) {
    GrownTree tree;
    add_node(tree, -1, 0, {-1}, 1);
    for (assay::index i = 0, node = 0; i < length; ++i) {
        const auto at = static_cast<std::size_t>(node);
        tree.feature[at] = static_cast<int>(i % 2);
        tree.threshold[at] = first + step * static_cast<double>(i);
        tree.missing_left[at] = i % 3 == 0;
        const int leaf = add_node(tree, -1, 0, {static_cast<double>(i)}, 1), on = add_node(tree, -1, 0, {-2}, 2);
        tree.left[at] = to_the_left ? on : leaf;
        tree.right[at] = to_the_left ? leaf : on;
        node = on;
    }
    return tree;
}

}  // namespace

TEST_CASE("parted rows: a list is split as std::stable_partition does") {
    std::mt19937_64 random(2);
    std::vector<std::uint32_t> column(70000);
    for (std::uint32_t& key : column) {
        const std::uint32_t kinds[] = {kMissingKey, kMissingKey - 1, 0x007FFFFF, 0x80000000,
                                       static_cast<std::uint32_t>(random() % kMissingKey)};
        key = kinds[random() % 5];
    }
    with_each_kernels([&](const PartKernels& kernels) {
        if (kernels.split == nullptr) return;
        for (std::uint32_t count = 1; count < 66000; count = count < 200 ? count + 1 : count * 2 + 1) {
            for (const std::uint32_t threshold : {0x007FFFFFu, 0x80000000u, kMissingKey - 1, 0x90000000u}) {
                for (const std::uint32_t limit : {kMissingKey, ~0u}) {
                    std::vector<std::uint16_t> list(std::min(count, 65536u));
                    std::iota(list.begin(), list.end(), std::uint16_t{0});
                    if (count % 3 == 0) std::shuffle(list.begin(), list.end(), random);
                    const auto n = static_cast<std::uint32_t>(list.size());
                    std::vector<std::uint16_t> wanted = list, fewer(n + models::forest::kPartRoom);
                    const auto goes_left = [&](std::uint16_t row) {
                        return !(column[row] > threshold && column[row] < limit);
                    };
                    const auto middle = std::stable_partition(wanted.begin(), wanted.end(), goes_left);
                    const auto left = static_cast<std::uint32_t>(middle - wanted.begin());
                    list.resize(n + models::forest::kPartRoom);
                    std::vector<std::uint8_t> marks(n + models::forest::kPartRoom);
                    const std::uint32_t right =
                        kernels.split(list.data(), n, {column.data(), threshold, limit}, fewer.data(), marks.data());
                    REQUIRE(right == n - left);
                    const auto& lefts = right > left ? fewer : list;
                    const auto& rights = right > left ? list : fewer;
                    REQUIRE(std::equal(wanted.begin(), middle, lefts.begin()));
                    REQUIRE(std::equal(middle, wanted.end(), rights.begin()));
                }
            }
        }
    });
}

TEST_CASE("parted rows: each row arrives once, at the leaf of the plain walk") {
    std::mt19937_64 random(4);
    const assay::index features = 4;
    for (const assay::index splits : {0, 1, 2, 30, 900}) {
        std::vector<GrownTree> trees;
        for (int t = 0; t < 5; ++t) trees.push_back(random_tree(random, features, 1, splits));
        for (const assay::index count : {1, 2, 15, 16, 17, 31, 33, 64, 127, 129, 500, 2047, 4099}) {
            const std::vector<float> rows = hard_rows(random, trees, features, count, count % 2 == 1);
            with_each_kernels([&](const PartKernels& kernels) {
                if (kernels.split != nullptr) check_block(trees, rows, features);
            });
        }
    }
}

TEST_CASE("parted rows: the most rows that a block can have") {
    std::mt19937_64 random(6);
    const std::vector<GrownTree> trees{random_tree(random, 2, 1, 300), random_tree(random, 2, 1, 1)};
    const std::vector<float> rows = hard_rows(random, trees, 2, 65536, true);
    with_each_kernels([&](const PartKernels& kernels) {
        if (kernels.split != nullptr) check_block(trees, rows, 2);
    });
}

TEST_CASE("parted rows: chains, of which every node sends off one row or none") {
    std::mt19937_64 random(8);
    for (const bool to_the_left : {false, true}) {
        const std::vector<GrownTree> trees{chain(3000, to_the_left, to_the_left ? 1500 : -1500, to_the_left ? -1 : 1)};
        std::vector<float> rows(2 * 3001);
        for (float& value : rows) value = static_cast<float>(static_cast<double>(random() % 3200) - 1600);
        for (std::size_t i = 0; i < 600; ++i) rows[random() % rows.size()] = kNaN;
        with_each_kernels([&](const PartKernels& kernels) {
            if (kernels.split != nullptr) check_block(trees, rows, 2);
        });
    }
}

TEST_CASE("parted rows: zeros, infinities and thresholds that are values") {
    std::vector<GrownTree> trees;
    for (const double threshold : {0.0, -0.0, static_cast<double>(kInf), -static_cast<double>(kInf), 1.0, -1.0}) {
        for (const bool missing_left : {false, true}) {
            GrownTree tree = three_leaves();
            tree.threshold[0] = tree.threshold[1] = threshold;
            tree.missing_left[0] = missing_left ? 1 : 0;
            tree.missing_left[1] = missing_left ? 0 : 1;
            trees.push_back(tree);
        }
    }
    std::mt19937_64 random(9);
    const float kinds[] = {0.0F, -0.0F, kInf, -kInf, kNaN, -kNaN, 1.0F, -1.0F, std::nextafter(1.0F, 2.0F)};
    std::vector<float> rows(2 * 1300);
    for (float& value : rows) value = kinds[random() % std::size(kinds)];
    with_each_kernels([&](const PartKernels& kernels) {
        if (kernels.split != nullptr) check_block(trees, rows, 2);
    });
}

TEST_CASE("parted rows: wide nodes") {
    std::mt19937_64 random(10);
    for (const assay::index features : {assay::index{9000}, assay::index{3}}) {
        std::vector<GrownTree> trees{random_tree(random, features, 1, features == 3 ? 70000 : 200)};
        if (features == 3) trees.push_back(chain(40000, false, -20000, 1));  // offsets past 65,535
        const std::vector<float> rows = hard_rows(random, trees, features, features == 3 ? 1500 : 70, true);
        REQUIRE_FALSE(models::forest::lay_out(trees, features)->wide.empty());
        with_each_kernels([&](const PartKernels& kernels) {
            if (kernels.split != nullptr) check_block(trees, rows, features);
        });
    }
}

TEST_CASE("parted rows: predictions are the same bits by every way, in any batch, on any number of threads") {
    std::mt19937_64 random(12);
    const assay::index features = 6, most = 70000;
    const int before = num_threads();
    for (const assay::index outputs : {1, 2, 5}) {
        std::vector<GrownTree> trees;
        for (int t = 0; t < 11; ++t) trees.push_back(random_tree(random, features, outputs, t % 4 == 0 ? 3 : 400));
        const CompactForest forest(trees, features);
        const std::vector<float> rows = hard_rows(random, trees, features, outputs == 2 ? most : 9001, true);
        const std::vector<double> expected = plain_prediction(trees, rows, features);
        with_each_kernels([&](const PartKernels&) {
            for (const int threads : {1, 3}) {
                set_num_threads(threads);
                CHECK(equal_bits(forest.predict(rows), expected));
                for (const std::size_t count : {1, 3, 4, 127, 128, 129, 511, 700, 1025, 2100}) {
                    const auto some = std::span(rows).first(count * static_cast<std::size_t>(features));
                    const auto end = expected.begin() + static_cast<assay::index>(count) * outputs;
                    CHECK(equal_bits(forest.predict(some), {expected.begin(), end}));
                }
            }
        });
    }
    set_num_threads(before);
}

TEST_CASE("parted rows: leaves are numbered alike by every way") {
    std::mt19937_64 random(14);
    std::vector<GrownTree> trees;
    for (int t = 0; t < 4; ++t) trees.push_back(random_tree(random, 3, 1, 50));
    const CompactForest forest(trees, 3);
    const std::vector<float> rows = hard_rows(random, trees, 3, 3000, true);
    std::vector<assay::index> one_by_one;
    for (std::size_t r = 0; r < 3000; ++r) {
        for (const assay::index leaf : forest.leaves(std::span(rows).subspan(3 * r, 3))) one_by_one.push_back(leaf);
    }
    with_each_kernels([&](const PartKernels&) { CHECK(forest.leaves(rows) == one_by_one); });
}
