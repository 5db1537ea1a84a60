#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/forest/compact_forest.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

struct IsolationOptions {
    index trees = 100;
    index max_samples = 256;  ///< rows of a tree; at most the rows that there are
    index max_features = 0;   ///< features of a tree, drawn anew for each; 0 for all
    bool bootstrap = false;   ///< draw rows with replacement
    std::uint64_t seed = 0;
};

/// Mean path length of an unsuccessful search in a binary search tree of n values: 0 up to 1, 1 for 2.
/// Source: Liu, Ting & Zhou 2008, Isolation Forest, equation 1; γ to double precision.
ASSAY_EXPORT double average_path_length(double n) noexcept;

/// Outliers by how few random cuts set a row apart. Immutable, safe to share among threads.
///
/// Source: Liu, Ting & Zhou 2008; parameters and signs as in scikit-learn.
class ASSAY_EXPORT IsolationForest {
  public:
    /// @param forest   trees whose leaves hold path lengths: depth plus average_path_length() of their rows
    /// @param samples  rows that each tree was grown on
    /// @throws ValueError for fewer than 1 sample or more than one output.
    IsolationForest(CompactForest forest, index samples);

    /// Grows the trees: at each node a random feature that is not constant, cut uniformly between its extremes, to a
    /// depth of ⌈log₂ samples⌉. Missing values go to a random side where a node has some, with the greater number of
    /// rows otherwise; where all others are equal they are set apart.
    /// @param rows  [rows × features]; NaN is a missing value
    /// @throws ShapeError for no row or a length that is no multiple of the features; ValueError for infinities or an
    ///         option outside its range.
    /// The same bytes for a seed at any number of threads. Cost: O(trees × samples × depth); not of the rows.
    static IsolationForest fit(std::span<const float> rows, index features, const IsolationOptions& options = {});

    /// −2^(−E[h] / c(samples)) for each row: near −1 for outliers, −0.5 and above for what is ordinary.
    std::vector<double> score_samples(std::span<const float> rows) const;
    /// The same, to `out` [rows]. @throws ShapeError
    void score_samples(std::span<const float> rows, std::span<double> out) const;

    const CompactForest& forest() const noexcept { return forest_; }
    index samples() const noexcept { return samples_; }

  private:
    CompactForest forest_;
    index samples_;
    double scale_;  ///< trees × c(samples)
};

}  // namespace assay::models
