#pragma once

namespace assay::features::detail {

/// Two-sided p of Student's t. NaN where t is; 1 for t = 0.
/// Source: DLMF 8.17.22, the continued fraction of the incomplete beta function.
/// @param degrees  of freedom, above 0
double student_t_p(double t, double degrees);

}  // namespace assay::features::detail
