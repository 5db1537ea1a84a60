#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/bootstrap.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

/// Average precision, the area under the precision-recall curve as steps.
struct AveragePrecision {
    index positives = 0;
    index negatives = 0;
    std::optional<double> value{};       ///< absent without positives
    std::optional<Interval> interval{};  ///< by bootstrap over the cases; absent without positives or negatives
};

/// Σ (recall_i - recall_{i-1}) × precision_i over the distinct scores from the highest down; of a classifier that knows
/// nothing it is the share of positives, not one half.
/// Percentiles by group are expanded for the groups with positives, or with negatives where they are fewer.
/// @param scores    [n], higher where the label is likelier; infinities included
/// @param positive  [n], not 0 where the label is present
/// @throws ShapeError if the lengths differ; ValueError for a NaN score, and as bootstrap_interval().
/// Cost: O(n (log n + replicates)).
/// Source: Zhu 2004, Recall, precision and average precision, University of Waterloo; as scikit-learn's
///         average_precision_score
ASSAY_EXPORT AveragePrecision average_precision(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                                const BootstrapOptions& options = {});

/// Precision and recall at every distinct score, from the highest down.
struct PrecisionRecallCurve {
    std::vector<double> precision{};
    std::vector<double> recall{};
    std::vector<double> threshold{};  ///< called positive from this score on
};

/// @returns nothing without positives
/// @throws as average_precision().   Cost: O(n log n).
ASSAY_EXPORT std::optional<PrecisionRecallCurve> precision_recall_curve(std::span<const double> scores,
                                                                        std::span<const std::uint8_t> positive);

}  // namespace assay::models
