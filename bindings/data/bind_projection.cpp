#include "assay/data/projection.hpp"

#include <string>
#include <vector>

#include "assay/data/anchored_age.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/fingerprint.hpp"
#include "assay/data/look_up.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using data::ColumnRule;

void bind_rule(py::module_& module) {
    py::class_<ColumnRule>(
        module, "ColumnRule",
        "How one column of a table is made from another table: templates, best first.\n\n"
        "``{column}`` in a template stands for the row's value, ``{column:lower}``, ``:upper`` and "
        "``:coding`` change its case. A template with a missing column or a null yields to the next.")
        .def(py::init(
                 [](data::Field field, std::vector<std::string> templates, std::map<std::string, std::string> recode) {
                     return ColumnRule{std::move(field), std::move(templates), std::move(recode)};
                 }),
             py::arg("field"), py::arg("templates"), py::kw_only(),
             py::arg("recode") = std::map<std::string, std::string>{})
        .def_readonly("field", &ColumnRule::field)
        .def_readonly("templates", &ColumnRule::from)
        .def_readonly("recode", &ColumnRule::recode)
        .def("__repr__", [](const ColumnRule& rule) { return "ColumnRule('" + rule.field.name + "')"; });
}

}  // namespace

void bind_projection(py::module_& module) {
    bind_rule(module);
    module.def(
        "project",
        [](const data::Table& table, const std::vector<ColumnRule>& rules) {
            const py::gil_scoped_release unlocked;
            return data::project(table, rules);
        },
        py::arg("table"), py::arg("rules"), "A table with one column for each rule, row by row from `table`.");
    module.def(
        "look_up",
        [](const data::Table& table, const std::string& key, const data::Table& dictionary,
           const std::string& dictionary_key) {
            const py::gil_scoped_release unlocked;
            return data::look_up(table, key, dictionary, dictionary_key);
        },
        py::arg("table"), py::arg("key"), py::arg("dictionary"), py::arg("dictionary_key"),
        "`table` with the dictionary's columns added from the row with the same key; null where there is none.");
    module.def(
        "fingerprint",
        [](const data::Table& table, const std::vector<std::string>& ignore) {
            const py::gil_scoped_release unlocked;
            return data::fingerprint(table, ignore);
        },
        py::arg("table"), py::kw_only(), py::arg("ignore") = std::vector<std::string>{},
        "SHA-256 of the table's content, without the columns to ignore.");
    module.def(
        "csv_header", [](const std::filesystem::path& path) { return data::csv_header(path); }, py::arg("path"),
        "The column names that stand in a delimited file.");
    module.def("anchored_age", &data::anchored_age, py::arg("at"), py::arg("anchor_age"), py::arg("anchor_year"),
               "Age in years at a time, where a record gives it for one calendar year only.");
}

}  // namespace assay::bindings
