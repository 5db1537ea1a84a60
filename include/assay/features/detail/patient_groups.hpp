#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/features/detail/scratch_array.hpp"

namespace assay::features::detail {

/// Consecutive rows of one patient.
struct PatientRun {
    index begin = 0;
    index end = 0;
    std::int32_t patient = -1;  ///< position in PatientGroups::ids, -1 where the id is null
};

/// The rows of a table by patient: runs in row order, patients in order of first appearance. In a feed of many patients
/// nearly every row begins a run; there each row is a run of its own, so that one number a row says it all.
struct PatientGroups {
    std::vector<std::string_view> ids;    ///< point into the column that was grouped
    std::vector<index> begins;            ///< first row of each run, then the number of rows; empty where by_row()
    ScratchArray<std::int32_t> patients;  ///< of each run

    bool by_row() const noexcept { return begins.empty(); }
    index num_runs() const noexcept { return patients.size(); }
    index num_rows() const noexcept { return by_row() ? num_runs() : begins.back(); }
    PatientRun run(index r) const noexcept {
        if (by_row()) return {r, r + 1, patients[r]};
        const auto at = static_cast<std::size_t>(r);
        return {begins[at], begins[at + 1], patients[r]};
    }
};

/// A column with its groups, for those who come to the same rows later.
struct GroupedIds {
    data::Array ids;
    PatientGroups groups;

    /// Whether a column is this one: the same memory, not equal contents.
    bool are_of(const data::Array& column) const noexcept;
};

/// How many of `n` rows or runs a thread takes at a time: few enough for all threads to have some, enough to pay for
/// beginning. Depends on the number of threads, so that no result may depend on where the cuts lie.
index part_length(index n);

/// Groups the rows of a text column. Whether by_row() is told by a sample of the rows, so that it may differ from what
/// all of them would say, but not with the number of threads.
/// Cost: O(bytes), on all threads. A look-up in a hash table for each run, but where a patient follows whom it followed
/// at first, as where patients are polled in turn.
ASSAY_EXPORT PatientGroups group_by_patient(const data::Array& patient_id);

}  // namespace assay::features::detail
