#pragma once

#include <cstdint>
#include <span>

#include "assay/base/export.hpp"
#include "assay/features/drift/numeric_sample.hpp"

namespace assay::features {

enum class KsMethod : std::uint8_t {
    automatic,   ///< exact up to 10,000 values in the larger sample
    exact,       ///< by counting paths; ties make it conservative
    asymptotic,  ///< the distribution of one sample of m·n/(m+n) values
};

/// The two-sample Kolmogorov–Smirnov test.
struct KsTest {
    double statistic = 0;  ///< D, the largest distance of the two empirical distributions: an effect size from 0 to 1
    double p = 1;          ///< two-sided
    double location = 0;   ///< the least value at which they are farthest apart
    bool first_above = false;  ///< the first sample's distribution is the higher one there: its values are smaller
    bool exact = false;
};

/// Whether two samples come from one distribution. The p-values are those of SciPy's ks_2samp.
/// Source: Hodges JL. Ark Mat 1958;3:469–486; Simard R, L'Ecuyer P. J Stat Softw 2011;39(11).
/// @throws ValueError a sample without values, or an exact test of more than 4e9 pairs
/// Cost: O(distinct values), and O(m · n · D) for the exact p.
ASSAY_EXPORT KsTest ks_test(const NumericSample& reference, const NumericSample& current,
                            KsMethod method = KsMethod::automatic);

/// The same of values that nothing else is asked of, without sorting them. NaN is missing.
/// @throws ValueError an infinite value, as above.   Cost: O(n + m), three passes; sorting is left for the few values
/// near the place where the distributions may be farthest apart. Many ties there cost more.
ASSAY_EXPORT KsTest ks_test(std::span<const double> reference, std::span<const double> current,
                            KsMethod method = KsMethod::automatic);

/// The area between the two empirical distributions, in the unit of the values: how far the current values lie from the
/// reference on average. @throws ValueError a sample without values.   Cost: O(distinct values).
ASSAY_EXPORT double wasserstein_distance(const NumericSample& reference, const NumericSample& current);

}  // namespace assay::features
