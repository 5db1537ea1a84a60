#pragma once

#include <pybind11/numpy.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/index.hpp"
#include "prelude.hpp"

// Rows of features as forests take them: float32, one behind the other, read without NumPy where they are few.
namespace assay::bindings {

class ForestRows {
  public:
    /// @param x       an array or lists of [rows, features]
    /// @param finite  whether infinities are refused, as numbers beyond float32 then are
    /// @param where   method for the errors
    ForestRows(const py::object& x, index features, bool finite, const char* where)
        : features_(features), where_(where) {
        if (PyList_CheckExact(x.ptr()) != 0) {
            read_lists(x.ptr(), features);
        } else {
            read_array(x, features);
        }
        if (finite) refuse_infinite();
    }
    /// One row [features]: a list, a tuple or an array.
    static ForestRows one(const py::object& row, index features, bool finite, const char* where) {
        ForestRows rows(features, where);
        if (PyList_CheckExact(row.ptr()) != 0 || PyTuple_CheckExact(row.ptr()) != 0) {
            rows.reserve(features);
            rows.read_list(row.ptr(), features);
        } else {
            const auto any = py::array::ensure(row);
            if (!any) throw py::error_already_set();
            if (any.ndim() != 1 || any.shape(0) != features) rows.refuse_shape(features);
            rows.reserve(features);
            if (any.dtype().kind() == 'O') {  // a row of a data frame of several types
                const py::object items = any.attr("tolist")();
                rows.read_list(items.ptr(), features);
            } else {
                rows.refuse_other_kinds(any);
                const auto array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(any);
                if (!array) throw py::error_already_set();
                rows.values_.insert(rows.values_.end(), array.data(), array.data() + features);
            }
        }
        rows.count_ = 1;
        rows.data_ = rows.values_.data();
        rows.size_ = rows.values_.size();
        if (finite) rows.refuse_infinite();
        return rows;
    }

    index count() const { return count_; }
    std::span<const float> values() const { return {data_, size_}; }

  private:
    ForestRows(index features, const char* where) : features_(features), where_(where) {}

    [[noreturn]] void refuse_shape(index features) const {
        throw ShapeError(std::string(where_) + ": expected rows of " + std::to_string(features) +
                         " features: an array or lists of [rows, " + std::to_string(features) + "]");
    }
    /// Complex numbers, times and texts would be cast without a word.
    void refuse_other_kinds(const py::array& array) const {
        if (std::string_view("biuf").find(array.dtype().kind()) != std::string_view::npos) return;
        throw ValueError(std::string(where_) + ": expected numbers in rows of features, got " +
                         std::string(py::str(array.dtype())));
    }
    /// What has a float() of its own that drops a part of it.
    static bool drops_a_part(PyObject* item) {
        const std::string_view type = Py_TYPE(item)->tp_name;
        return type.starts_with("numpy.complex") || type.starts_with("numpy.clongdouble") ||
               type.starts_with("numpy.datetime") || type.starts_with("numpy.timedelta") || PyComplex_Check(item) != 0;
    }
    void reserve(index count) { values_.reserve(static_cast<std::size_t>(count)); }

    double not_a_number(PyObject* item, index feature) const {
        throw ValueError(std::string(where_) + ": expected numbers in rows of features, got a " +
                         std::string(Py_TYPE(item)->tp_name) + " in feature " + std::to_string(feature));
    }

    void read_list(PyObject* row, index features) {
        if (PySequence_Fast_GET_SIZE(row) != features) refuse_shape(features);
        PyObject** items = PySequence_Fast_ITEMS(row);
        for (index f = 0; f < features; ++f) {
            const double value = PyFloat_CheckExact(items[f]) ? PyFloat_AS_DOUBLE(items[f])
                                 : items[f] == Py_None        ? std::nan("")
                                 : drops_a_part(items[f])     ? not_a_number(items[f], f)
                                                              : PyFloat_AsDouble(items[f]);
            if (value == -1.0 && PyErr_Occurred() != nullptr) {
                PyErr_Clear();
                not_a_number(items[f], f);
            }
            values_.push_back(static_cast<float>(value));
        }
    }

    void read_lists(PyObject* lists, index features) {
        count_ = PyList_GET_SIZE(lists);
        reserve(count_ * features);
        for (index r = 0; r < count_; ++r) {
            PyObject* row = PyList_GET_ITEM(lists, r);
            if (PyList_CheckExact(row) == 0 && PyTuple_CheckExact(row) == 0) refuse_shape(features);
            read_list(row, features);
        }
        data_ = values_.data();
        size_ = values_.size();
    }

    void read_array(const py::object& x, index features) {
        using Floats = py::array_t<float, py::array::c_style>;
        using Doubles = py::array_t<double, py::array::c_style>;
        if (Floats::check_(x)) {
            array_ = x;
        } else if (!Doubles::check_(x)) {
            const auto any = py::array::ensure(x);
            if (!any) throw py::error_already_set();
            refuse_other_kinds(any);
            auto converted = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(any);
            if (!converted) throw py::error_already_set();
            array_ = converted;
        }
        const auto array = py::reinterpret_borrow<py::array>(array_ ? array_ : x);
        if (array.ndim() != 2 || array.shape(1) != features) refuse_shape(features);
        count_ = array.shape(0);
        size_ = static_cast<std::size_t>(count_ * features);
        if (array_) {
            data_ = static_cast<const float*>(array.data());
            return;
        }
        const auto* numbers = static_cast<const double*>(array.data());
        values_.resize(size_);
        for (std::size_t i = 0; i < size_; ++i) values_[i] = static_cast<float>(numbers[i]);
        data_ = values_.data();
    }

    void refuse_infinite() const {
        float worst = 0;  // max(worst, NaN) is worst: a missing value is none
        for (std::size_t i = 0; i < size_; ++i) worst = std::max(worst, std::fabs(data_[i]));
        if (!std::isinf(worst)) return;
        const auto* found = std::find_if(data_, data_ + size_, [](float v) { return std::isinf(v); });
        const index place = found - data_;
        throw ValueError(std::string(where_) +
                         ": X contains infinity or a value too large for dtype('float32') in row " +
                         std::to_string(place / features_) + ", feature " + std::to_string(place % features_));
    }

    py::object array_{};
    std::vector<float> values_{};
    const float* data_ = nullptr;
    std::size_t size_ = 0;
    index count_ = 0;
    index features_;
    const char* where_;
};

}  // namespace assay::bindings
