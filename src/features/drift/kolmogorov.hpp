#pragma once

#include "assay/base/index.hpp"

namespace assay::features::detail {

/// P(D ≥ d) of the two-sided one-sample Kolmogorov–Smirnov statistic of n values, exact or to about ten digits.
///
/// Durbin's matrix where n·d² is small, the sum of Smirnov twice (Miller 1956) where it is large, the expansion of Pelz
/// and Good between, with the limits of Simard and L'Ecuyer. Source: Simard R, L'Ecuyer P. Computing the two-sided
/// Kolmogorov–Smirnov distribution. J Stat Softw 2011;39(11); Marsaglia G, Tsang WW, Wang J. J Stat Softw 2003;8(18);
/// Pelz W, Good IJ. J R Stat Soc B 1976;38:152–156. Cost: at most O(n) for large d.
double kolmogorov_survival(index n, double d);

/// P(D+ ≥ d) of the one-sided statistic. Source: Smirnov NV. Ann Math Stat 1948;19:279–281; Birnbaum and Tingey 1951.
double smirnov_survival(index n, double d);

/// P(D ≥ h/lcm(m, n)) of two samples without ties from one distribution, by counting paths from (0, 0) to (m, n) that
/// leave the band. Source: Hodges JL. The significance probability of the Smirnov two-sample test. Ark Mat
/// 1958;3:469–486. Cost: O(m · band).
double two_sample_survival(index m, index n, index h);

}  // namespace assay::features::detail
