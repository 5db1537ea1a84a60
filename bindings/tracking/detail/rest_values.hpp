#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "assay/tracking/detail/shape.hpp"
#include "assay/tracking/rest/page.hpp"
#include "prelude.hpp"

namespace assay::bindings {

/// A Python value of JSON text, and back.
inline py::object from_json_text(const std::string& text) {
    if (text.empty()) return py::none();
    return py::module_::import("json").attr("loads")(text);
}
inline std::string to_json_text(const py::object& value) {
    return py::module_::import("json").attr("dumps")(value, py::arg("ensure_ascii") = false).cast<std::string>();
}

/// What every value of the server has: a repr without what was logged, equality, and a pickle, by its JSON.
template <class T>
void bind_value_methods(py::class_<T>& cls) {
    namespace detail = tracking::detail;
    cls.def("__eq__",
            [](const T& a, const py::object& b) -> py::object {
                if (!py::isinstance<T>(b)) return py::reinterpret_borrow<py::object>(Py_NotImplemented);
                return py::bool_(detail::write_value(a) == detail::write_value(b.cast<const T&>()));
            })
        .def(
            "to_dictionary", [](const T& value) { return from_json_text(detail::write_value(value).dump()); },
            "The value as the server's JSON has it.")
        .def(py::pickle(
            [](const T& value) { return py::str(detail::write_value(value).dump()); },
            [](const py::str& text) { return detail::read<T>(nlohmann::json::parse(text.cast<std::string>())); }));
    cls.attr("__hash__") = py::none();
}

/// A class with a read-only attribute for each member of the struct's shape, under the name it has in JSON.
template <class T>
py::class_<T> bind_value(py::module_& m, const char* name, const char* doc) {
    py::class_<T> cls(m, name, doc);
    if constexpr (tracking::detail::Listed<T>) {
        std::apply([&](const auto&... members) { (cls.def_readonly(members.name, members.place), ...); },
                   tracking::detail::Shape<T>::members);
    }
    bind_value_methods(cls);
    return cls;
}

template <class T>
using PageTuple = std::pair<std::vector<T>, std::string>;

/// A page as Python has it: items and the next token.
template <class T>
PageTuple<T> page_tuple(tracking::Page<T> page) {
    return {std::move(page.items), std::move(page.next)};
}

/// A search as a Python iterator.
template <class T>
void bind_range(py::module_& m, const char* name) {
    using Range = tracking::rest::PageRange<T>;
    py::class_<Range>(m, name, "Items of a search, fetched page by page; to be gone through once.")
        .def(
            "__iter__", [](Range& range) -> Range& { return range; }, py::return_value_policy::reference_internal)
        .def("__next__", [](Range& range) {
            std::optional<T> item;
            {
                const py::gil_scoped_release unlocked;
                item = range.next();
            }
            if (!item) throw py::stop_iteration();
            return *std::move(item);
        });
}

}  // namespace assay::bindings
