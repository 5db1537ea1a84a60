#pragma once

#include <string>
#include <vector>

#include "assay/data/quality.hpp"

namespace assay::data::detail {

/// One overload per check: rows that fail, ascending. Columns exist and have the right type, or SchemaError.
std::vector<index> failing_rows(const Table& table, const RequiredCheck& check);
std::vector<index> failing_rows(const Table& table, const RangeCheck& check);
std::vector<index> failing_rows(const Table& table, const UniqueCheck& check);
std::vector<index> failing_rows(const Table& table, const ReferenceCheck& check);
std::vector<index> failing_rows(const Table& table, const PatternCheck& check);
std::vector<index> failing_rows(const Table& table, const AllowedCheck& check);
std::vector<index> failing_rows(const Table& table, const MonotoneCheck& check);

/// What the check asks for, in words: "heart_rate between 0 and 390 /min".
std::string describe(const Table& table, const Check& check);

}  // namespace assay::data::detail
