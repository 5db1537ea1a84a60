#pragma once

#include <span>

#include "assay/base/export.hpp"
#include "assay/features/observation.hpp"

namespace assay::features {

/// Heart rate over systolic pressure, 1/(min·mm[Hg]); NaN if either is missing or the pressure is not above 0.
/// About 0.5–0.7 in healthy adults; 0.9 and above is abnormal by convention.
/// Source: Allgöwer & Burri 1967, Dtsch Med Wochenschr 92:1947; Rady et al. 1994, Ann Emerg Med 24:685 (0.9).
inline double shock_index(double heart_rate, double systolic_bp) noexcept {
    return systolic_bp > 0 ? heart_rate / systolic_bp : kMissing;
}

/// The same over columns [n]. @throws ShapeError if lengths differ.   Cost: O(n).
ASSAY_EXPORT void shock_index(std::span<const double> heart_rate, std::span<const double> systolic_bp,
                              std::span<double> out);

}  // namespace assay::features
