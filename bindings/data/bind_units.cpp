#include <pybind11/numpy.h>
#include <pybind11/operators.h>

#include "assay/data/units/analyte.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "assay/data/units/unit_spelling.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using namespace data;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

Doubles convert_array(const UnitConverter& converter, const Doubles& values) {
    Doubles out(std::vector<py::ssize_t>(values.shape(), values.shape() + values.ndim()));
    const std::span<const double> from(values.data(), static_cast<std::size_t>(values.size()));
    const std::span<double> to(out.mutable_data(), static_cast<std::size_t>(out.size()));
    {
        py::gil_scoped_release released;
        converter(from, to);
    }
    return out;
}

void bind_unit(py::module_& m) {
    py::class_<UcumUnit>(m, "Unit", "A unit of measure by its UCUM code.")
        .def(py::init(&UcumUnit::parse), py::arg("code"))
        .def_property_readonly("code", &UcumUnit::code)
        .def_property_readonly("canonical_code", &UcumUnit::canonical_code, "In base units without factor: 'g.m-3'.")
        .def_property_readonly("magnitude", &UcumUnit::magnitude, "How many of canonical_code one of this unit is.")
        .def_property_readonly("name", &UcumUnit::display_name, "In words.")
        .def_property_readonly("is_special", &UcumUnit::is_special, "A scale with a function: Cel, [pH], B[V].")
        .def_property_readonly("is_arbitrary", &UcumUnit::is_arbitrary, "Defined by a procedure: [iU], [arb'U].")
        .def("is_commensurable", &UcumUnit::is_commensurable, py::arg("other"),
             "Whether values can be said in the other without knowing the substance.")
        .def(py::self * py::self)
        .def(py::self / py::self)
        .def(py::self == py::self)
        .def("__hash__", [](const UcumUnit& unit) { return py::hash(py::str(unit.code())); })
        .def("__str__", &UcumUnit::code)
        .def("__repr__", [](const UcumUnit& unit) { return "Unit('" + unit.code() + "')"; })
        .def(py::pickle([](const UcumUnit& unit) { return unit.code(); },
                        [](const std::string& code) { return UcumUnit::parse(code); }));
}

void bind_converter(py::module_& m) {
    py::class_<UnitConverter>(m, "UnitConverter", "Converts values from one unit to another.")
        .def(py::init([](const UcumUnit& from, const UcumUnit& to, std::optional<double> molar_mass,
                         std::optional<int> charge, const std::string& analyte) {
                 return UnitConverter(from, to, {molar_mass, charge, analyte});
             }),
             py::arg("source"), py::arg("target"), py::kw_only(), py::arg("molar_mass") = py::none(),
             py::arg("charge") = py::none(), py::arg("analyte") = "")
        .def_property_readonly("is_identity", &UnitConverter::is_identity)
        .def(
            "scalar", [](const UnitConverter& c, double value) { return c(value); }, py::arg("value"))
        .def(
            "column", [](const UnitConverter& c, const Array& values) { return c(values); }, py::arg("values"),
            py::call_guard<py::gil_scoped_release>())
        .def("array", &convert_array, py::arg("values"));
}

}  // namespace

void bind_units(py::module_& m) {
    bind_unit(m);
    bind_converter(m);
    m.def(
        "is_valid_unit", [](std::string_view code) { return UcumUnit::try_parse(code).has_value(); }, py::arg("code"));
    m.def(
        "convert_scalar",
        [](double value, std::string_view from, std::string_view to, std::optional<double> molar_mass,
           std::optional<int> charge, const std::string& analyte) {
            return convert(value, from, to, {molar_mass, charge, analyte});
        },
        py::arg("value"), py::arg("source"), py::arg("target"), py::arg("molar_mass"), py::arg("charge"),
        py::arg("analyte"));
    m.def("is_missing_unit", &is_missing_unit, py::arg("text"));
    m.def(
        "read_unit",
        [](std::string_view text, std::string_view analyte) -> std::optional<std::pair<std::string, std::string>> {
            const auto reading = read_unit(text, analyte);
            if (!reading) return std::nullopt;
            return std::pair(reading->code, std::string(name_of(reading->by)));
        },
        py::arg("text"), py::arg("analyte") = "");
    m.def("unit_readings", &unit_readings, py::arg("text"));
    py::class_<Analyte>(m, "Analyte", "What a conversion needs to know of a laboratory quantity.")
        .def_readonly("loinc", &Analyte::loinc)
        .def_readonly("name", &Analyte::name)
        .def_readonly("molar_mass", &Analyte::molar_mass, "g/mol")
        .def_readonly("charge", &Analyte::charge)
        .def("__repr__", [](const Analyte& a) { return "Analyte('" + a.loinc + "', '" + a.name + "')"; });
    m.def(
        "analytes", [] { return analytes(); }, "The analytes whose molar mass or charge is known.");
}

}  // namespace assay::bindings
