#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

/// Area under the ROC curve of one label.
struct Auc {
    index positives = 0;
    index negatives = 0;
    std::optional<double> value{};           ///< absent where there are no positives or no negatives
    std::optional<double> standard_error{};  ///< DeLong's; absent with fewer than two of either
    /// value ± z × standard error, cut to [0, 1]; absent where the standard error is absent or 0, as it is where the
    /// scores separate the two groups completely: DeLong's variance then says nothing about other cases.
    std::optional<Interval> interval{};
};

/// Area under the ROC curve: the chance that a positive scores above a negative, ties counted one half.
/// @param scores      [n], higher where the label is likelier; any unit, infinities included
/// @param positive    [n], not 0 where the label is present
/// @param confidence  of the interval, above 0 and below 1
/// @throws ShapeError if the lengths differ; ValueError for a NaN score (its position is named) or such a confidence.
/// Cost: O(n log n).
/// Source: Mann & Whitney 1947; variance: DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837, by midranks as in
///         Sun & Xu 2014, IEEE Signal Process Lett 21:1389
ASSAY_EXPORT Auc area_under_roc(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                double confidence = 0.95);

/// Corners of a ROC curve, from (0, 0) to (1, 1).
struct RocCurve {
    std::vector<double> false_positive_rate;
    std::vector<double> true_positive_rate;
    std::vector<double> threshold;  ///< called positive from this score on; infinity at the first
};

/// The ROC curve, without the points that lie on a line between their neighbours.
/// @returns nothing where there are no positives or no negatives
/// @throws as area_under_roc(), of which it takes the arguments.   Cost: O(n log n).
/// Source: Fawcett 2006, Pattern Recognit Lett 27:861, algorithm 1
ASSAY_EXPORT std::optional<RocCurve> roc_curve(std::span<const double> scores, std::span<const std::uint8_t> positive);

}  // namespace assay::models
