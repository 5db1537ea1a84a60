#include <pybind11/numpy.h>

#include "assay/data/array.hpp"
#include "assay/data/select.hpp"
#include "detail/arrow_capsules.hpp"
#include "detail/pickle.hpp"
#include "detail/values.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using data::Array;

std::optional<data::Type> type_from(const std::optional<std::string>& name) {
    if (!name) return std::nullopt;
    return data::type_from_name(*name);
}

py::object at(const Array& column, index i) {
    const index row = i < 0 ? i + column.size() : i;
    if (row < 0 || row >= column.size()) {
        throw py::index_error("column: expected a row within [0, " + std::to_string(column.size()) + "), got " +
                              std::to_string(i));
    }
    return value_to_python(column, row);
}

Array elements_at(const Array& column, const py::slice& rows) {
    py::ssize_t start = 0, stop = 0, step = 0, length = 0;
    if (!rows.compute(column.size(), &start, &stop, &step, &length)) throw py::error_already_set();
    if (step == 1) return column.slice(start, length);
    std::vector<index> picked;
    for (py::ssize_t i = 0; i < length; ++i) picked.push_back(start + i * step);
    return data::take(column, picked);
}

py::object as_array(const py::object& self, const py::object& dtype, const py::object& copy) {
    py::object values = column_to_numpy(py::cast<const Array&>(self), self);
    const py::object wanted = dtype.is_none() ? dtype : py::object(py::dtype::from_args(dtype));
    const bool other_type = !dtype.is_none() && !py::object(values.attr("dtype")).equal(wanted);
    const bool view = py::object(values.attr("base")).is(self);
    if (!copy.is_none() && !py::cast<bool>(copy) && (other_type || !view)) {
        throw py::value_error("column: expected a type that NumPy can view without a copy; leave out copy=False");
    }
    if (other_type) return values.attr("astype")(dtype);
    return !copy.is_none() && py::cast<bool>(copy) && view ? values.attr("copy")() : values;
}

std::string text_of(const Array& column) {
    return "Column('" + std::string(name_of(column.type())) + "', " + std::to_string(column.size()) + " values, " +
           std::to_string(column.null_count()) + " null)";
}

}  // namespace

void bind_column(py::module_& m) {
    py::class_<Array>(m, "Column", "One immutable column of a table, in Arrow's memory layout.")
        .def(py::init([](const py::object& values, const std::optional<std::string>& type) {
                 return column_from_python(values, type_from(type), "values");
             }),
             py::arg("values"), py::arg("type") = py::none(),
             "From a list, a NumPy array (copied) or anything with __arrow_c_array__ or __arrow_c_stream__ (not "
             "copied). Without a type the values decide. None, NaT and masked values are null; NaN stays NaN.")
        .def_property_readonly("type", [](const Array& a) { return std::string(name_of(a.type())); })
        .def_property_readonly("null_count", &Array::null_count)
        .def("__len__", &Array::size)
        .def("__getitem__", &at, py::arg("row"), "The value as Python's own type, None where null.")
        .def("__getitem__", &elements_at, py::arg("rows"), "These rows; without a copy where the step is 1.")
        .def("__iter__", [](const Array& a) { return py::iter(values_to_python(a)); })
        .def("to_pylist", &values_to_python,
             "Python values: bool, int, float, str, bytes, date, datetime with UTC, None.")
        .def(
            "to_numpy", [](const py::object& self) { return column_to_numpy(py::cast<const Array&>(self), self); },
            "Without nulls: a read-only view of the same memory for int, float and timestamp (datetime64[us]); copies "
            "for bool, date32 (datetime64[D]), and text and bytes (objects). With nulls a copy: NaN for numbers "
            "(integers become float64, an error beyond 2^53), NaT for times, None in an object array for the rest.")
        .def("__array__", &as_array, py::arg("dtype") = py::none(), py::arg("copy") = py::none())
        .def(
            "take", [](const Array& a, const py::object& rows) { return data::take(a, rows_from_python(rows)); },
            py::arg("rows"), "The rows at these positions, in that order.")
        .def(
            "cast", [](const Array& a, const std::string& type) { return data::cast(a, data::type_from_name(type)); },
            py::arg("type"), "As another type; ValueError names the first row that it cannot hold exactly.")
        .def(
            "is_null",
            [](const Array& a) {
                py::list out;
                for (index i = 0; i < a.size(); ++i) out.append(a.is_null(i));
                return out;
            },
            "One bool per row.")
        .def(
            "__eq__", [](const Array& a, const Array& b) { return a.equals(b); }, py::arg("other"), py::is_operator(),
            "Whether type, length, nulls and values are the same; NaN equals NaN.")
        .def(
            "__arrow_c_array__", [](const Array& a, const py::object&) { return array_capsules(a); },
            py::arg("requested_schema") = py::none())
        .def("__arrow_c_schema__", [](const Array& a) { return py::object(array_capsules(a)[0]); })
        .def("__repr__", &text_of)
        .def(py::pickle(&column_state, &column_from_state));
}

}  // namespace assay::bindings
