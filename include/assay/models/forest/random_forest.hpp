#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/forest/feature_bins.hpp"
#include "assay/models/forest/forest_options.hpp"
#include "assay/models/forest/grown_tree.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

/// What a forest says of the rows it was grown on, each judged by the trees whose bootstrap sample left it out.
struct OutOfBag {
    /// [rows × outputs]: mean fractions of the classes, or mean values. A row that was never left out has 0 for every
    /// class, NaN in a regression.
    std::vector<double> prediction{};
    index never_out = 0;  ///< rows that were in every sample; they have no part in the score, as rows of weight 0
    double score = 0;     ///< accuracy, or R² of a regression; NaN where it is not defined
};

/// A forest that was grown.
struct GrownForest {
    std::vector<GrownTree> trees{};
    index features = 0;
    index outputs = 1;       ///< classes, or 1 in a regression
    bool converged = false;  ///< the out-of-bag score settled before all trees were grown; see EarlyStop
    std::optional<OutOfBag> out_of_bag{};
};

/// Grows a random forest that tells classes apart.
///
/// Each tree is grown on a bootstrap sample, drawn row by row with chances proportional to `sample_weight` times the
/// class's weight, as scikit-learn has it from 1.9 on. At each node max_features features are drawn, more while all of
/// them are constant, and the split that lowers the impurity most is taken, of all between two values of the node;
/// missing values go to the better side. Where a node has none, they go with the greater number of rows. Without
/// bootstrap the weights are those of the rows. A feature of more than options.max_bins values is cut into bins first.
/// The same bytes for a seed at any number of threads.
/// @param x              the features; what they were made of is needed too, for the out-of-bag score
/// @param y              [rows] classes from 0 to classes - 1; each is there
/// @param sample_weight  [rows] or empty; rows of weight 0 have a part in the bins alone
/// @throws ShapeError if lengths differ; ValueError for fewer than two classes, more classes than rows, a weight that
///         is negative or not finite, weights that leave fewer than two classes, or an option outside its range.
/// Cost: O(trees × rows × max_features × depth); the memory of FeatureBins, and 40 to 70 bytes for each row and thread.
/// Source: Breiman 2001, Random Forests, Machine Learning 45:5
ASSAY_EXPORT GrownForest grow_classification_forest(std::span<const float> x, index features,
                                                    std::span<const std::int32_t> y, index classes,
                                                    std::span<const double> sample_weight = {},
                                                    const ForestOptions& options = {});

/// Grows a random forest that predicts a number; as grow_classification_forest(), with the variance for the impurity.
/// @param y  [rows], finite
/// @throws as grow_classification_forest(); ValueError for a target that is not finite, naming its row.
ASSAY_EXPORT GrownForest grow_regression_forest(std::span<const float> x, index features, std::span<const double> y,
                                                std::span<const double> sample_weight = {},
                                                const ForestOptions& options = {});

/// Means over the trees, in their order and in double: fractions of the classes or values, [rows × outputs].
/// @param x  [rows × features]; NaN is a missing value
/// @throws ShapeError if the length is no whole number of rows; StateError for a forest without trees.
/// For a forest that is run often, CompactForest is much faster.
ASSAY_EXPORT std::vector<double> predict(const GrownForest& forest, std::span<const float> x);

}  // namespace assay::models
