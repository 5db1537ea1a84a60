// Made-up trees for tests of forests.
#pragma once

#include <limits>
#include <random>
#include <vector>

#include "assay/models/forest/grown_tree.hpp"

namespace forest_tests {

using assay::models::GrownTree;

inline int add_node(GrownTree& tree, int feature, double threshold, std::vector<double> value, double weight) {
    tree.feature.push_back(feature);
    tree.threshold.push_back(threshold);
    tree.left.push_back(-1);
    tree.right.push_back(-1);
    tree.missing_left.push_back(0);
    tree.value.insert(tree.value.end(), value.begin(), value.end());
    tree.weight.push_back(weight);
    tree.outputs = static_cast<assay::index>(value.size());
    return static_cast<int>(tree.feature.size()) - 1;
}

/// x0 <= 0.5 ? (x1 <= -1 ? a : b) : c, leaves of weight 3, 1, 4.
inline GrownTree three_leaves(double a = 1, double b = 5, double c = 10) {
    GrownTree tree;
    add_node(tree, 0, 0.5, {0}, 8);
    add_node(tree, 1, -1, {0}, 4);
    add_node(tree, -1, 0, {a}, 3);
    add_node(tree, -1, 0, {b}, 1);
    add_node(tree, -1, 0, {c}, 4);
    tree.left = {1, 2, -1, -1, -1};
    tree.right = {4, 3, -1, -1, -1};
    return tree;
}

/// A tree of random shape; thresholds are doubles between floats.
inline GrownTree random_tree(std::mt19937_64& random, assay::index features, assay::index outputs,
                             assay::index splits) {
    GrownTree tree;
    std::uniform_int_distribution<int> feature(0, static_cast<int>(features) - 1);
    std::normal_distribution<double> normal;
    const auto leaf = [&] {
        std::vector<double> value(static_cast<std::size_t>(outputs));
        for (double& one : value) one = normal(random);
        return add_node(tree, -1, 0, value, static_cast<double>(random() % 5 + 1));
    };
    std::vector<int> leaves{leaf()};
    for (assay::index s = 0; s < splits; ++s) {
        const std::size_t chosen = random() % leaves.size();
        const int node = leaves[chosen];
        tree.feature[static_cast<std::size_t>(node)] = feature(random);
        tree.threshold[static_cast<std::size_t>(node)] = normal(random);
        tree.missing_left[static_cast<std::size_t>(node)] = random() % 2;
        leaves[chosen] = leaf();
        const int right = leaf();
        tree.left[static_cast<std::size_t>(node)] = leaves[chosen];
        tree.right[static_cast<std::size_t>(node)] = right;
        leaves.push_back(right);
    }
    return tree;
}

/// The leaf of a row, the plain way: floats against doubles.
inline std::size_t plain_leaf(const GrownTree& tree, const float* row) {
    std::size_t node = 0;
    while (tree.feature[node] >= 0) {
        const float value = row[tree.feature[node]];
        const bool left =
            value != value ? tree.missing_left[node] != 0 : static_cast<double>(value) <= tree.threshold[node];
        node = static_cast<std::size_t>(left ? tree.left[node] : tree.right[node]);
    }
    return node;
}

/// Means over trees, the plain way.
inline std::vector<double> plain_prediction(const std::vector<GrownTree>& trees, const std::vector<float>& rows,
                                            assay::index features) {
    const assay::index outputs = trees.front().outputs, count = std::ssize(rows) / features;
    std::vector<double> out(static_cast<std::size_t>(count * outputs), 0.0);
    for (assay::index r = 0; r < count; ++r) {
        for (assay::index k = 0; k < outputs; ++k) {
            double& sum = out[static_cast<std::size_t>(r * outputs + k)];
            for (const GrownTree& tree : trees) {
                const std::size_t leaf = plain_leaf(tree, rows.data() + r * features);
                sum += tree.value[leaf * static_cast<std::size_t>(outputs) + static_cast<std::size_t>(k)];
            }
            sum /= static_cast<double>(trees.size());
        }
    }
    return out;
}

/// Rows with missing values, infinities and values that equal thresholds.
inline std::vector<float> hard_rows(std::mt19937_64& random, const std::vector<GrownTree>& trees, assay::index features,
                                    assay::index count, bool missing) {
    std::normal_distribution<float> normal;
    std::vector<float> rows(static_cast<std::size_t>(count * features));
    for (float& value : rows) {
        const GrownTree& tree = trees[random() % trees.size()];
        const std::uint64_t kind = random() % 20;
        const auto threshold = static_cast<float>(tree.threshold[random() % tree.threshold.size()]);
        value = kind < 2 && missing ? std::numeric_limits<float>::quiet_NaN()
                : kind == 3         ? std::numeric_limits<float>::infinity()
                : kind == 4         ? -std::numeric_limits<float>::infinity()
                : kind < 10         ? threshold
                                    : normal(random);
    }
    return rows;
}

}  // namespace forest_tests
