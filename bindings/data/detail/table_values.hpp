#pragma once

#include <optional>

#include "assay/data/table.hpp"
#include "prelude.hpp"

namespace assay::bindings {

data::Table table_from_dict(const py::dict& columns, const std::optional<data::TableSchema>& schema);
data::Table table_from_rows(const py::list& rows, const std::optional<data::TableSchema>& schema);

py::dict table_to_dict(const data::Table& table);
py::list table_to_rows(const data::Table& table);
py::dict row_to_python(const data::Table& table, index row);

}  // namespace assay::bindings
