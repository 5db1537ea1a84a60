#pragma once

#include "assay/data/table.hpp"
#include "prelude.hpp"

namespace assay::bindings {

/// Whether the object offers __arrow_c_stream__ or __arrow_c_array__.
bool speaks_arrow(const py::handle& object);

/// Takes over what the object exports. The interpreter lock is free while the producer works.
data::Table table_from_arrow(const py::object& source);
data::Array column_from_arrow(const py::object& source);

py::capsule schema_capsule(const data::TableSchema& schema);
py::capsule field_capsule(const data::Field& field);
/// (arrow_schema, arrow_array) of one column.
py::tuple array_capsules(const data::Array& column);
/// A fresh stream over the table, in the requested types where that loses nothing.
py::capsule stream_capsule(const data::Table& table, const py::object& requested);

}  // namespace assay::bindings
