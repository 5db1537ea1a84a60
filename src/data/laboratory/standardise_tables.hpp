#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "assay/data/table.hpp"
#include "standardise_groups.hpp"
#include "standardise_plan.hpp"

namespace assay::data::detail {

/// texts[of_row[row]] in every row; null where that is empty, or where the row's remarks lack the bits of `remark`.
/// Cost: about 10 ns a row and core, shared among num_threads().
Array spread_text(std::span<const std::uint32_t> of_row, std::span<const std::string_view> texts,
                  std::span<const std::uint8_t> remarks, std::uint8_t remark);

/// StandardisedResults::refused.
Table refused_table(const Table& rows, std::span<const index> refused, std::span<const Outcome> outcomes);

/// StandardisedResults::tests.
Table tests_table(const Table& rows, const TestGroups& groups, std::span<const TestPlan> plans,
                  std::span<const Outcome> outcomes);

}  // namespace assay::data::detail
