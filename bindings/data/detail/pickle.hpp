#pragma once

#include "assay/data/array.hpp"
#include "assay/data/field.hpp"
#include "prelude.hpp"

namespace assay::bindings {

/// Pickle states: plain tuples that begin with a version, so that later releases can read them.
py::tuple field_state(const data::Field& field);
data::Field field_from_state(const py::tuple& state);

/// Only the rows of a slice are written.
py::tuple column_state(const data::Array& column);
/// @throws ValueError if the state is not one that column_state writes.
data::Array column_from_state(const py::tuple& state);

}  // namespace assay::bindings
