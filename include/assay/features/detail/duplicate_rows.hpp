#pragma once

#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/features/detail/patient_groups.hpp"

namespace assay::features::detail {

/// Rows of one patient and time, in input order; at least two.
using RowGroup = std::vector<index>;

/// Rows that share patient and time, ordered by their first row. Rows with a null time stand in none.
/// Cost: O(n) where each patient's times ascend; patients whose times do not are sorted.
ASSAY_EXPORT std::vector<RowGroup> find_duplicate_rows(const PatientGroups& groups, const data::Array& observed_at);

}  // namespace assay::features::detail
