// How a forest lies in memory to run.
//
// Measured (100 unpruned trees of 30,000 × 23, 410,000 nodes, mean path 15): nodes of 8 bytes whose children are
// neighbours, so that a step is `node + offset + (threshold < value)` without a branch, values as whole numbers that
// order as the floats do, so that comparing and adding are two instructions. The first four levels of a tree by
// breadth, the rest by depth with the heavier child first: 4.5 µs for a row, against 9 by depth alone and 10 by breadth
// alone. Ten trees (for a row) or eight rows (for a batch) walk together and stop when all are at leaves, which lead to
// themselves: twice as fast as dropping finished ones from a list, and as gathers of AVX-512, which need three for each
// step.
#pragma once

#include "assay/base/index.hpp"
#include "assay/models/forest/compact_forest.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace assay::models {
namespace forest {

constexpr std::uint32_t kMissingKey = 0xFF800001u;  ///< above the key of +∞
constexpr std::uint32_t kLeafKey = 0xFF800002u;     ///< plus the number of the value: above every value of a row
constexpr index kLanes = 8;                         ///< rows that lie interleaved: feature f of row r at 8 f + r

/// A whole number for each float, in their order; equal for 0 and −0.
inline std::uint32_t key_of(float value) noexcept {
    value += 0.0F;
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, 4);
    const auto sign = static_cast<std::uint32_t>(-static_cast<std::int32_t>(bits >> 31));
    return std::isnan(value) ? kMissingKey : bits ^ (sign | 0x80000000u);
}

inline float float_of(std::uint32_t key) noexcept {
    const std::uint32_t bits = (key & 0x80000000u) != 0 ? key ^ 0x80000000u : ~key;
    float value = 0;
    std::memcpy(&value, &bits, 4);
    return value;
}

/// The largest float that is not above the threshold: `x <= threshold` for floats x is unchanged.
inline float float_below(double threshold) noexcept {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (threshold > static_cast<double>(std::numeric_limits<float>::max()) && !std::isinf(threshold)) {
        return std::numeric_limits<float>::max();
    }
    if (threshold < static_cast<double>(std::numeric_limits<float>::lowest())) return -kInfinity;
    const auto nearest = static_cast<float>(threshold);
    return static_cast<double>(nearest) > threshold ? std::nextafter(nearest, -kInfinity) : nearest;
}

/// `lane` is 8 × feature. At a leaf the offset is 0 and the key is kLeafKey plus the number of its value.
struct Node {
    std::uint32_t key;
    std::uint16_t lane;
    std::uint16_t offset;
    std::uint32_t leaf_value() const noexcept { return key - kLeafKey; }
};
static_assert(sizeof(Node) == 8);

struct WideNode {
    std::uint32_t key;
    std::uint32_t lane;
    std::uint32_t offset;
    std::uint32_t value;
    std::uint32_t leaf_value() const noexcept { return value; }
};

}  // namespace forest

struct CompactForest::Content {
    index features = 0;
    index outputs = 0;
    index depth = 0;
    index node_count = 0;
    std::vector<forest::Node> nodes;          ///< either these
    std::vector<forest::WideNode> wide;       ///< or these
    std::vector<std::uint32_t> roots;         ///< [trees]
    std::vector<double> values;               ///< [values × outputs], each different
    std::vector<std::uint64_t> missing_left;  ///< a bit for each node; empty where all go right
    std::vector<double> leaf_weights;         ///< [leaves] in order from the left, tree by tree

    /// Calls `use` with the nodes that are there.
    template <class Use>
    decltype(auto) with_nodes(Use&& use) const {
        return wide.empty() ? use(nodes.data()) : use(wide.data());
    }
    bool goes_left(std::uint32_t node) const noexcept {
        return !missing_left.empty() && (missing_left[node / 64] >> (node % 64) & 1) != 0;
    }

    /// Means of all nodes [nodes × outputs], made at the first use.
    const std::vector<double>& means() const;

  private:
    mutable std::once_flag means_once_;
    mutable std::vector<double> means_;
};

namespace forest {

/// Lays out the trees. @throws ValueError as the constructor of CompactForest says.
std::shared_ptr<const CompactForest::Content> lay_out(std::span<const GrownTree> trees, index features);

/// Leaf values that trees name by their places.
struct LeafTable {
    index outputs = 0;
    std::vector<double> values{};  ///< [values × outputs]
};
/// The same of trees of one output whose leaves hold places in a table, which spares values for each node.
std::shared_ptr<const CompactForest::Content> lay_out(std::span<const GrownTree> trees, index features,
                                                      LeafTable table);

/// Calls `visit(node, is_leaf)` for the nodes of one tree in preorder, left before right.
template <class Nodes, class Visit>
void walk_preorder(const Nodes* nodes, std::uint32_t root, Visit&& visit) {
    std::vector<std::uint32_t> pending{root};
    while (!pending.empty()) {
        const std::uint32_t node = pending.back();
        pending.pop_back();
        const auto offset = static_cast<std::uint32_t>(nodes[node].offset);
        visit(node, offset == 0);
        if (offset == 0) continue;
        pending.push_back(node + offset + 1);
        pending.push_back(node + offset);
    }
}

}  // namespace forest
}  // namespace assay::models
