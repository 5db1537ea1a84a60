#pragma once

#include "assay/base/export.hpp"
#include "assay/features/observation.hpp"

namespace assay::features {

/// Quick SOFA, 0–3: respiratory rate ≥ 22 /min, systolic pressure ≤ 100 mm[Hg], Glasgow coma scale below
/// `gcs_threshold` (15: any alteration). 2 or more suggests a poor outcome in suspected infection.
/// NaN is missing: `total` is then empty.
/// Source: Singer et al. 2016, JAMA 315:801 (Sepsis-3), box 4.
ASSAY_EXPORT PointScore qsofa(double respiratory_rate, double systolic_bp, double glasgow_coma_scale,
                              double gcs_threshold = 15);

}  // namespace assay::features
