#pragma once

namespace assay::features::detail {

/// P(X ≤ x) of chi-squared. Source: DLMF 8.7.1 (series) and 8.9.2 (continued fraction). Relative error below 1e-12.
double chi_squared_cdf(double x, double degrees);

/// The x with P(X ≤ x) = p, for p within (0, 1): bisection of the above.
double chi_squared_quantile(double p, double degrees);

}  // namespace assay::features::detail
