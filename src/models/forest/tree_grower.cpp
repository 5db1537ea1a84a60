#include "models/forest/tree_grower.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <queue>
#include <type_traits>
#include <utility>

namespace assay::models::detail {
namespace {

constexpr double rounding = std::numeric_limits<double>::epsilon();

double impurity_of(std::span<const double> sums, std::span<const double> class_weight, bool entropy, double& weight) {
    weight = 0;
    for (std::size_t k = 0; k < sums.size(); ++k) weight += sums[k] * class_weight[k];
    double squares = 0, bits = 0;
    for (std::size_t k = 0; k < sums.size(); ++k) {
        const double p = sums[k] * class_weight[k] / weight;
        squares += p * p;
        if (entropy && p > 0) bits -= p * std::log2(p);
    }
    return entropy ? bits : std::max(0.0, 1 - squares);
}

}  // namespace

index features_of_split(const ForestOptions& options, index features, bool classification) {
    if (options.max_features > 0) return std::min(options.max_features, features);
    if (!classification) return features;
    return std::max<index>(1, static_cast<index>(std::sqrt(static_cast<double>(features))));
}

template <class Row>
TreeGrower<Row>::TreeGrower(const FeatureBins& bins, const ForestOptions& options, index classes)
    : bins_(bins),
      options_(options),
      width_(std::is_same_v<Row, ValueRow> ? 2 : static_cast<std::size_t>(classes)),
      moments_(std::is_same_v<Row, ValueRow> || (classes == 2 && options.criterion == SplitCriterion::gini)),
      max_features_(
          static_cast<std::uint32_t>(features_of_split(options, bins.features(), !std::is_same_v<Row, ValueRow>))),
      bin_sums_(classes),
      value_search_(width_),
      order_(static_cast<std::size_t>(bins.features())),
      left_sums_(width_),
      right_sums_(width_) {
    present_.width = static_cast<index>(width_);
    present_.sums.resize(256 * width_);
    present_.missing_sums.resize(width_);
    present_.sides.resize(2 * width_);
}

template <class Row>
GrownTree TreeGrower<Row>::grow(std::vector<Row>& rows, const TreeTask& task, Rng rng) {
    draws_.emplace(rng);
    start(rows, task);
    const Open root{.node = 0, .end = static_cast<std::uint32_t>(rows.size())};
    if (options_.max_leaf_nodes == ForestOptions::unlimited) {
        grow_depth_first(root);
    } else {
        grow_best_first(root);
    }
    return finish();
}

template <class Row>
void TreeGrower<Row>::start(std::vector<Row>& rows, const TreeTask& task) {
    task_ = task;
    limits_ = {.criterion = options_.criterion,
               .min_rows = static_cast<std::uint32_t>(
                   std::min<index>(options_.min_samples_leaf, std::numeric_limits<std::int32_t>::max())),
               .min_weight = task.min_weight_leaf,
               .class_weight = task.class_weight.data()};
    rows_ = rows.data();
    spare_.resize(rows.size() + 1);
    std::iota(order_.begin(), order_.end(), 0U);
    sums_.clear();
    ranges_.clear();
    for (auto* part : {&tree_.feature, &tree_.left, &tree_.right}) part->clear();
    for (auto* part : {&tree_.threshold, &tree_.weight, &tree_.impurity}) part->clear();
    tree_.missing_left.clear();
    measure(rows, left_sums_);
    limits_.logarithms = &logarithms_;
    if constexpr (std::is_same_v<Row, CountRow>) {
        const bool plain =
            std::all_of(task.class_weight.begin(), task.class_weight.end(), [](double w) { return w == 1; });
        if (plain && options_.criterion == SplitCriterion::entropy) logarithms_.reach(rows.size());
        pairs_ = moments_ && plain && left_sums_[0] + left_sums_[1] < static_cast<double>(PairSearch::limit);
    }
    add_node(0, static_cast<std::uint32_t>(rows.size()), left_sums_);
}

template <class Row>
void TreeGrower<Row>::grow_depth_first(Open root) {
    std::vector<Open> stack{root};
    while (!stack.empty()) {
        Open open = stack.back();
        stack.pop_back();
        if (!prepare(open)) continue;
        const auto [left, right] = make_children(open);
        if (may_split(right)) stack.push_back(right);
        if (may_split(left)) stack.push_back(left);
    }
}

template <class Row>
void TreeGrower<Row>::grow_best_first(Open root) {
    const auto worse = [](const Open& a, const Open& b) {
        return a.improvement != b.improvement ? a.improvement < b.improvement : a.node > b.node;
    };
    std::priority_queue<Open, std::vector<Open>, decltype(worse)> frontier(worse);
    if (prepare(root)) frontier.push(root);
    for (index leaves = 1; leaves < options_.max_leaf_nodes && !frontier.empty(); ++leaves) {
        const Open best = frontier.top();
        frontier.pop();
        auto [left, right] = make_children(best);
        if (prepare(left)) frontier.push(left);
        if (prepare(right)) frontier.push(right);
    }
}

template <class Row>
bool TreeGrower<Row>::may_split(const Open& open) const {
    const auto node = static_cast<std::size_t>(open.node);
    const index count = static_cast<index>(open.end - open.begin);
    return open.depth < options_.max_depth && count >= options_.min_samples_split &&
           count / 2 >= options_.min_samples_leaf && tree_.weight[node] >= 2 * task_.min_weight_leaf &&
           tree_.impurity[node] > 0;
}

/// Finds the split of a node and parts its rows; false where it stays a leaf.
template <class Row>
bool TreeGrower<Row>::prepare(Open& open) {
    if (!may_split(open)) return false;
    open.split = find_split(open);
    if (open.split.feature < 0) return false;
    open.middle = partition(open);
    const std::uint32_t left_rows = open.middle - open.begin, right_rows = open.end - open.middle;
    if (!open.split.missing_seen) open.split.missing_left = left_rows > right_rows;
    if (options_.min_impurity_decrease <= 0 && options_.max_leaf_nodes == ForestOptions::unlimited) return true;
    measure_sides(open);
    const NodeRating left = rate(rows(open.begin, open.middle), left_sums_);
    const NodeRating right = rate(rows(open.middle, open.end), right_sums_);
    const auto n = static_cast<std::size_t>(open.node);
    const double after = (left.weight * left.impurity + right.weight * right.impurity) / tree_.weight[n];
    const double of_target = task_.target_scale / task_.target_part, unit = of_target * of_target;
    open.improvement = tree_.weight[n] / tree_.weight[0] * (tree_.impurity[n] - after) * unit;
    return open.improvement + rounding >= options_.min_impurity_decrease;
}

// Features are drawn without replacement until max_features were looked at, and on while all of them are constant.
template <class Row>
Split TreeGrower<Row>::find_split(const Open& open) {
    const auto count = static_cast<std::uint32_t>(order_.size());
    Split best;
    bool only_constants = true, parted = false;
    for (std::uint32_t seen = 0; seen < count && (seen < max_features_ || only_constants); ++seen) {
        std::swap(order_[seen], order_[seen + draws_->below(count - seen)]);
        if (parted) continue;  // no feature can do better, but the draws are those of any path
        if (!search_feature(open, static_cast<index>(order_[seen]), best)) continue;
        only_constants = false;
        parted = best.feature >= 0 && is_parted(open, best);
    }
    return best;
}

/// Whether no split can be better: two rows can be parted in one way only, two classes are pure on their sides.
template <class Row>
bool TreeGrower<Row>::is_parted(const Open& open, const Split& best) const {
    if (open.end - open.begin == 2) return true;
    if (pairs_) return totals_of(open.node).parted_by(best);
    // See search_classes(): with one class a side, the squares over the weight are the weight.
    return !moments_ && options_.criterion == SplitCriterion::gini &&
           best.gain >= tree_.weight[static_cast<std::size_t>(open.node)];
}

/// Looks for a better split on one feature; false where it is constant in the node.
template <class Row>
bool TreeGrower<Row>::search_feature(const Open& open, index feature, Split& best) {
    const std::span<const Row> in_node = rows(open.begin, open.end);
    const auto number = static_cast<std::int32_t>(feature);
    const bool pairs = pairs_ && !bins_.has_missing(feature), wide = bins_.is_wide(feature);
    const index bins = bins_.bins(feature);
    if constexpr (std::is_same_v<Row, CountRow>) {
        const auto search_pairs = [&](auto codes) {
            return pair_search_.search(in_node, codes, bins, totals_of(open.node), limits_, number, best);
        };
        if (pairs && !wide) return search_pairs(bins_.codes(feature));
        if (pairs && 2 * in_node.size() >= static_cast<std::size_t>(bins))
            return search_pairs(bins_.wide_codes(feature));
    }
    if (wide) {
        const std::span<const std::uint16_t> codes = bins_.wide_codes(feature);
        return pairs ? value_search_.search_pairs(in_node, codes, totals_of(open.node), limits_, number, best)
                     : value_search_.search(in_node, codes, sums(open.node), moments_, limits_, number, best);
    }
    if (!bin_sums_.collect(in_node, bins_.codes(feature), bins_.bins(feature), present_)) return false;
    const auto search = moments_ ? &search_moments : &search_classes;
    search(present_, sums(open.node), static_cast<std::uint32_t>(in_node.size()), limits_, number, best);
    return true;
}

/// Puts the rows that go left before the others; both keep their order. Returns where the others begin.
template <class Row>
std::uint32_t TreeGrower<Row>::partition(const Open& open) {
    const index feature = open.split.feature;
    return bins_.is_wide(feature) ? partition_by(open, bins_.wide_codes(feature))
                                  : partition_by(open, bins_.codes(feature));
}

template <class Row>
template <class Code>
std::uint32_t TreeGrower<Row>::partition_by(const Open& open, std::span<const Code> codes) {
    const Code* const code = codes.data();
    // The code of a missing value is above all others; one more, and it is below them.
    const std::uint32_t shift = open.split.missing_left ? 1 : 0;
    const std::uint32_t limit = open.split.below + shift;
    Row* left = rows_ + open.begin;
    Row* right = spare_.data();
    for (const Row *from = rows_ + open.begin, *end = rows_ + open.end; from != end; ++from) {
        const Row row = *from;
        const bool goes_left = static_cast<Code>(code[row.row] + shift) <= limit;
        *left = row;
        *right = row;
        left += goes_left ? 1 : 0;
        right += goes_left ? 0 : 1;
    }
    std::copy(spare_.data(), right, left);
    return static_cast<std::uint32_t>(left - rows_);
}

template <class Row>
auto TreeGrower<Row>::make_children(const Open& open) -> std::pair<Open, Open> {
    measure_sides(open);
    const auto node = static_cast<std::size_t>(open.node);
    const std::int32_t left = add_node(open.begin, open.middle, left_sums_);
    const std::int32_t right = add_node(open.middle, open.end, right_sums_);
    tree_.feature[node] = open.split.feature;
    tree_.threshold[node] = open.split.above == Split::none
                                ? std::numeric_limits<double>::infinity()  // all that is not missing goes left
                                : bins_.threshold(open.split.feature, open.split.below, open.split.above);
    tree_.left[node] = left;
    tree_.right[node] = right;
    tree_.missing_left[node] = open.split.missing_left ? 1 : 0;
    return {Open{.node = left, .begin = open.begin, .end = open.middle, .depth = open.depth + 1},
            Open{.node = right, .begin = open.middle, .end = open.end, .depth = open.depth + 1}};
}

template <class Row>
std::int32_t TreeGrower<Row>::add_node(std::uint32_t begin, std::uint32_t end, std::span<const double> sums) {
    const NodeRating rating = rate(rows(begin, end), sums);
    if constexpr (std::is_same_v<Row, ValueRow>) ranges_.emplace_back(begin, end);
    const auto node = static_cast<std::int32_t>(tree_.feature.size());
    tree_.feature.push_back(-1);
    tree_.threshold.push_back(0);
    tree_.left.push_back(-1);
    tree_.right.push_back(-1);
    tree_.missing_left.push_back(0);
    tree_.weight.push_back(rating.weight);
    tree_.impurity.push_back(rating.impurity);
    sums_.insert(sums_.end(), sums.begin(), sums.end());
    return node;
}

template <class Row>
void TreeGrower<Row>::measure(std::span<const Row> rows, std::span<double> sums) const {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (const Row& row : rows) {
        if constexpr (std::is_same_v<Row, ValueRow>) {
            sums[0] += row.weight;
            sums[1] += row.weight * row.target;
        } else {
            sums[row.target] += static_cast<double>(row.weight);
        }
    }
}

template <class Row>
void TreeGrower<Row>::measure_sides(const Open& open) {
    if constexpr (std::is_same_v<Row, CountRow>) {  // whole numbers: what one side lacks is on the other
        const bool left_is_smaller = open.middle - open.begin <= open.end - open.middle;
        std::vector<double>& smaller = left_is_smaller ? left_sums_ : right_sums_;
        std::vector<double>& greater = left_is_smaller ? right_sums_ : left_sums_;
        measure(left_is_smaller ? rows(open.begin, open.middle) : rows(open.middle, open.end), smaller);
        const std::span<const double> all = sums(open.node);
        for (std::size_t k = 0; k < width_; ++k) greater[k] = all[k] - smaller[k];
    } else {
        measure(rows(open.begin, open.middle), left_sums_);
        measure(rows(open.middle, open.end), right_sums_);
    }
}

template <class Row>
auto TreeGrower<Row>::rate(std::span<const Row> rows, std::span<const double> sums) const -> NodeRating {
    NodeRating rating;
    if constexpr (std::is_same_v<Row, ValueRow>) {
        rating.weight = sums[0];
        const double mean = sums[1] / sums[0];
        double squares = 0;
        bool varies = false;
        for (const Row& row : rows) {
            squares += row.weight * (row.target - mean) * (row.target - mean);
            varies = varies || row.target != rows[0].target;
        }
        rating.impurity = varies ? squares / sums[0] : 0;
    } else {
        const bool entropy = options_.criterion == SplitCriterion::entropy;
        rating.impurity = impurity_of(sums, task_.class_weight, entropy, rating.weight);
    }
    return rating;
}

/// The mean of a leaf's own targets: equal ones give themselves, whatever the other leaves hold.
template <class Row>
double TreeGrower<Row>::mean_target(std::size_t leaf) const {
    double sum = 0, weights = 0, first = 0;
    if constexpr (std::is_same_v<Row, ValueRow>) {
        const std::span<const Row> own = rows(ranges_[leaf].first, ranges_[leaf].second);
        first = task_.targets[own[0].row];
        for (const Row& row : own) {
            sum += row.weight * (task_.targets[row.row] - first);
            weights += row.weight;
        }
    }
    return first + sum / weights;
}

/// The tree with fractions or means for sums, in as much memory as it needs.
template <class Row>
GrownTree TreeGrower<Row>::finish() {
    GrownTree tree = tree_;
    const std::size_t nodes = tree.feature.size();
    if constexpr (std::is_same_v<Row, ValueRow>) {
        tree.outputs = 1;
        const double of_target = task_.target_scale / task_.target_part;
        tree.value.resize(nodes);
        for (std::size_t n = 0; n < nodes; ++n) {
            const double off = task_.target_scale * (sums_[2 * n + 1] / sums_[2 * n]);
            const double mean = (task_.target_centre + off) / task_.target_part;
            tree.value[n] = tree.feature[n] < 0 ? mean_target(n) : mean;
            if (!std::isfinite(tree.value[n])) tree.value[n] = mean;
            tree.impurity[n] *= of_target * of_target;
        }
    } else {
        tree.outputs = static_cast<index>(width_);
        tree.value.resize(nodes * width_);
        for (std::size_t n = 0; n < nodes; ++n) {
            for (std::size_t k = 0; k < width_; ++k)
                tree.value[n * width_ + k] = sums_[n * width_ + k] * task_.class_weight[k] / tree.weight[n];
        }
    }
    return tree;
}

template class TreeGrower<CountRow>;
template class TreeGrower<WeightRow>;
template class TreeGrower<ValueRow>;

}  // namespace assay::models::detail
