#pragma once

#include "assay/base/export.hpp"

namespace assay::detail {

/// Two-sided p of Student's t. NaN where t is; 1 for t = 0.
/// Source: DLMF 8.17.22, the continued fraction of the incomplete beta function.
/// @param degrees  of freedom, above 0
ASSAY_EXPORT double student_t_p(double t, double degrees) noexcept;

}  // namespace assay::detail
