// What is asked of a forest beside its predictions: contributions of features, leaves, the trees themselves.
#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/forest/forest_content.hpp"
#include "models/forest/part_rows.hpp"
#include "models/forest/run_forest.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>

namespace assay::models {
namespace {

using ForestContent = CompactForest::Content;

constexpr index kRowsTogether = 64;

/// Mean of two nodes by their weights; where neither has any, as if they weighed the same.
void mean_of_children(const double* left, const double* right, double left_weight, double right_weight, index outputs,
                      double* out) {
    const double weight = left_weight + right_weight;
    const double share = weight > 0 ? right_weight / weight : 0.5;
    for (index k = 0; k < outputs; ++k) out[k] = left[k] + share * (right[k] - left[k]);
}

/// Weights and means of all nodes: a leaf's are its own, an inner node's those of its children.
template <class N>
void fill_means(const ForestContent& content, const N* nodes, std::vector<double>& weights,
                std::vector<double>& means) {
    const std::size_t slots = std::max(content.nodes.size(), content.wide.size());
    const index outputs = content.outputs;
    weights.assign(slots, 0.0);
    means.assign(slots * static_cast<std::size_t>(outputs), 0.0);
    const double* leaf_weight = content.leaf_weights.data();
    std::vector<std::uint32_t> inner;
    for (const std::uint32_t root : content.roots) {
        inner.clear();
        forest::walk_preorder(nodes, root, [&](std::uint32_t node, bool is_leaf) {
            if (!is_leaf) {
                inner.push_back(node);
                return;
            }
            weights[node] = *leaf_weight++;
            const double* value = content.values.data() + static_cast<index>(nodes[node].leaf_value()) * outputs;
            std::copy(value, value + outputs, means.data() + static_cast<index>(node) * outputs);
        });
        for (auto one = inner.rbegin(); one != inner.rend(); ++one) {
            const std::uint32_t node = *one, left = node + nodes[node].offset, right = left + 1;
            weights[node] = weights[left] + weights[right];
            mean_of_children(means.data() + static_cast<index>(left) * outputs,
                             means.data() + static_cast<index>(right) * outputs, weights[left], weights[right], outputs,
                             means.data() + static_cast<index>(node) * outputs);
        }
    }
}

std::vector<std::uint32_t> keys_of(std::span<const float> row) {
    std::vector<std::uint32_t> keys(row.size() * forest::kLanes);
    for (std::size_t f = 0; f < row.size(); ++f) keys[f * forest::kLanes] = forest::key_of(row[f]);
    return keys;
}

/// The number of each leaf in its tree, counted from the left; by node.
template <class N>
std::vector<std::uint32_t> leaf_numbers(const ForestContent& content, const N* nodes) {
    std::vector<std::uint32_t> numbers(std::max(content.nodes.size(), content.wide.size()));
    for (const std::uint32_t root : content.roots) {
        std::uint32_t next = 0;
        forest::walk_preorder(nodes, root, [&](std::uint32_t node, bool is_leaf) {
            if (is_leaf) numbers[node] = next++;
        });
    }
    return numbers;
}

template <class N>
GrownTree tree_of(const ForestContent& content, const N* nodes, std::uint32_t root, const std::vector<double>& weights,
                  const std::vector<double>& means) {
    GrownTree tree;
    tree.outputs = content.outputs;
    std::unordered_map<std::uint32_t, std::int32_t> number;
    forest::walk_preorder(nodes, root, [&](std::uint32_t node, bool is_leaf) {
        number.emplace(node, static_cast<std::int32_t>(tree.feature.size()));
        tree.feature.push_back(is_leaf ? -1 : static_cast<std::int32_t>(nodes[node].lane / forest::kLanes));
        tree.threshold.push_back(is_leaf ? 0.0 : static_cast<double>(forest::float_of(nodes[node].key)));
        tree.missing_left.push_back(!is_leaf && content.goes_left(node) ? 1 : 0);
        tree.weight.push_back(weights[node]);
        const double* mean = means.data() + static_cast<index>(node) * content.outputs;
        tree.value.insert(tree.value.end(), mean, mean + content.outputs);
        tree.left.push_back(is_leaf ? -1 : static_cast<std::int32_t>(node + nodes[node].offset));
        tree.right.push_back(is_leaf ? -1 : static_cast<std::int32_t>(node + nodes[node].offset + 1));
    });
    for (std::size_t i = 0; i < tree.feature.size(); ++i) {
        if (tree.feature[i] < 0) continue;
        tree.left[i] = number.at(static_cast<std::uint32_t>(tree.left[i]));
        tree.right[i] = number.at(static_cast<std::uint32_t>(tree.right[i]));
    }
    return tree;
}

}  // namespace

const std::vector<double>& CompactForest::Content::means() const {
    std::call_once(means_once_, [this] {
        std::vector<double> weights;
        with_nodes([&](const auto* all) { fill_means(*this, all, weights, means_); });
    });
    return means_;
}

PathContributions CompactForest::contributions(std::span<const float> row) const {
    const Content& content = *content_;
    if (std::ssize(row) != content.features) {
        throw ShapeError("contributions: expected one row of " + std::to_string(content.features) + " features, got " +
                         std::to_string(row.size()) + " numbers");
    }
    const index outputs = content.outputs;
    const std::vector<double>& means = content.means();
    const std::vector<std::uint32_t> keys = keys_of(row);
    PathContributions result;
    result.base.assign(static_cast<std::size_t>(outputs), 0.0);
    result.by_feature.assign(static_cast<std::size_t>(content.features * outputs), 0.0);
    content.with_nodes([&](const auto* nodes) {
        for (std::uint32_t node : content.roots) {
            const double* mean = means.data() + static_cast<index>(node) * outputs;
            for (index k = 0; k < outputs; ++k) result.base[static_cast<std::size_t>(k)] += mean[k];
            while (nodes[node].offset != 0) {
                const auto feature = static_cast<index>(nodes[node].lane) / forest::kLanes;
                node = forest::step_missing(content, nodes, node, keys.data());
                const double* next = means.data() + static_cast<index>(node) * outputs;
                double* moved = result.by_feature.data() + feature * outputs;
                for (index k = 0; k < outputs; ++k) moved[k] += next[k] - mean[k];
                mean = next;
            }
        }
    });
    const auto count = static_cast<double>(content.roots.size());
    for (double& value : result.base) value /= count;
    for (double& value : result.by_feature) value /= count;
    return result;
}

std::vector<index> CompactForest::leaves(std::span<const float> rows) const {
    const Content& content = *content_;
    if (std::ssize(rows) % content.features != 0) {
        throw ShapeError("leaves: expected rows of " + std::to_string(content.features) + " features, got " +
                         std::to_string(rows.size()) + " numbers");
    }
    const index features = content.features, trees = std::ssize(content.roots), count = std::ssize(rows) / features;
    std::vector<index> out(static_cast<std::size_t>(count * trees));
    content.with_nodes([&](const auto* nodes) {
        const std::vector<std::uint32_t> numbers = leaf_numbers(content, nodes);
        const index parted = forest::rows_to_part(content, count);
        parallel_for(count, parted > 0 ? parted : kRowsTogether, [&](index begin, index end) {
            const float* block = rows.data() + begin * features;
            index* leaves_of_block = out.data() + begin * trees;
            if (parted > 0) {
                forest::part_rows(content, block, end - begin,
                                  [&](std::size_t tree, const std::uint16_t* arrived, const std::uint32_t* leaves) {
                                      index* of_tree = leaves_of_block + tree;
                                      for (index i = 0; i < end - begin; ++i) {
                                          of_tree[arrived[i] * trees] = numbers[leaves[i]];
                                      }
                                  });
                return;
            }
            for (index r = 0; r < end - begin; ++r) {
                const auto keys = keys_of({block + r * features, static_cast<std::size_t>(features)});
                for (const std::uint32_t root : content.roots) {
                    *leaves_of_block++ = numbers[forest::walk_missing(content, nodes, root, keys.data())];
                }
            }
        });
    });
    return out;
}

std::vector<GrownTree> CompactForest::grown() const {
    const Content& content = *content_;
    std::vector<GrownTree> trees;
    content.with_nodes([&](const auto* nodes) {
        std::vector<double> weights, means;
        fill_means(content, nodes, weights, means);
        for (const std::uint32_t root : content.roots) trees.push_back(tree_of(content, nodes, root, weights, means));
    });
    return trees;
}

}  // namespace assay::models
