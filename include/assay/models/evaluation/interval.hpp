#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::models {

/// A confidence interval, both ends included.
struct Interval {
    double low;
    double high;
};

/// A share of counted cases.
struct Proportion {
    index hits = 0;
    index total = 0;
    double value = 0;         ///< hits / total; NaN where nothing was counted
    Interval interval{0, 1};  ///< Wilson's; all of [0, 1] where nothing was counted
};

/// A proportion with its score interval, which holds its coverage at small counts and near 0 and 1.
/// @param confidence  above 0 and below 1
/// @throws ValueError if hits is not from 0 to total, or for a confidence outside.
/// Source: Wilson 1927, J Am Stat Assoc 22:209; without continuity correction
ASSAY_EXPORT Proportion wilson_proportion(index hits, index total, double confidence = 0.95);

/// How many standard errors from the middle a two-sided normal interval reaches: 1.96 at 0.95.
/// @throws ValueError for a confidence that is not above 0 and below 1.
ASSAY_EXPORT double normal_multiplier(double confidence);

}  // namespace assay::models
