#pragma once

#include <array>
#include <optional>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/patient_summary.hpp"
#include "assay/features/summarise_patients.hpp"

namespace assay::features::detail {

/// What the vital signs of one patient say.
struct PatientVitals {
    index rows = 0;
    std::optional<Timestamp> first_at;
    std::optional<Timestamp> last_at;
    std::array<VitalStatistics, 6> vitals;
    std::optional<double> average_risk;
    std::optional<double> max_risk;
};

/// Statistics of the vital signs of each patient of `groups`. The table's columns are checked. The same bits at any
/// number of threads: rows are cut by position alone and parts are merged in row order.
ASSAY_EXPORT std::vector<PatientVitals> vital_statistics(const data::Table& vitals, const PatientGroups& groups,
                                                         const RiskWeights& weights);

}  // namespace assay::features::detail
