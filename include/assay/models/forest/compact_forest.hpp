#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/forest/grown_tree.hpp"

#include <memory>
#include <span>
#include <vector>

namespace assay::models {

/// What moved a prediction away from its mean over the training rows, feature by feature.
struct PathContributions {
    std::vector<double> base;        ///< [outputs]: mean of the trees' roots
    std::vector<double> by_feature;  ///< [features × outputs]; with the base they sum to the prediction
};

/// A forest made to run: immutable, cheap to copy, safe to share among threads.
///
/// Features are compared as float32, as scikit-learn does: a threshold is kept as the largest float32 that is not above
/// it, which changes no comparison with a float32. A missing value (NaN) goes the way that was learned. Predictions are
/// summed in the order of the trees in double, so that a row has the same bits alone, in a batch and at any number of
/// threads. A node takes 8 bytes; 16 in forests of more than 8,191 features, of trees with over 65,535 nodes on one
/// side of a split, or of more than 8 million different leaves.
class ASSAY_EXPORT CompactForest {
  public:
    struct Content;

    /// @param trees     at least one, all with the same number of outputs
    /// @param features  length of a row, at least 1
    /// @throws ValueError if the trees are no trees: children out of range, before their parent or of two parents, a
    ///         feature that a row does not have, a threshold that is NaN, a leaf whose value is not finite.
    /// Cost: O(nodes).
    CompactForest(std::span<const GrownTree> trees, index features);
    /// Of a content made elsewhere in this library.
    explicit CompactForest(std::shared_ptr<const Content> content) noexcept;

    index features() const noexcept;
    index outputs() const noexcept;
    index trees() const noexcept;
    index nodes() const noexcept;
    /// Length of the longest path from a root to a leaf.
    index depth() const noexcept;
    /// Bytes that running needs: nodes, leaf values and directions of missing values.
    index bytes() const noexcept;

    /// Means over the trees, [rows × outputs].
    /// @param rows  [rows × features], one row behind the other; NaN is a missing value, infinities compare as such
    /// @throws ShapeError if the length is no multiple of the number of features.
    /// Cost: about 5 µs for one row of 100 unpruned trees of 30,000 rows; in batches of thousands 1.1 µs of processor
    /// time for a row with AVX-512, 1.4 with AVX2, 2.3 without. Threads share batches of more than 256 rows.
    std::vector<double> predict(std::span<const float> rows) const;
    /// The same, to `out` [rows × outputs]. @throws ShapeError if the lengths do not fit each other.
    void predict(std::span<const float> rows, std::span<double> out) const;
    /// Sums over the trees instead of means.
    void predict_sum(std::span<const float> rows, std::span<double> out) const;

    /// The number of the leaf that each tree sends the row to, counted from the left in each tree; [rows × trees].
    std::vector<index> leaves(std::span<const float> rows) const;

    /// How far each feature moved the prediction of one row, by decision path: at each node the change of the mean
    /// goes to the feature that the node asks. Means of inner nodes are those of their leaves, by training weight.
    /// @param row  [features]
    /// Cost: twice a prediction; the first call takes O(nodes).
    /// Source: Saabas 2014, "Interpreting random forests"; it does not share effects among features as SHAP does.
    PathContributions contributions(std::span<const float> row) const;

    /// The trees as this forest runs them: thresholds rounded to float32, inner values from the leaves, no impurity.
    std::vector<GrownTree> grown() const;

  private:
    std::shared_ptr<const Content> content_;
};

}  // namespace assay::models
