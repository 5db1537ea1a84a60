#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/typing.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/bitmap.hpp"
#include "assay/models/search/matches.hpp"

// Vectors, ids, filters and answers of exact searches as NumPy arrays.
namespace assay::bindings::search_arrays {

namespace py = pybind11;

using FloatRows = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Int64s = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Rows as float32 [n, dim]; one vector [dim] is one row. Types that float32 cannot hold are refused, not rounded.
inline FloatRows rows_from(const py::object& given, index dim, const std::string& what) {
    const auto any = py::array::ensure(given);
    if (!any) {
        PyErr_Clear();
        throw py::type_error(what + ": expected an array of float32, got " +
                             std::string(py::str(py::type::of(given).attr("__name__"))));
    }
    const auto kind = any.dtype().kind();
    if (any.size() > 0 && (kind != 'f' || any.itemsize() > 4)) {
        throw py::type_error(what + ": expected float32 (or float16) values, got " + std::string(py::str(any.dtype())) +
                             "; use .astype(\"float32\")");
    }
    if (any.ndim() > 2 || any.ndim() < 1 || (any.shape(any.ndim() - 1) != dim && any.size() > 0)) {
        throw ShapeError(what + ": expected shape [n, " + std::to_string(dim) + "], got " +
                         std::string(py::str(any.attr("shape"))));
    }
    return FloatRows(any);
}

inline Int64s ids_from(const py::object& given, const std::string& what) {
    const auto any = py::array::ensure(given);
    if (!any || (any.size() > 0 && any.dtype().kind() != 'i' && any.dtype().kind() != 'u') ||
        (any.dtype().kind() == 'u' && any.itemsize() == 8)) {
        PyErr_Clear();
        throw py::type_error(what + ": expected ids as whole numbers of at most 64 bits with a sign (int64)");
    }
    if (any.ndim() > 1) {
        throw ShapeError(what + ": expected ids of shape [n], got " + std::string(py::str(any.attr("shape"))));
    }
    return Int64s(any);
}

inline std::span<const float> span_of(const FloatRows& rows) {
    return {rows.data(), static_cast<std::size_t>(rows.size())};
}

inline std::span<const std::int64_t> span_of(const Int64s& ids) {
    return {ids.data(), static_cast<std::size_t>(ids.size())};
}

/// A filter of booleans as bits.
class Filter {
  public:
    explicit Filter(const py::object& given) {
        if (given.is_none()) return;
        const auto any = py::array::ensure(given);
        if (!any || any.dtype().kind() != 'b' || any.ndim() != 1) {
            PyErr_Clear();
            throw py::type_error("search: expected a filter of booleans, one for each row in the order of .ids");
        }
        const py::array_t<bool, py::array::c_style | py::array::forcecast> values(any);
        size_ = values.size();
        bits_.resize(static_cast<std::size_t>(size_ / 8 + 1));
        for (index i = 0; i < size_; ++i) {
            if (values.data()[i]) data::set_bit(bits_.data(), i);
        }
    }
    std::optional<data::BitmapView> view() const {
        if (bits_.empty()) return std::nullopt;
        return data::BitmapView(bits_.data(), 0, size_);
    }

  private:
    std::vector<std::uint8_t> bits_{};
    index size_ = 0;
};

/// An array over a vector, without a copy.
template <class T>
py::array_t<T> array_of(std::vector<T> values, std::vector<py::ssize_t> shape) {
    auto* kept = new std::vector<T>(std::move(values));
    const py::capsule owner(kept, [](void* p) { delete static_cast<std::vector<T>*>(p); });
    return py::array_t<T>(std::move(shape), kept->data(), owner);
}

using Found = py::typing::Tuple<py::array_t<float>, py::array_t<std::int64_t>>;
using FoundInRange = py::typing::Tuple<py::array_t<std::int64_t>, py::array_t<float>, py::array_t<std::int64_t>>;

/// Of an ExactIndex or a DeviceIndex.
template <class Index>
Found search(const Index& self, const py::object& queries, index k, const py::object& filter) {
    const FloatRows rows = rows_from(queries, self.dim(), "search");
    const Filter admitted(filter);
    models::Matches found;
    {
        const py::gil_scoped_release unlocked;
        found = self.search(span_of(rows), k, admitted.view());
    }
    const std::vector<py::ssize_t> shape{found.queries, found.per_query};
    return py::make_tuple(array_of(std::move(found.scores), shape), array_of(std::move(found.ids), shape));
}

template <class Index>
FoundInRange search_range(const Index& self, const py::object& queries, float least, const py::object& filter) {
    const FloatRows rows = rows_from(queries, self.dim(), "search_range");
    const Filter admitted(filter);
    models::RangeMatches found;
    {
        const py::gil_scoped_release unlocked;
        found = self.search_range(span_of(rows), least, admitted.view());
    }
    const auto n = static_cast<py::ssize_t>(found.ids.size());
    const auto queries_and_one = static_cast<py::ssize_t>(found.offsets.size());
    const std::vector<std::int64_t> offsets(found.offsets.begin(), found.offsets.end());
    return py::make_tuple(array_of(offsets, {queries_and_one}), array_of(std::move(found.scores), {n}),
                          array_of(std::move(found.ids), {n}));
}

}  // namespace assay::bindings::search_arrays
