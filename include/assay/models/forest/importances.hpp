#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/forest/compact_forest.hpp"
#include "assay/models/forest/grown_tree.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models {

/// How much each feature lowered the impurity while the trees were grown, [features], of sum 1; all 0 where no tree
/// has a split.
///
/// Of each tree the decreases of its splits, by the weight of the node, are made to sum to 1; trees of a single node
/// are left out of the mean. They are of the training rows: features with many values score too high, see
/// permutation_importances().
/// @throws ValueError if a tree has no impurities or names a feature that is not there.
/// Cost: O(nodes).   Source: Breiman et al. 1984, CART, §5.3.4; averaged as scikit-learn does
ASSAY_EXPORT std::vector<double> impurity_importances(std::span<const GrownTree> trees, index features);

/// How much a forest's score falls when a feature's values are shuffled among the rows.
struct PermutationImportances {
    double score = 0;              ///< of the rows as they are: accuracy, or R² of a regression
    std::vector<double> falls{};   ///< [features × repeats]
    std::vector<double> mean{};    ///< [features]
    std::vector<double> spread{};  ///< [features] standard deviation over the repeats, of n
};

/// Permutation importances on rows that should not be those of the training. The same bits at any number of threads.
/// @param x        [rows × features] of the forest
/// @param labels   [rows], classes from 0; of a classification
/// @param repeats  shuffles of each feature, at least 1
/// @throws ShapeError if lengths differ; ValueError for no repeat, a class outside or a target that is not finite.
/// Cost: O(nodes), and features × repeats × prediction of the rows; features that no tree asks cost nothing.
/// Source: Breiman 2001, Random Forests, §10; in the form of Fisher, Rudin & Dominici 2019, J Mach Learn Res 20:177
ASSAY_EXPORT PermutationImportances permutation_importances(const CompactForest& forest, std::span<const float> x,
                                                            std::span<const std::int32_t> labels, index repeats,
                                                            std::uint64_t seed);
/// The same of a regression. @param values [rows]
ASSAY_EXPORT PermutationImportances permutation_importances(const CompactForest& forest, std::span<const float> x,
                                                            std::span<const double> values, index repeats,
                                                            std::uint64_t seed);

}  // namespace assay::models
