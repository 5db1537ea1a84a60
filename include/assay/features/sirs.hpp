#pragma once

#include "assay/base/export.hpp"
#include "assay/features/observation.hpp"

namespace assay::features {

/// Inputs of the SIRS criteria; NaN means not measured.
struct SirsInput {
    double temperature = kMissing;       ///< Cel
    double heart_rate = kMissing;        ///< /min
    double respiratory_rate = kMissing;  ///< /min
    double paco2 = kMissing;             ///< mm[Hg], an alternative to the respiratory rate
    double wbc = kMissing;               ///< 10*3/uL
    double bands = kMissing;             ///< %, an alternative to the white cell count
};

/// Systemic inflammatory response syndrome, criteria met out of 4: temperature < 36 or > 38 °C; heart rate > 90 /min;
/// respiratory rate > 20 /min or PaCO2 < 32 mm[Hg]; white cells < 4 or > 12 ·10³/µL or more than 10 % bands.
///
/// A criterion with alternatives is missing only if all of them are: one that was measured decides.
/// Source: Bone et al. 1992, Chest 101:1644.
ASSAY_EXPORT PointScore sirs(const SirsInput& input);

}  // namespace assay::features
