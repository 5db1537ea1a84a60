#pragma once

#include <assay/base/index.hpp>

#include <cstdint>
#include <vector>

namespace assay::models {

/// One decision tree as it was grown or imported: arrays by node, the root first, a child after its parent.
/// Rows with `x[feature] <= threshold` go to `left`, others to `right`; a missing value (NaN) goes to `left` where
/// `missing_left` is 1. At a leaf `feature` is -1 and the children are -1.
/// Made by fitting a forest or by importing one; run by `CompactForest`.
struct GrownTree {
    std::vector<std::int32_t> feature;
    std::vector<double> threshold;
    std::vector<std::int32_t> left;
    std::vector<std::int32_t> right;
    std::vector<std::uint8_t> missing_left;
    std::vector<double> value;     ///< [nodes × outputs]: fractions of the classes, or the mean of a regression
    std::vector<double> weight;    ///< [nodes]: sum of the weights of the training rows that reached the node
    std::vector<double> impurity;  ///< [nodes]: Gini, entropy or variance; empty where it is not known
    index outputs = 1;

    [[nodiscard]] index nodes() const noexcept { return static_cast<index>(feature.size()); }
};

}  // namespace assay::models
