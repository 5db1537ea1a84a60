#pragma once

#include <optional>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/news2.hpp"

namespace assay::features::detail {

/// The two parameters of NEWS2 that are no vital sign.
struct News2State {
    Consciousness consciousness = Consciousness::Alert;
    bool on_oxygen = false;
};

struct WorstNews2 {
    std::optional<int> score;
    std::optional<Timestamp> at;  ///< earliest time with that score
};

/// The worst NEWS2 of each patient over rows that hold all five vital signs; empty for patients without a state.
ASSAY_EXPORT std::vector<WorstNews2> worst_news2(const data::Table& vitals, const PatientGroups& groups,
                                                 const std::vector<std::optional<News2State>>& state_of,
                                                 Spo2Scale scale);

}  // namespace assay::features::detail
