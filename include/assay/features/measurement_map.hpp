#pragma once

#include <string>
#include <vector>

#include "assay/base/export.hpp"

namespace assay::features {

/// Where the measurements of one charted item go.
struct MeasurementSource {
    std::string code;    ///< the chart's item code
    std::string column;  ///< of the wide table, "heart_rate"
    std::string unit;    ///< UCUM unit of values that come without one

    bool operator==(const MeasurementSource&) const = default;
};

/// Items by priority: where two items give one column at one time, the earlier one is taken.
using MeasurementMap = std::vector<MeasurementSource>;

/// Vital signs charted in MIMIC-IV (MetaVision): invasive pressures before cuff pressures.
/// Source: MIMIC-IV d_items (PhysioNet); items by the MIMIC code repository's vital-sign concept.
ASSAY_EXPORT const MeasurementMap& mimic_iv_measurements();

}  // namespace assay::features
