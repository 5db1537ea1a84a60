#pragma once

#include "assay/features/drift/two_sample.hpp"

namespace assay::features::detail {

/// What one walk over two samples finds.
struct SampleDistance {
    index farthest = 0;  ///< |a·n − b·m| at its largest, so that D is exact
    double location = 0;
    bool first_above = false;
    double area = 0;  ///< between the two empirical distributions
};

/// Both samples have values. Cost: O(distinct values).
SampleDistance compare_samples(const NumericSample& first, const NumericSample& second);

/// The test of a distance that is known.
KsTest ks_test_of(index m, index n, const SampleDistance& distance, KsMethod method);

}  // namespace assay::features::detail
