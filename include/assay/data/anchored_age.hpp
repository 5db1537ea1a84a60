#pragma once

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"

namespace assay::data {

/// Age in years at a time, where a record gives it for one year only: anchor_age + year(at) − anchor_year.
/// @param at           timestamp [n]
/// @param anchor_age   int64 [n], years
/// @param anchor_year  int64 [n], calendar year in which the patient had that age
/// @return             int64 [n]; null where one of the three is, or where the sum is negative
/// @throws ShapeError, SchemaError.   Cost: O(n).
/// Source: MIMIC-IV 2.2, documentation of the table `patients`.
ASSAY_EXPORT Array anchored_age(const Array& at, const Array& anchor_age, const Array& anchor_year);

}  // namespace assay::data
