#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/auc.hpp"
#include "assay/models/evaluation/bootstrap.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

/// Areas under the ROC curves of all labels, each against the rest.
struct LabelAucs {
    std::vector<Auc> labels{};
    index defined = 0;                   ///< labels with positives and negatives
    std::optional<double> macro{};       ///< unweighted mean over those; absent where there are none
    std::optional<Interval> interval{};  ///< of the mean, by bootstrap over the rows
};

/// AUC of every label and their mean; labels without positives or without negatives are left out of the mean.
///
/// The mean of a bootstrap sample is over the labels defined in all rows; a sample in which one of them lacks positives
/// or negatives is left out. Percentiles by group are expanded for the label with the fewest groups, those with its
/// positives or those with its negatives.
/// @param scores  [rows, labels]
/// @param truth   [rows, labels], not 0 where a label is true
/// @throws ShapeError if the lengths do not fit; ValueError for a NaN score and as bootstrap_interval().
/// Cost: O(labels × rows × (log rows + replicates)).
/// Source: Hand & Till 2001 for averaging over labels; Efron & Tibshirani 1993 for the interval
ASSAY_EXPORT LabelAucs label_aucs(std::span<const double> scores, std::span<const std::uint8_t> truth, index labels,
                                  const BootstrapOptions& options = {});

}  // namespace assay::models
