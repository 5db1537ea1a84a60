#include "assay/models/selection/folds.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

using Numbers = std::vector<std::int64_t>;
using Folds = std::vector<std::int32_t>;

/// Rows of each label in each fold.
std::map<std::int64_t, std::map<std::int32_t, int>> table_of(const Numbers& labels, const Folds& folds) {
    std::map<std::int64_t, std::map<std::int32_t, int>> counts;
    for (std::size_t i = 0; i < labels.size(); ++i) ++counts[labels[i]][folds[i]];
    return counts;
}

bool groups_are_whole(const Numbers& groups, const Folds& folds) {
    std::map<std::int64_t, std::set<std::int32_t>> seen;
    for (std::size_t i = 0; i < groups.size(); ++i) seen[groups[i]].insert(folds[i]);
    return std::all_of(seen.begin(), seen.end(), [](const auto& it) { return it.second.size() == 1; });
}

}  // namespace

TEST_CASE("Stratified folds without a seed are dealt out in turn", "[folds]") {
    // As StratifiedKFold(3) of scikit-learn has them.
    CHECK(stratified_folds(Numbers{0, 0, 0, 0, 1, 1, 1, 1, 1, 1}, 3) == Folds{0, 0, 1, 2, 0, 0, 1, 1, 2, 2});
    CHECK(stratified_folds(Numbers{5, 9, 5, 9}, 2) == Folds{0, 0, 1, 1});
}

TEST_CASE("Every fold has the same number of each class but for one", "[folds]") {
    Rng rng(2);
    Numbers labels;
    for (int i = 0; i < 1003; ++i) labels.push_back(rng.uniform() < 0.03 ? 1 : 0);
    for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{7}}) {
        for (const auto& [label, by_fold] : table_of(labels, stratified_folds(labels, 5, seed))) {
            CHECK(by_fold.size() == 5);
            int least = 1'000'000, most = 0;
            for (const auto& [fold, count] : by_fold) {
                least = std::min(least, count);
                most = std::max(most, count);
            }
            CHECK(most - least <= 1);
        }
    }
    CHECK(stratified_folds(labels, 5, 7) == stratified_folds(labels, 5, 7));
    CHECK(stratified_folds(labels, 5, 7) != stratified_folds(labels, 5, 8));
}

TEST_CASE("Groups stay whole and folds are about equal", "[folds]") {
    CHECK(group_folds(Numbers{0, 0, 0, 1, 1, 2}, 2) == Folds{0, 0, 0, 1, 1, 1});
    Rng rng(3);
    Numbers groups, labels;
    for (int i = 0; i < 2000; ++i) {
        groups.push_back(rng.integer(0, 99));
        labels.push_back(groups.back() % 10 == 0);
    }
    for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, std::optional<std::uint64_t>{1}}) {
        const Folds folds = group_folds(groups, 5, seed);
        CHECK(groups_are_whole(groups, folds));
        for (int f = 0; f < 5; ++f) CHECK(std::abs(std::count(folds.begin(), folds.end(), f) - 400) <= 20);
        const Folds stratified = stratified_group_folds(labels, groups, 5, seed);
        CHECK(groups_are_whole(groups, stratified));
        const auto by_label = table_of(labels, stratified);
        for (const auto& [fold, count] : by_label.at(1)) CHECK(std::abs(count - 40) <= 12);
    }
    CHECK(group_folds(groups, 5, 1) != group_folds(groups, 5, 2));
}

TEST_CASE("Folds that cannot be are refused", "[folds]") {
    CHECK_THROWS_AS(stratified_folds(Numbers{0, 1}, 1), ValueError);
    CHECK_THROWS_AS(stratified_folds(Numbers{0, 1, 0, 1}, 3), ValueError);
    CHECK_THROWS_AS(stratified_folds(Numbers{}, 2), ValueError);
    CHECK_THROWS_AS(stratified_folds(Numbers{0, -1, 0}, 2), ValueError);
    CHECK_THROWS_AS(group_folds(Numbers{0, 0, 0}, 2), ValueError);
    CHECK_THROWS_AS(stratified_group_folds(Numbers{0, 1}, Numbers{0}, 2), ShapeError);
    CHECK_THROWS_AS(stratified_group_folds(Numbers{0, 0, 0}, Numbers{0, 0, 0}, 2), ValueError);
}
