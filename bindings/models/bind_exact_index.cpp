#include "assay/base/error.hpp"
#include "assay/models/search/detail/search_path.hpp"
#include "assay/models/search/exact_index.hpp"
#include "prelude.hpp"

#include <pybind11/numpy.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <string>
#include <vector>

// The exact nearest-neighbour index over NumPy arrays.
namespace assay::bindings {
namespace {

using models::ExactIndex;
using FloatRows = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Int64s = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

/// Rows as float32 [n, dim]; one vector [dim] is one row. Types that float32 cannot hold are refused, not rounded.
FloatRows rows_from(const py::object& given, index dim, const std::string& what) {
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

Int64s ids_from(const py::object& given, const std::string& what) {
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

std::span<const float> span_of(const FloatRows& rows) { return {rows.data(), static_cast<std::size_t>(rows.size())}; }

std::span<const std::int64_t> span_of(const Int64s& ids) { return {ids.data(), static_cast<std::size_t>(ids.size())}; }

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

Found search(const ExactIndex& self, const py::object& queries, index k, const py::object& filter) {
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

FoundInRange search_range(const ExactIndex& self, const py::object& queries, float least, const py::object& filter) {
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

void add(ExactIndex& self, const py::object& vectors, const py::object& ids) {
    const FloatRows rows = rows_from(vectors, self.dim(), "add");
    std::optional<Int64s> numbers;
    if (!ids.is_none()) numbers = ids_from(ids, "add");
    const py::gil_scoped_release unlocked;
    self.add(span_of(rows), numbers ? std::optional(span_of(*numbers)) : std::nullopt);
}

index remove(ExactIndex& self, const py::object& ids) {
    const Int64s numbers = ids_from(ids, "remove");
    const py::gil_scoped_release unlocked;
    return self.remove(span_of(numbers));
}

}  // namespace

void bind_exact_index(py::module_& m) {
    using ReleaseGil = py::call_guard<py::gil_scoped_release>;
    py::class_<ExactIndex>(m, "ExactIndex",
                           "Exact nearest neighbours by inner product; of L2-normalised vectors, the cosine.\n\n"
                           "The answers have the same bits at any number of threads, batch size and instruction set.")
        .def(py::init<index>(), py::kw_only(), py::arg("dim") = 512, "`dim`: length of the vectors, 1 to 65536.")
        .def("add", &add, py::arg("vectors"), py::arg("ids") = py::none(),
             "Add float32 vectors [n, dim], all or none; without `ids` [n], they get the next numbers.")
        .def("remove", &remove, py::arg("ids"), "Remove rows by id; returns how many were there.")
        .def("search", &search, py::arg("queries"), py::kw_only(), py::arg("k") = 10, py::arg("filter") = py::none(),
             "Scores and ids [n, min(k, rows)] of the best rows of each query, best first, equal scores by id.\n\n"
             "`filter`: booleans, one for each row in the order of `ids`.")
        .def("search_range", &search_range, py::arg("queries"), py::kw_only(), py::arg("least"),
             py::arg("filter") = py::none(),
             "Offsets [n + 1], scores and ids of all rows with a score of at least `least`.\n\n"
             "Query i has the entries from offsets[i] to offsets[i + 1], best first.")
        .def("save", &ExactIndex::save, ReleaseGil(), py::arg("path"), "Write the index as one file, atomically.")
        .def_static("open", &ExactIndex::open, ReleaseGil(), py::arg("path"), py::kw_only(), py::arg("verify") = true,
                    "Map a saved index; `verify=False` skips the checksums of the vectors, which read the whole file.")
        .def_static(
            "merge",
            [](const std::vector<std::filesystem::path>& parts, const std::filesystem::path& path) {
                const py::gil_scoped_release unlocked;
                ExactIndex::merge(parts, path);
            },
            py::arg("parts"), py::arg("path"),
            "Write the rows of saved indexes as one file, in their order, in little memory.")
        .def_property_readonly("dim", &ExactIndex::dim, "Length of the vectors.")
        .def_property_readonly(
            "ids",
            [](const ExactIndex& self) {
                std::vector<std::int64_t> ids = self.ids();
                const auto n = static_cast<py::ssize_t>(ids.size());
                return array_of(std::move(ids), {n});
            },
            "Ids of the rows [n], in the order in which they were added.")
        .def_property_readonly("nbytes", &ExactIndex::bytes, "Bytes in memory or mapped.")
        .def_static("instruction_set", &models::detail::search_path,
                    "The code path in use; ASSAY_SIMD chooses another.")
        .def("__len__", &ExactIndex::size)
        .def("__contains__", &ExactIndex::contains, py::arg("id"))
        .def("__repr__", [](const ExactIndex& self) {
            return "ExactIndex(dim=" + std::to_string(self.dim()) + ", " + std::to_string(self.size()) + " rows)";
        });
}

}  // namespace assay::bindings
