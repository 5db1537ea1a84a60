#pragma once

#include <pybind11/numpy.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
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
    ForestRows(const py::object& x, index features, bool finite) {
        if (PyList_CheckExact(x.ptr()) != 0) {
            read_lists(x.ptr(), features);
        } else {
            read_array(x, features);
        }
        if (finite) refuse_infinite();
    }
    /// One row [features]: a list, a tuple or an array.
    static ForestRows one(const py::object& row, index features, bool finite) {
        ForestRows rows;
        if (PyList_CheckExact(row.ptr()) != 0 || PyTuple_CheckExact(row.ptr()) != 0) {
            rows.reserve(features);
            rows.read_list(row.ptr(), features);
        } else {
            const auto array = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(row);
            if (!array) throw py::error_already_set();
            if (array.ndim() != 1 || array.shape(0) != features) rows.refuse_shape(features);
            rows.reserve(features);
            rows.values_.insert(rows.values_.end(), array.data(), array.data() + features);
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
    ForestRows() = default;

    [[noreturn]] static void refuse_shape(index features) {
        throw ShapeError("expected rows of " + std::to_string(features) + " features: an array or lists of [rows, " +
                         std::to_string(features) + "]");
    }
    void reserve(index count) { values_.reserve(static_cast<std::size_t>(count)); }

    void read_list(PyObject* row, index features) {
        if (PySequence_Fast_GET_SIZE(row) != features) refuse_shape(features);
        PyObject** items = PySequence_Fast_ITEMS(row);
        for (index f = 0; f < features; ++f) {
            const double value = PyFloat_CheckExact(items[f]) ? PyFloat_AS_DOUBLE(items[f])
                                 : items[f] == Py_None        ? std::nan("")
                                                              : PyFloat_AsDouble(items[f]);
            if (value == -1.0 && PyErr_Occurred() != nullptr) {
                PyErr_Clear();
                throw ValueError("expected numbers in rows of features, got a " +
                                 std::string(Py_TYPE(items[f])->tp_name));
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
            auto converted = py::array_t<float, py::array::c_style | py::array::forcecast>::ensure(x);
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
        throw ValueError("Input X contains infinity or a value too large for dtype('float32').");
    }

    py::object array_{};
    std::vector<float> values_{};
    const float* data_ = nullptr;
    std::size_t size_ = 0;
    index count_ = 0;
};

}  // namespace assay::bindings
