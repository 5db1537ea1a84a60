#pragma once

#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"
#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/news2.hpp"
#include "assay/features/patient_summary.hpp"

namespace assay::features::detail {

/// The two parameters of NEWS2 that are no vital sign.
struct News2State {
    Consciousness consciousness = Consciousness::Alert;
    bool on_oxygen = false;
};

/// An arrival and the time that its findings stand for: from the arrival to the departure, both included.
struct News2Arrival {
    Timestamp from;
    std::optional<Timestamp> until;   ///< empty: until the next arrival
    std::optional<News2State> state;  ///< empty where it states consciousness or oxygen not at all
};

/// Arrivals of one patient in order of time.
using News2Arrivals = std::vector<News2Arrival>;

struct WorstNews2 {
    std::optional<int> score;
    std::optional<Timestamp> at;  ///< earliest time with that score
    bool red_level = false;       ///< consciousness scored 3 in a row
    bool red_spo2 = false;        ///< oxygen saturation scored 3 in a row of a known state
};

/// The worst NEWS2 of each patient over rows that hold all five vital signs and lie within an arrival that states
/// consciousness and oxygen: of the arrivals up to the row's time the latest, unless its departure came before.
/// @param arrivals_of  [patients], empty where a patient has none
ASSAY_EXPORT std::vector<WorstNews2> worst_news2(const data::Table& vitals, const PatientGroups& groups,
                                                 const std::vector<News2Arrivals>& arrivals_of, Spo2Scale scale);

/// Parameters that scored 3 in any row, in the order of the chart, by the names of their columns.
///
/// Every 3 of a vital sign lies at the end of its range, so the extremes decide; only that of a saturation of 97 % and
/// more on oxygen (scale 2), and consciousness, depend on the state of the row.
ASSAY_EXPORT std::vector<std::string> red_parameters(const PatientSummary& patient, const WorstNews2& worst,
                                                     Spo2Scale scale);

}  // namespace assay::features::detail
