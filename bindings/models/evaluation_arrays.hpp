#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "assay/base/error.hpp"
#include "assay/base/index.hpp"

// Scores, truth and classes of evaluations as NumPy arrays.
namespace assay::bindings::evaluation_arrays {

namespace py = pybind11;

template <class T>
using Dense = py::array_t<T, py::array::c_style | py::array::forcecast>;
using Doubles = Dense<double>;

template <class T>
std::span<const T> values_of(const Dense<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

/// The number of columns of [rows, labels].
template <class T>
index columns_of(const Dense<T>& table, const char* where) {
    if (table.ndim() == 2) return table.shape(1);
    throw ShapeError(std::string(where) + ": expected shape [rows, labels], got " +
                     std::string(py::str(table.attr("shape"))));
}

/// Booleans, or whole numbers of which 0 is false, in the shape of the scores.
class Marks {
  public:
    Marks(const py::object& given, const Doubles& scores, const char* where) {
        const auto any = py::array::ensure(given);
        if (!any || std::string_view("biu").find(any.dtype().kind()) == std::string_view::npos) {
            PyErr_Clear();
            if (!any || any.size() > 0) {
                throw py::type_error(std::string(where) + ": expected truth as an array of booleans");
            }
        }
        if (any.ndim() != scores.ndim() || !std::equal(any.shape(), any.shape() + any.ndim(), scores.shape())) {
            throw ShapeError(std::string(where) + ": expected truth of the shape of the scores, " +
                             std::string(py::str(scores.attr("shape"))) + ", got " +
                             std::string(py::str(any.attr("shape"))));
        }
        marks_ = Dense<std::uint8_t>(any.attr("astype")("bool"));
    }
    std::span<const std::uint8_t> values() const { return values_of(marks_); }

  private:
    Dense<std::uint8_t> marks_{};
};

/// Whole numbers for the group of each case; none for None.
class GroupCodes {
  public:
    GroupCodes(const py::object& given, const char* where) {
        if (given.is_none()) return;
        const auto any = py::array::ensure(given);
        if (!any || any.ndim() != 1 || std::string_view("iu").find(any.dtype().kind()) == std::string_view::npos) {
            PyErr_Clear();
            throw py::type_error(std::string(where) + ": expected groups as whole numbers [cases], or None");
        }
        codes_ = Dense<index>(any);
    }
    std::span<const index> values() const { return values_of(codes_); }

  private:
    Dense<index> codes_{};
};

inline Doubles doubles_of(std::span<const double> values) { return Doubles(std::ssize(values), values.data()); }

}  // namespace assay::bindings::evaluation_arrays
