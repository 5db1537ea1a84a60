#include "assay/data/names.hpp"

#include <map>
#include <string>
#include <vector>

#include "prelude.hpp"

namespace assay::bindings {

using data::NameMap;

void bind_names(py::module_& m) {
    m.def("to_snake_case", &data::to_snake_case, py::arg("name"),
          "\"heartRate\", \"Heart Rate\" and \"HEART-RATE\" become \"heart_rate\".");
    py::class_<NameMap>(m, "NameMap",
                        "Vendors' column names and the canonical ones; looked up in snake_case, extended by a site.")
        .def(py::init([](const std::map<std::string, std::string>& entries) { return NameMap().with(entries); }),
             py::arg("entries") = std::map<std::string, std::string>())
        .def_static(
            "clinical", [] { return NameMap::clinical(); }, "The map that Assay ships.")
        .def("extended", &NameMap::with, py::arg("entries"), "This map with more entries; a later entry wins.")
        .def(
            "canonical", [](const NameMap& map, const std::string& name) { return map.canonical(name); },
            py::arg("name"))
        .def(
            "canonical", [](const NameMap& map, const std::vector<std::string>& names) { return map.canonical(names); },
            py::arg("names"), "Raises SchemaError if two names map to one, naming both.")
        .def_property_readonly("entries", &NameMap::entries)
        .def("__len__", [](const NameMap& map) { return map.entries().size(); })
        .def("__repr__",
             [](const NameMap& map) { return "NameMap(" + std::to_string(map.entries().size()) + " entries)"; });
    m.def("read_name_entries", &data::read_name_entries, py::arg("path"),
          "A site's entries from a CSV file with the columns name and canonical.");
    m.def(
        "with_canonical_names",
        [](const data::Table& table, const NameMap* names) {
            return data::with_canonical_names(table, names == nullptr ? NameMap::clinical() : *names);
        },
        py::arg("table"), py::kw_only(), py::arg("names") = py::none(),
        "The table under canonical names, without a copy. Raises SchemaError if two columns map to one name.");
}

}  // namespace assay::bindings
