#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <span>
#include <vector>

namespace assay::models {

/// What temperature scaling did to a set of labelled cases.
struct TemperatureFit {
    double temperature = 1;
    double loss_before = 0;  ///< mean negative log-likelihood in nats at temperature 1
    double loss_after = 0;
    bool at_limit = false;  ///< the best temperature lies outside [0.01, 100]: the data do not determine one
};

/// The temperature at which softmax(scores × scale / temperature) has the least negative log-likelihood.
///
/// The loss is convex in 1/T, so that its derivative has one root at most: Newton's steps in log T within a bracket.
/// @param scores  [cases, labels]: cosines, or the logits of a classifier with a scale of 1
/// @param truth   [cases] position of each case's true label
/// @throws ShapeError if the lengths do not fit; ValueError for fewer than two labels, no case, a label outside, a
/// scale
///         that is not positive or a score that is not finite
/// Source: Guo et al. 2017, §4.2
ASSAY_EXPORT TemperatureFit fit_temperature(std::span<const float> scores, std::span<const index> truth, index labels,
                                            double scale);

/// softmax(scores × scale) of every row.
/// @param scores  [cases, labels]
/// @throws ShapeError if the lengths do not fit; ValueError for a scale that is not positive or a score that is not
/// finite
ASSAY_EXPORT std::vector<double> softmax_rows(std::span<const float> scores, index labels, double scale);

}  // namespace assay::models
