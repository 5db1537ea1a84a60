#pragma once

#include "assay/base/export.hpp"

namespace assay::detail {

/// Quantile of the standard normal distribution, 0 < p < 1.
/// Source: Wichura 1988, AS 241, Applied Statistics 37:477 (PPND16, relative error 1e-16).
ASSAY_EXPORT double normal_quantile(double p) noexcept;

}  // namespace assay::detail
