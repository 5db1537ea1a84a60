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

/// The rows of a table by patient: runs in row order, patients in order of first appearance. Runs are kept as two
/// columns: a feed of many patients has a run for nearly every row.
struct PatientGroups {
    std::vector<std::string_view> ids;   ///< point into the column that was grouped
    std::vector<index> begins;           ///< first row of each run, then the number of rows
    std::vector<std::int32_t> patients;  ///< of each run

    index num_runs() const noexcept { return static_cast<index>(patients.size()); }
    index num_rows() const noexcept { return begins.empty() ? 0 : begins.back(); }
    PatientRun run(index r) const noexcept {
        const auto at = static_cast<std::size_t>(r);
        return {begins[at], begins[at + 1], patients[at]};
    }
};

/// Groups the rows of a text column. Cost: O(bytes), on all threads, with one look-up in a hash table for each run.
ASSAY_EXPORT PatientGroups group_by_patient(const data::Array& patient_id);

}  // namespace assay::features::detail
