#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

// Which fold of a cross-validation tests each row: numbers from 0 to folds - 1. Without a seed the rows keep their
// order; with one they are drawn, the same for the same seed.

/// Folds with the shares of the classes as in all rows; without a seed those of scikit-learn's StratifiedKFold.
/// @param labels  [n], 0 or more
/// @throws ValueError for fewer than two folds, a negative label, or folds of which no class has as many rows.
/// Cost: O(n log n).
ASSAY_EXPORT std::vector<std::int32_t> stratified_folds(std::span<const std::int64_t> labels, index folds,
                                                        std::optional<std::uint64_t> seed = std::nullopt);

/// Folds of about equal size that keep every group whole: the largest group first, each to the smallest fold.
/// @param groups  [n], 0 or more
/// @throws ValueError for fewer than two folds, a negative group, or fewer groups than folds.
/// Cost: O(n + groups (log groups + folds)).
ASSAY_EXPORT std::vector<std::int32_t> group_folds(std::span<const std::int64_t> groups, index folds,
                                                   std::optional<std::uint64_t> seed = std::nullopt);

/// Folds that keep every group whole, with the shares of the classes as near to those of all rows as that allows:
/// groups of uneven classes first, each to the fold whose shares then vary least.
/// @param labels  [n], 0 or more
/// @param groups  [n], 0 or more
/// @throws ShapeError if the lengths differ; ValueError as the two above.
/// Cost: O(n + groups × folds² × classes).
ASSAY_EXPORT std::vector<std::int32_t> stratified_group_folds(std::span<const std::int64_t> labels,
                                                              std::span<const std::int64_t> groups, index folds,
                                                              std::optional<std::uint64_t> seed = std::nullopt);

}  // namespace assay::models
