#pragma once

#include <cstdint>
#include <vector>

#include "assay/data/table.hpp"
#include "standardise_plan.hpp"

namespace assay::data::detail {

/// The distinct keys of a table in order of their first row, and which one each row has.
struct TestGroups {
    std::vector<TestKey> keys;  ///< views into the table's columns
    std::vector<index> first_rows;
    std::vector<std::uint32_t> of_row;
};

/// @param local_codes, loincs, units  text columns of one length; null is as good as empty
/// Cost: about 20 ns a row and core, shared among num_threads().
TestGroups group_tests(const Array& local_codes, const Array& loincs, const Array& units);

}  // namespace assay::data::detail
