#pragma once

#include <vector>

namespace assay::features::detail {

/// Ascending; no NaN. Least significant digit first, eleven bits at a time, passing over digits that are all alike.
/// Cost: O(n), one buffer of the same size.
void radix_sort(std::vector<double>& values);

}  // namespace assay::features::detail
