#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "assay/data/array.hpp"
#include "prelude.hpp"

namespace assay::bindings {

/// Integers up to here are floating-point numbers without loss.
inline constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

/// The value of row i as Python knows it: bool, int, float, str, bytes, datetime.date, datetime.datetime in UTC, None.
py::object value_to_python(const data::Array& column, index i);
py::list values_to_python(const data::Array& column);

/// A column from a NumPy array, anything that speaks Arrow, or an iterable of Python values.
/// @param type  the wanted type; without it the values decide
/// @param name  the column's name in error texts
data::Array column_from_python(const py::handle& values, std::optional<data::Type> type, const std::string& name);

/// A column from an iterable of Python values.
data::Array column_from_values(const py::handle& values, std::optional<data::Type> type, const std::string& name);

/// A copy of a one-dimensional NumPy array as a column; masked values and NaT become null, NaN stays NaN.
data::Array column_from_numpy(const py::handle& array, const std::string& name);

/// The column as a NumPy array: a read-only view that keeps `owner` alive where memory allows it, otherwise a copy.
py::object column_to_numpy(const data::Array& column, const py::handle& owner);

/// Row numbers from any iterable of integers, a NumPy array or an integer column.
std::vector<index> rows_from_python(const py::handle& rows);
/// One byte per row from booleans; null counts as false.
std::vector<std::uint8_t> flags_from_python(const py::handle& keep);

}  // namespace assay::bindings
