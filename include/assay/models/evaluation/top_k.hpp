#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models {

/// How often a true label is among the first k.
struct TopK {
    Proportion cases{};                ///< rows in which any true label is among the first k
    std::vector<Proportion> labels{};  ///< of the rows that have the label, those in which it is among the first k
    double macro = 0;                  ///< mean over the labels that occur; NaN where there is no row
};

/// Top-k accuracy of rows with one true label or several.
/// @param scores      [rows, labels], higher where likelier; of equal scores the one given first is ahead, as
/// rank_labels
///                    has it
/// @param truth       [rows, labels], not 0 where a label is true
/// @param k           from 1; at or above the number of labels every row is a hit
/// @param confidence  of the Wilson intervals
/// @throws ShapeError if the lengths do not fit; ValueError for a NaN score, a row without a true label (its position
/// is
///         named), k below 1 or such a confidence.   Cost: O(rows × labels × true labels).
ASSAY_EXPORT TopK top_k_accuracy(std::span<const double> scores, std::span<const std::uint8_t> truth, index labels,
                                 index k, double confidence = 0.95);

}  // namespace assay::models
