#include "assay/data/laboratory/standardise.hpp"
#include "prelude.hpp"

// Laboratory results brought to one code and one unit for each quantity.
namespace assay::bindings {
namespace {

using namespace data;
using Bounds = std::pair<double, double>;

std::optional<Bounds> bounds(const std::optional<Range>& range) {
    return range ? std::optional(Bounds(range->low, range->high)) : std::nullopt;
}

void bind_loinc_terms(py::module_& m) {
    py::class_<LoincTerm>(m, "LoincTerm", "What Assay knows of one LOINC code.")
        .def_readonly("loinc", &LoincTerm::loinc)
        .def_readonly("name", &LoincTerm::name)
        .def_readonly("loinc_property", &LoincTerm::property, "LOINC's: SCnc, MCnc, NCnc, VFr, ...")
        .def_readonly("system", &LoincTerm::system, "The specimen, LOINC's: SerPl, Bld, Urine, ...")
        .def_readonly("unit", &LoincTerm::unit, "UCUM; results are brought to it.")
        .def_property_readonly(
            "reference", [](const LoincTerm& t) { return bounds(t.reference); }, "Of adults, in unit; or None.")
        .def_property_readonly(
            "possible", [](const LoincTerm& t) { return bounds(limits_of(t.loinc)->possible); },
            "Outside, a value is certainly wrong.")
        .def_property_readonly(
            "plausible", [](const LoincTerm& t) { return bounds(limits_of(t.loinc)->plausible); },
            "Outside, a value is looked at; or None.")
        .def_property_readonly(
            "limits_source", [](const LoincTerm& t) { return limits_of(t.loinc)->source; },
            "Where possible and plausible come from.")
        .def("__repr__", [](const LoincTerm& t) {
            return "LoincTerm('" + std::string(t.loinc) + "', '" + std::string(t.name) + "')";
        });
    m.def(
        "loinc_terms", [] { return loinc_terms(); }, "The LOINC codes that Assay knows.");
}

void bind_options(py::module_& m) {
    py::class_<LocalUnit>(m, "LocalUnit", "What a laboratory says one of its spellings of a unit means.")
        .def(py::init([](std::string unit, std::string ucum, std::string code) {
                 return LocalUnit{std::move(code), std::move(unit), std::move(ucum)};
             }),
             py::arg("unit"), py::arg("ucum"), py::kw_only(), py::arg("code") = "")
        .def_readonly("code", &LocalUnit::code, "The local test code; '' for all tests.")
        .def_readonly("unit", &LocalUnit::unit, "As reported.")
        .def_readonly("ucum", &LocalUnit::ucum);
    py::class_<LocalLimits>(m, "LocalLimits", "A laboratory's own plausibility limits of a LOINC code.")
        .def(py::init([](std::string loinc, Bounds possible, std::optional<Bounds> plausible) {
                 PlausibilityLimits limits{{possible.first, possible.second}, {}, "the laboratory"};
                 if (plausible) limits.plausible = Range{plausible->first, plausible->second};
                 return LocalLimits{std::move(loinc), limits};
             }),
             py::arg("loinc"), py::kw_only(), py::arg("possible"), py::arg("plausible") = py::none())
        .def_readonly("loinc", &LocalLimits::loinc);
    py::class_<StandardisationRule>(m, "StandardisationRule", "One rule of standardisation.")
        .def_readonly("id", &StandardisationRule::id)
        .def_readonly("refuses", &StandardisationRule::refuses, "Otherwise the row is kept and counted.")
        .def_readonly("column", &StandardisationRule::column)
        .def_readonly("likely_cause", &StandardisationRule::likely_cause);
    m.def(
        "standardisation_rules", [] { return standardisation_rules(); }, "All rules, refusing ones first.");
}

}  // namespace

void bind_standardise(py::module_& m) {
    bind_loinc_terms(m);
    bind_options(m);
    m.def(
        "standardise_results",
        [](const Table& rows, std::vector<LocalTest> tests, std::vector<LocalUnit> units,
           std::vector<LocalLimits> limits) {
            StandardisedResults out;
            {
                const py::gil_scoped_release unlocked;
                out = standardise_results(rows, {std::move(tests), std::move(units), std::move(limits)});
            }
            py::dict counts;
            for (const auto& [rule, count] : out.counts) counts[py::str(rule)] = count;
            return py::make_tuple(std::move(out.rows), std::move(out.refused), std::move(out.tests), counts,
                                  out.rows_read);
        },
        py::arg("rows"), py::kw_only(), py::arg("tests"), py::arg("units"), py::arg("limits"),
        "Rows, refused rows, tests, counts by rule and rows read; see assay.data.laboratory.standardise.");
}

}  // namespace assay::bindings
