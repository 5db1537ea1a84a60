#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <span>

namespace assay::models {

/// Brier's score: the mean over rows of the sum over labels of (probability - truth)², from 0 to 2.
///
/// Of two labels it is twice the mean squared error of one, which some call by the same name.
/// @param probabilities  [rows, labels], 0 to 1
/// @param truth          [rows], position of each row's true label
/// @return NaN where there is no row
/// @throws ShapeError if the lengths do not fit; ValueError for a probability that is NaN or outside, or a label
/// outside. Source: Brier 1950, Mon Weather Rev 78:1, equation 2
ASSAY_EXPORT double brier_score(std::span<const double> probabilities, std::span<const index> truth, index labels);

/// Mean negative log-likelihood of the true labels, in nats; infinite where one has a probability of 0.
/// @param probabilities  [rows, labels], 0 to 1
/// @param truth          [rows], position of each row's true label
/// @return NaN where there is no row
/// @throws as brier_score().
ASSAY_EXPORT double negative_log_likelihood(std::span<const double> probabilities, std::span<const index> truth,
                                            index labels);

}  // namespace assay::models
