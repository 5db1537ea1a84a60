#pragma once

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::features::detail {

/// The column as float64: itself where it is, a converted copy of any other numeric type. Nulls stay.
/// @throws SchemaError naming `name` if it is not numeric.
ASSAY_EXPORT data::Array as_float64(const data::Array& column, std::string_view name);

/// The column, checked to be of this type. @throws SchemaError naming column, expected and found type.
ASSAY_EXPORT const data::Array& expect_column(const data::Table& table, std::string_view name, data::Type type);

}  // namespace assay::features::detail
