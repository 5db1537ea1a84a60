#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

struct RobustOptions {
    double support = 0.5;     ///< share of the rows that must be clean, from 0.5 (half may be outliers) to 1
    double quantile = 0.975;  ///< of chi-squared: rows beyond are outlying, and have no weight in the final estimate
    index starts = 500;       ///< random subsets to begin from
    std::uint64_t seed = 0;
    bool small_sample = true;  ///< the scatter of few rows is corrected for their number
};

/// How far each row lies from the bulk of the rows.
struct RobustDistances {
    std::vector<double> squared;   ///< squared Mahalanobis distance of each row; NaN where a value is missing
    double cutoff = 0;             ///< quantile of chi-squared with as many degrees of freedom as columns
    std::vector<double> location;  ///< [columns]
    std::vector<double> scatter;   ///< [columns, columns]
    index rows_used = 0;           ///< without a missing value
    index rows_kept = 0;           ///< with weight in the final estimate
};

/// Location and scatter by the reweighted minimum covariance determinant, and the distances from them.
///
/// The `h` rows whose covariance matrix has the least determinant are sought by FAST-MCD; its consistency factor and
/// that of the reweighting make the scatter that of normal data. The scatter of few rows is too small; it is
/// multiplied by the factors of Pison et al. The same seed gives the same bytes at any number of threads.
/// @param values  [rows, columns], row by row, any units; NaN is missing
/// @throws ShapeError values of another size. @throws ValueError not more than twice as many complete rows as columns,
/// an infinite value, options outside their ranges, or most rows in a plane (a column that is constant, or that others
/// determine)
/// Cost: O(rows · columns²) for each step of the search: each start to its end up to 600 rows, beyond two steps on
/// groups of 300 to 1,500 rows and the ten best to their ends on all; parallel by start. Source: Rousseeuw PJ, Van
/// Driessen K. Technometrics 1999;41:212–223; factors: Croux C, Haesbroeck G. J Multivar Anal 1999;71:161–190; Pison G,
/// Van Aelst S, Willems G. Metrika 2002;55:111–123.
ASSAY_EXPORT RobustDistances robust_distances(std::span<const double> values, index rows, index columns,
                                              const RobustOptions& options = {});

}  // namespace assay::features
