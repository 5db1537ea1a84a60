#pragma once

#include "assay/base/index.hpp"
#include "assay/models/forest/grown_tree.hpp"

#include <cmath>
#include <cstddef>

namespace assay::models {

/// The leaf of a tree that a row ends in.
/// @param x  the row's features; NaN is a missing value
inline index leaf_of(const GrownTree& tree, const float* x) noexcept {
    std::size_t node = 0;
    while (tree.feature[node] >= 0) {
        const float value = x[tree.feature[node]];
        const bool left =
            std::isnan(value) ? tree.missing_left[node] != 0 : static_cast<double>(value) <= tree.threshold[node];
        node = static_cast<std::size_t>(left ? tree.left[node] : tree.right[node]);
    }
    return static_cast<index>(node);
}

}  // namespace assay::models
