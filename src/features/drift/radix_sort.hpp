#pragma once

#include "assay/data/buffer.hpp"

namespace assay::features::detail {

/// Sorts doubles, none of them NaN, ascending: least significant digit first, eight bits at a time, which keeps the
/// buckets in the nearest cache; digits that are all alike are passed over. Cost: O(n), one buffer of the same size.
void radix_sort(data::MutableBuffer& doubles);

}  // namespace assay::features::detail
