#pragma once

#include "assay/base/index.hpp"
#include "assay/models/forest/forest_options.hpp"

#include <cstdint>
#include <span>

namespace assay::models::detail {

/// Refuses options outside their ranges. @throws ValueError naming the option.
void check_options(const ForestOptions& options, bool classification);

/// Refuses rows and weights that do not fit. @throws ShapeError, ValueError
void check_rows(index rows, std::size_t targets, std::span<const double> sample_weight);

/// Refuses classes outside [0, classes), fewer than two or more than rows, and class weights that do not fit.
void check_classes(std::span<const std::int32_t> y, index classes, const ForestOptions& options);

/// @throws ValueError for a target that is not finite
void check_targets(std::span<const double> y);

}  // namespace assay::models::detail
