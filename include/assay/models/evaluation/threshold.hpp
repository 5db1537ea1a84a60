#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstdint>
#include <span>

namespace assay::models {

/// What a threshold is chosen for.
enum class ThresholdAim {
    f1,      ///< the largest F1 of the positive class
    youden,  ///< the largest sensitivity + specificity - 1
};

/// A threshold, and what it comes to on the cases that it was chosen with.
struct ThresholdChoice {
    double threshold;  ///< called positive from this score on
    double value;      ///< of the aim
    double precision;
    double recall;
    index positives;
    index negatives;
};

/// The threshold that serves the aim best on these cases; of equal ones the highest.
///
/// It lies halfway between two scores. Take scores of cases that the model was not trained with, and judge the result
/// on yet others: on its own cases the chosen threshold looks better than it is.
/// @param scores    [n], higher where the label is likelier; finite
/// @param positive  [n], not 0 where the label is present
/// @throws ShapeError if the lengths differ; ValueError for a score that is not finite, and without a positive or a
///         negative case.   Cost: O(n log n).
/// Source: Youden 1950, Cancer 3:32; Lipton, Elkan & Naryanaswamy 2014, ECML PKDD 8725:225 for F1
ASSAY_EXPORT ThresholdChoice choose_threshold(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                              ThresholdAim aim = ThresholdAim::f1);

}  // namespace assay::models
