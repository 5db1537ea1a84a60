#include "assay/base/error.hpp"
#include "models/forest/forest_content.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace assay::models::forest {
namespace {

constexpr index kLevelsByBreadth = 4;
constexpr index kMostSmallValues = 0xFFFFFFFFu - kLeafKey;

[[noreturn]] void refuse_tree(index tree, const std::string& what) {
    throw ValueError("CompactForest: expected trees as they are grown, got tree " + std::to_string(tree) + " with " +
                     what);
}

template <class T>
std::size_t at(T i) {
    return static_cast<std::size_t>(i);
}

void check_tree(const GrownTree& tree, index number, index features, index outputs) {
    const index n = tree.nodes();
    if (n < 1) refuse_tree(number, "no node");
    if (tree.outputs != outputs) refuse_tree(number, "another number of outputs than the first");
    if (std::ssize(tree.threshold) != n || std::ssize(tree.left) != n || std::ssize(tree.right) != n ||
        std::ssize(tree.missing_left) != n || std::ssize(tree.value) != n * outputs || std::ssize(tree.weight) != n) {
        refuse_tree(number, "arrays that differ in length");
    }
    std::vector<std::uint8_t> parents(at(n), 0);
    for (index i = 0; i < n; ++i) {
        const index left = tree.left[at(i)], right = tree.right[at(i)];
        if (tree.feature[at(i)] < 0) {
            if (left >= 0 || right >= 0) refuse_tree(number, "children of a leaf");
            for (index k = 0; k < outputs; ++k) {
                if (!std::isfinite(tree.value[at(i * outputs + k)])) refuse_tree(number, "a leaf's value not finite");
            }
            if (!(tree.weight[at(i)] >= 0) || std::isinf(tree.weight[at(i)])) {
                refuse_tree(number, "a leaf's weight negative or not finite");
            }
            continue;
        }
        if (tree.feature[at(i)] >= features) {
            refuse_tree(number,
                        "feature " + std::to_string(tree.feature[at(i)]) + " of rows with " + std::to_string(features));
        }
        if (std::isnan(tree.threshold[at(i)])) refuse_tree(number, "a threshold that is NaN");
        if (left <= i || right <= i || left >= n || right >= n || left == right) {
            refuse_tree(number, "children out of range or before their parent");
        }
        if (parents[at(left)]++ > 0 || parents[at(right)]++ > 0) refuse_tree(number, "a child of two parents");
    }
    if (std::count(parents.begin(), parents.end(), 0) != 1) refuse_tree(number, "nodes that nothing leads to");
}

/// Places of a tree's nodes, children beside each other, and how deep it is.
struct Places {
    std::vector<std::uint32_t> of;  ///< by node
    index depth = 0;
    index largest_offset = 0;
};

Places place_nodes(const GrownTree& tree) {
    Places places;
    places.of.assign(at(tree.nodes()), 0);
    std::uint32_t next = 1;
    struct Pending {
        std::int32_t node;
        std::int32_t depth;
    };
    const auto place_children = [&](Pending one) {
        const auto left = tree.left[at(one.node)];
        places.of[at(left)] = next;
        places.of[at(tree.right[at(one.node)])] = next + 1;
        places.largest_offset = std::max<index>(places.largest_offset, next - places.of[at(one.node)]);
        places.depth = std::max<index>(places.depth, one.depth + 1);
        next += 2;
    };
    std::vector<Pending> level{{0, 0}}, below, pending;
    for (index depth = 0; depth < kLevelsByBreadth; ++depth) {
        below.clear();
        for (const Pending one : level) {
            if (tree.feature[at(one.node)] < 0) continue;
            place_children(one);
            below.push_back({tree.left[at(one.node)], one.depth + 1});
            below.push_back({tree.right[at(one.node)], one.depth + 1});
        }
        level.swap(below);
    }
    for (const Pending top : level) {
        pending.assign(1, top);
        while (!pending.empty()) {
            const Pending one = pending.back();
            pending.pop_back();
            if (tree.feature[at(one.node)] < 0) continue;
            place_children(one);
            const Pending left{tree.left[at(one.node)], one.depth + 1}, right{tree.right[at(one.node)], one.depth + 1};
            const bool left_first = tree.weight[at(left.node)] >= tree.weight[at(right.node)];
            pending.push_back(left_first ? right : left);
            pending.push_back(left_first ? left : right);
        }
    }
    return places;
}

/// Numbers of different leaf values; bits decide, so that 0 and −0 are two.
class ValueTable {
  public:
    explicit ValueTable(index outputs) : outputs_(outputs) {}

    std::uint32_t number_of(const double* value) {
        const std::string_view bytes(reinterpret_cast<const char*>(value), at(outputs_) * sizeof(double));
        const std::size_t hash = std::hash<std::string_view>{}(bytes);
        const auto [first, last] = numbers_.equal_range(hash);
        for (auto found = first; found != last; ++found) {
            if (std::memcmp(values_.data() + at(found->second) * at(outputs_), value, bytes.size()) == 0) {
                return found->second;
            }
        }
        const auto number = static_cast<std::uint32_t>(values_.size() / at(outputs_));
        values_.insert(values_.end(), value, value + outputs_);
        numbers_.emplace(hash, number);
        return number;
    }
    std::vector<double> take() { return std::move(values_); }

  private:
    index outputs_;
    std::vector<double> values_{};
    std::unordered_multimap<std::size_t, std::uint32_t> numbers_{};
};

template <class N>
void fill_nodes(std::vector<N>& nodes, const GrownTree& tree, const Places& places, std::uint32_t root,
                const std::vector<std::uint32_t>& value_numbers) {
    using Lane = decltype(N::lane);
    using Offset = decltype(N::offset);
    for (index i = 0; i < tree.nodes(); ++i) {
        N& node = nodes[root + places.of[at(i)]];
        const std::int32_t feature = tree.feature[at(i)];
        if (feature < 0) {
            const std::uint32_t value = value_numbers[at(i)];
            node = {};
            node.key = kLeafKey;
            if constexpr (std::is_same_v<N, WideNode>) {
                node.value = value;
            } else {
                node.key += value;
            }
            continue;
        }
        node.key = key_of(float_below(tree.threshold[at(i)]));
        node.lane = static_cast<Lane>(feature * kLanes);
        node.offset = static_cast<Offset>(places.of[at(tree.left[at(i)])] - places.of[at(i)]);
    }
}

/// Leaf weights in the order from the left.
void append_leaf_weights(const GrownTree& tree, std::vector<double>& weights) {
    std::vector<std::int32_t> pending{0};
    while (!pending.empty()) {
        const std::int32_t node = pending.back();
        pending.pop_back();
        if (tree.feature[at(node)] < 0) {
            weights.push_back(tree.weight[at(node)]);
            continue;
        }
        pending.push_back(tree.right[at(node)]);
        pending.push_back(tree.left[at(node)]);
    }
}

/// Where a missing value goes left; at leaves it does, too, and so stays.
void mark_missing_left(CompactForest::Content& content, const GrownTree& tree, const Places& places,
                       std::uint32_t root) {
    if (content.missing_left.empty()) return;
    for (index i = 0; i < tree.nodes(); ++i) {
        if (tree.feature[at(i)] >= 0 && tree.missing_left[at(i)] == 0) continue;
        const std::uint32_t node = root + places.of[at(i)];
        content.missing_left[node / 64] |= std::uint64_t{1} << (node % 64);
    }
}

bool asks_for_missing(const GrownTree& tree) {
    for (index i = 0; i < tree.nodes(); ++i) {
        if (tree.feature[at(i)] >= 0 && tree.missing_left[at(i)] != 0) return true;
    }
    return false;
}

/// Everything but the leaf values: `number_of(tree, node)` is the number of a leaf's.
template <class NumberOf>
std::shared_ptr<CompactForest::Content> lay_out_with(std::span<const GrownTree> trees, index features,
                                                     index most_values, NumberOf&& number_of) {
    auto content = std::make_shared<CompactForest::Content>();
    content->features = features;
    std::vector<Places> places;
    std::vector<std::vector<std::uint32_t>> numbers;
    index slots = 0, largest_offset = 0;
    std::uint32_t largest_number = 0;
    for (const GrownTree& tree : trees) {
        check_tree(tree, &tree - trees.data(), features, trees.front().outputs);
        places.push_back(place_nodes(tree));
        auto& own = numbers.emplace_back(at(tree.nodes()), 0);
        for (index i = 0; i < tree.nodes(); ++i) {
            if (tree.feature[at(i)] >= 0) continue;
            own[at(i)] = number_of(tree, i);
            largest_number = std::max(largest_number, own[at(i)]);
        }
        append_leaf_weights(tree, content->leaf_weights);
        content->depth = std::max(content->depth, places.back().depth);
        content->node_count += tree.nodes();
        largest_offset = std::max(largest_offset, places.back().largest_offset);
        // A root stands before a line of the cache, so that pairs of children are never cut by its end.
        slots += kLanes - 1 - slots % kLanes;
        content->roots.push_back(static_cast<std::uint32_t>(slots));
        slots += tree.nodes();
        if (slots > 0xFFFFFF00) throw ValueError("CompactForest: expected at most 4 billion nodes");
    }
    const bool small = features * kLanes <= 0xFFFF && largest_offset <= 0xFFFF && largest_number < most_values;
    if (small) {
        content->nodes.resize(at(slots));
    } else {
        content->wide.resize(at(slots));
    }
    if (std::any_of(trees.begin(), trees.end(), asks_for_missing)) content->missing_left.resize(at(slots / 64 + 1));
    for (std::size_t t = 0; t < trees.size(); ++t) {
        const std::uint32_t root = content->roots[t];
        if (small) {
            fill_nodes(content->nodes, trees[t], places[t], root, numbers[t]);
        } else {
            fill_nodes(content->wide, trees[t], places[t], root, numbers[t]);
        }
        mark_missing_left(*content, trees[t], places[t], root);
    }
    return content;
}

void check_sizes(std::span<const GrownTree> trees, index features) {
    if (trees.empty()) throw ValueError("CompactForest: expected at least one tree, got none");
    if (features < 1 || features > (index{1} << 28)) {
        throw ValueError("CompactForest: expected 1 to 268,435,456 features, got " + std::to_string(features));
    }
    if (trees.front().outputs < 1) throw ValueError("CompactForest: expected at least one output");
}

}  // namespace

std::shared_ptr<const CompactForest::Content> lay_out(std::span<const GrownTree> trees, index features) {
    check_sizes(trees, features);
    const index outputs = trees.front().outputs;
    ValueTable table(outputs);
    auto content = lay_out_with(trees, features, kMostSmallValues, [&](const GrownTree& tree, index leaf) {
        return table.number_of(tree.value.data() + leaf * outputs);
    });
    content->outputs = outputs;
    content->values = table.take();
    return content;
}

std::shared_ptr<const CompactForest::Content> lay_out(std::span<const GrownTree> trees, index features,
                                                      LeafTable table) {
    check_sizes(trees, features);
    const auto count = static_cast<double>(std::ssize(table.values) / table.outputs);
    if (!std::all_of(table.values.begin(), table.values.end(), [](double v) { return std::isfinite(v); })) {
        throw ValueError("CompactForest: expected leaf values that are finite");
    }
    auto content = lay_out_with(trees, features, kMostSmallValues, [&](const GrownTree& tree, index leaf) {
        const double place = tree.value[at(leaf)];
        if (!(place >= 0 && place < count)) throw ValueError("CompactForest: expected a place in the table of values");
        return static_cast<std::uint32_t>(place);
    });
    content->outputs = table.outputs;
    content->values = std::move(table.values);
    return content;
}

}  // namespace assay::models::forest
