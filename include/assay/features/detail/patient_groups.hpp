#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"

namespace assay::features::detail {

/// Consecutive rows of one patient.
struct PatientRun {
    index begin = 0;
    index end = 0;
    std::int32_t patient = -1;  ///< position in PatientGroups::ids, -1 where the id is null
};

/// The rows of a table by patient: runs in row order, patients in order of first appearance.
struct PatientGroups {
    std::vector<std::string_view> ids;  ///< point into the column that was grouped
    std::vector<PatientRun> runs;
};

/// Groups the rows of a text column. Cost: O(bytes) to find the runs, on all threads, and one hash a run.
ASSAY_EXPORT PatientGroups group_by_patient(const data::Array& patient_id);

}  // namespace assay::features::detail
