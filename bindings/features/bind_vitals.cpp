#include <pybind11/operators.h>

#include "assay/features/clean_vitals.hpp"
#include "assay/features/pivot_measurements.hpp"
#include "prelude.hpp"

// Cleaning of vital signs: limits, the pivot of charted measurements, and what was refused.
namespace assay::bindings {
namespace {

using namespace features;
using data::Table;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

std::pair<double, double> pair_of(data::Range range) { return {range.low, range.high}; }

void bind_limits(py::module_& m) {
    py::class_<VitalLimit>(m, "VitalLimit", "What is plausible (valid) and possible (outlier) for one measurement.")
        .def(py::init([](std::string measurement, std::string unit, std::pair<double, double> valid,
                         std::pair<double, double> outlier) {
                 return VitalLimit{std::move(measurement),
                                   std::move(unit),
                                   {valid.first, valid.second},
                                   {outlier.first, outlier.second}};
             }),
             py::arg("measurement"), py::kw_only(), py::arg("unit"), py::arg("valid"), py::arg("outlier"))
        .def_readonly("measurement", &VitalLimit::measurement)
        .def_readonly("unit", &VitalLimit::unit, "UCUM code")
        .def_property_readonly("valid", [](const VitalLimit& limit) { return pair_of(limit.valid); })
        .def_property_readonly("outlier", [](const VitalLimit& limit) { return pair_of(limit.outlier); })
        .def(py::self == py::self)
        .def("__repr__", [](const VitalLimit& limit) { return "VitalLimit('" + limit.measurement + "')"; });
    m.def(
        "default_vital_limits", [] { return default_vital_limits(); }, "The limits that the schemas declare.");
    m.def("vital_limits_from_json", &vital_limits_from_json, py::arg("text"),
          "The default limits with those of a site in their place.");
    m.def("read_vital_limits", &read_vital_limits, py::arg("path"), "The same from a .json or CSV file.");
}

void bind_counts(py::module_& m) {
    py::class_<MeasurementCounts>(m, "MeasurementCounts", "What a step read, and what became of it.")
        .def_readonly("rows_read", &MeasurementCounts::rows_read)
        .def_readonly("rows_accepted", &MeasurementCounts::rows_accepted)
        .def_readonly("rows_merged", &MeasurementCounts::rows_merged)
        .def_readonly("rows_quarantined", &MeasurementCounts::rows_quarantined)
        .def_readonly("measurements_read", &MeasurementCounts::measurements_read)
        .def_readonly("measurements_accepted", &MeasurementCounts::measurements_accepted)
        .def_readonly("measurements_quarantined", &MeasurementCounts::measurements_quarantined);
    py::class_<PivotCounts>(m, "PivotCounts", "What a pivot read: accepted, quarantined and other add up to read.")
        .def_readonly("measurements_read", &PivotCounts::measurements_read)
        .def_readonly("measurements_accepted", &PivotCounts::measurements_accepted)
        .def_readonly("measurements_quarantined", &PivotCounts::measurements_quarantined)
        .def_readonly("measurements_other", &PivotCounts::measurements_other);
    m.def("counts_by_rule", &counts_by_rule, py::arg("quarantine"), "Rows of a quarantine of measurements by rule.");
}

void bind_cleaning(py::module_& m) {
    py::class_<CleanedVitals>(m, "CleanedVitals", "Accepted vital signs, and what was refused with the reason.")
        .def_readonly("rows", &CleanedVitals::rows)
        .def_readonly("quarantine", &CleanedVitals::quarantine)
        .def_readonly("counts", &CleanedVitals::counts);
    m.def(
        "clean_vitals",
        [](const Table& vitals, std::optional<VitalLimits> limits, std::map<std::string, std::string> units) {
            CleanOptions options;
            if (limits) options.limits = std::move(*limits);
            options.units = std::move(units);
            return clean_vitals(vitals, options);
        },
        py::arg("vitals"), py::kw_only(), py::arg("limits") = py::none(),
        py::arg("units") = std::map<std::string, std::string>{}, ReleaseGil());
}

void bind_pivot(py::module_& m) {
    py::class_<MeasurementSource>(m, "MeasurementSource", "Where the measurements of one charted item go.")
        .def(py::init([](std::string code, std::string column, std::string unit) {
                 return MeasurementSource{std::move(code), std::move(column), std::move(unit)};
             }),
             py::arg("code"), py::arg("column"), py::arg("unit"))
        .def_readonly("code", &MeasurementSource::code)
        .def_readonly("column", &MeasurementSource::column)
        .def_readonly("unit", &MeasurementSource::unit);
    py::class_<PivotedMeasurements>(m, "PivotedMeasurements", "One wide row per patient and time, and all the rest.")
        .def_readonly("rows", &PivotedMeasurements::rows)
        .def_readonly("quarantine", &PivotedMeasurements::quarantine)
        .def_readonly("others", &PivotedMeasurements::others)
        .def_readonly("counts", &PivotedMeasurements::counts);
    m.def(
        "mimic_iv_measurements", [] { return mimic_iv_measurements(); }, "Vital signs charted in MIMIC-IV.");
    m.def(
        "pivot_measurements",
        [](const Table& measurements, std::optional<MeasurementMap> map, bool source_rows) {
            PivotOptions options;
            if (map) options.map = std::move(*map);
            options.source_rows = source_rows;
            return pivot_measurements(measurements, options);
        },
        py::arg("measurements"), py::kw_only(), py::arg("map") = py::none(), py::arg("source_rows") = true,
        ReleaseGil());
}

}  // namespace

void bind_vitals(py::module_& features) {
    bind_limits(features);
    bind_counts(features);
    bind_cleaning(features);
    bind_pivot(features);
}

}  // namespace assay::bindings
