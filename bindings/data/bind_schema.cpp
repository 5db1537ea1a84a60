#include "assay/base/error.hpp"
#include "assay/data/preview.hpp"
#include "assay/data/table_schema.hpp"
#include "detail/arrow_capsules.hpp"
#include "detail/pickle.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using data::Field;
using data::Range;
using data::TableSchema;
using Ends = std::optional<std::pair<std::optional<double>, std::optional<double>>>;

std::optional<Range> range_from(const Ends& ends, const char* what) {
    if (!ends) return std::nullopt;
    Range range;
    range.low = ends->first.value_or(range.low);
    range.high = ends->second.value_or(range.high);
    if (!(range.low <= range.high)) {
        throw ValueError(std::string("Field: expected ") + what + " as (low, high) with low not above high");
    }
    return range;
}

std::optional<std::pair<double, double>> ends_of(const std::optional<Range>& range) {
    if (!range) return std::nullopt;
    return std::pair(range->low, range->high);
}

Field make_field(std::string name, const std::string& type, bool nullable, std::string unit, std::string loinc,
                 const Ends& valid, const Ends& outlier, std::string description) {
    Field field;
    field.name = std::move(name);
    field.type = data::type_from_name(type);
    field.nullable = nullable;
    field.unit = std::move(unit);
    field.loinc = std::move(loinc);
    field.valid = range_from(valid, "valid");
    field.outlier = range_from(outlier, "outlier");
    field.description = std::move(description);
    return field;
}

std::string field_text(const Field& field) {
    std::string text = "Field('" + field.name + "', '" + std::string(name_of(field.type)) + "'";
    if (!field.nullable) text += ", nullable=False";
    if (!field.unit.empty()) text += ", unit='" + field.unit + "'";
    if (!field.loinc.empty()) text += ", loinc='" + field.loinc + "'";
    return text + ")";
}

std::vector<std::string> names_of(const TableSchema& schema) {
    std::vector<std::string> names;
    for (const Field& field : schema) names.push_back(field.name);
    return names;
}

void bind_field(py::module_& m) {
    py::class_<Field>(m, "Field", "What is known about one column: name, type, and for measurements what they mean.")
        .def(py::init(&make_field), py::arg("name"), py::arg("type"), py::kw_only(), py::arg("nullable") = true,
             py::arg("unit") = "", py::arg("loinc") = "", py::arg("valid") = py::none(),
             py::arg("outlier") = py::none(), py::arg("description") = "",
             "type is one of bool, int32, int64, float32, float64, utf8, binary, date32, timestamp[us, UTC] (or "
             "timestamp). valid and outlier are (low, high) in the column's unit, None for an open end.")
        .def_readonly("name", &Field::name)
        .def_property_readonly("type", [](const Field& f) { return std::string(name_of(f.type)); })
        .def_readonly("nullable", &Field::nullable)
        .def_readonly("unit", &Field::unit, "UCUM code, empty where there is none.")
        .def_readonly("loinc", &Field::loinc, "LOINC code, empty where there is none.")
        .def_property_readonly(
            "valid", [](const Field& f) { return ends_of(f.valid); }, "Plausible values; outside they are suspicious.")
        .def_property_readonly(
            "outlier", [](const Field& f) { return ends_of(f.outlier); },
            "Possible values; outside they are certainly wrong.")
        .def_readonly("description", &Field::description)
        .def(
            "__eq__", [](const Field& a, const Field& b) { return a == b; }, py::arg("other"), py::is_operator())
        .def("__arrow_c_schema__", &field_capsule)
        .def("__repr__", &field_text)
        .def(py::pickle(&field_state, &field_from_state));
}

}  // namespace

void bind_schema(py::module_& m) {
    bind_field(m);
    py::class_<TableSchema>(m, "Schema", "Ordered fields of a table, each name once.")
        .def(py::init<std::vector<Field>>(), py::arg("fields"))
        .def_property_readonly("names", &names_of)
        .def_property_readonly("fields", [](const TableSchema& s) { return s.fields(); })
        .def(
            "field", [](const TableSchema& s, const std::string& name) { return s.field(name); }, py::arg("name"),
            "The field of that name; SchemaError names the fields that exist.")
        .def("__len__", &TableSchema::size)
        .def(
            "__contains__", [](const TableSchema& s, const std::string& name) { return s.find(name).has_value(); },
            py::arg("name"))
        .def(
            "__getitem__", [](const TableSchema& s, const std::string& name) { return s.field(name); }, py::arg("name"))
        .def(
            "__iter__", [](const TableSchema& s) { return py::make_iterator(s.begin(), s.end()); },
            py::keep_alive<0, 1>())
        .def(
            "__eq__", [](const TableSchema& a, const TableSchema& b) { return a == b; }, py::arg("other"),
            py::is_operator())
        .def("__arrow_c_schema__", &schema_capsule)
        .def("__repr__", [](const TableSchema& s) { return data::preview_text(s); })
        .def(py::pickle([](const TableSchema& s) { return py::make_tuple(1, s.fields()); },
                        [](const py::tuple& state) { return TableSchema(py::cast<std::vector<Field>>(state[1])); }));
}

}  // namespace assay::bindings
