#pragma once

#include "assay/base/index.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace assay::models {

/// What a split makes smaller.
enum class SplitCriterion {
    gini,           ///< Gini impurity 1 - Σ p²; classification
    entropy,        ///< Shannon's entropy - Σ p log2 p, in bits; classification
    squared_error,  ///< variance; regression
};

/// Weights of classes that are taken from their frequencies.
enum class ClassBalance {
    none,
    balanced,            ///< rows / (classes × rows of the class), over all rows
    balanced_subsample,  ///< the same over each tree's bootstrap sample
};

/// When to stop adding trees: once the out-of-bag score has settled.
struct EarlyStop {
    double tolerance = 0;  ///< greatest minus least out-of-bag score over the window, at most this; 0 or more
    index window = 20;     ///< trees; at least 2
};

/// How a forest is grown. Names and meanings are scikit-learn's; a value of none means its default.
struct ForestOptions {
    static constexpr index unlimited = std::numeric_limits<index>::max();

    index trees = 100;  ///< `n_estimators`; at most this many where early_stop is set
    SplitCriterion criterion = SplitCriterion::gini;
    index max_depth = unlimited;
    index min_samples_split = 2;  ///< rows, at least 2
    index min_samples_leaf = 1;   ///< rows, at least 1
    double min_weight_fraction_leaf = 0;
    index max_features = 0;  ///< features looked at in a split; 0: max(1, ⌊√features⌋) or, in a regression, all
    index max_leaf_nodes = unlimited;
    double min_impurity_decrease = 0;
    bool bootstrap = true;
    index max_samples = 0;  ///< rows of a bootstrap sample; 0: as many as there are
    ClassBalance class_balance = ClassBalance::none;
    std::vector<double> class_weight{};  ///< [classes], or empty: 1 each
    bool out_of_bag = false;
    std::optional<EarlyStop> early_stop{};  ///< needs bootstrap; implies the out-of-bag score
    std::uint64_t seed = 0;
    int threads = 0;         ///< at most so many of the process's threads; 0: all. The trees do not depend on it
    index max_bins = 65535;  ///< of a feature's values, 2 to 65535; see FeatureBins
};

}  // namespace assay::models
