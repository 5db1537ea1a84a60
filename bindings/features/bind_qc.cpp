#include <pybind11/numpy.h>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/qc/control_charts.hpp"
#include "assay/features/qc/delta_checks.hpp"
#include "assay/features/qc/westgard.hpp"
#include "prelude.hpp"

// Quality control of the laboratory.
namespace assay::bindings {
namespace {

using namespace features;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Integers = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> line(const py::array_t<T, py::array::c_style | py::array::forcecast>& values, const char* name) {
    if (values.ndim() != 1) {
        throw ShapeError(std::string(name) + ": expected one dimension, got " + std::to_string(values.ndim()));
    }
    return {values.data(), static_cast<std::size_t>(values.size())};
}

template <class T>
py::array_t<T> to_numpy(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

std::vector<ControlPoint> control_points(const Doubles& z, const Integers& runs, const Integers& materials) {
    const auto values = line(z, "z");
    const auto run = line(runs, "runs");
    const auto material = line(materials, "materials");
    if (run.size() != values.size() || material.size() != values.size()) {
        throw ShapeError("check_controls: expected z, runs and materials of one length, got " +
                         std::to_string(values.size()) + ", " + std::to_string(run.size()) + " and " +
                         std::to_string(material.size()));
    }
    std::vector<ControlPoint> points(values.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = {run[i], static_cast<std::int32_t>(material[i]), values[i]};
    }
    return points;
}

void bind_control_rules(py::module_& m) {
    py::class_<ControlRule>(m, "ControlRule", "A control rule by its name: '1-3s', '2of3-2s', 'R-4s', '10-x'.")
        .def(py::init(&control_rule), py::arg("name"))
        .def_readonly("name", &ControlRule::name)
        .def_readonly("needed", &ControlRule::needed)
        .def_readonly("window", &ControlRule::window)
        .def_readonly("limit", &ControlRule::limit, "Standard deviations.")
        .def_readonly("rejects", &ControlRule::rejects, "Else it warns.")
        .def("__eq__", [](const ControlRule& a, const ControlRule& b) { return a == b; })
        .def("__hash__", [](const ControlRule& rule) { return py::hash(py::str(rule.name)); })
        .def("__repr__", [](const ControlRule& rule) { return "ControlRule('" + rule.name + "')"; });
    m.def("westgard_rules", &westgard_rules);
    m.def("westgard_rules_of_three", &westgard_rules_of_three);
    m.def(
        "check_controls",
        [](const Doubles& z, const Integers& runs, const Integers& materials, const std::vector<ControlRule>& rules) {
            std::vector<std::tuple<index, index, bool>> found;
            for (const auto& violation : check_controls(control_points(z, runs, materials), rules)) {
                found.emplace_back(violation.point, violation.rule, violation.across);
            }
            return found;
        },
        py::arg("z"), py::arg("runs"), py::arg("materials"), py::arg("rules"));
}

}  // namespace

void bind_qc(py::module_& m) {
    bind_control_rules(m);
    m.def(
        "cusum",
        [](const Doubles& z, double k, double h, bool restart) {
            const Cusum chart = cusum(line(z, "z"), {.k = k, .h = h, .restart = restart});
            return std::tuple(to_numpy(chart.high), to_numpy(chart.low), to_numpy(chart.signals));
        },
        py::arg("z"), py::kw_only(), py::arg("k") = 0.5, py::arg("h") = 5.0, py::arg("restart") = true);
    m.def(
        "ewma",
        [](const Doubles& z, double weight, double width) {
            const Ewma chart = ewma(line(z, "z"), {.lambda = weight, .width = width});
            return std::tuple(to_numpy(chart.average), to_numpy(chart.limit), to_numpy(chart.signals));
        },
        py::arg("z"), py::kw_only(), py::arg("weight") = 0.2, py::arg("width") = 3.0);
    m.def("reference_change_value", &reference_change_value, py::arg("analytical_cv"), py::arg("within_person_cv"),
          py::kw_only(), py::arg("z") = 1.96);
    py::class_<DeltaCheck>(m, "DeltaCheck", "A result against the last one of the same patient and analyte.")
        .def_readonly("difference", &DeltaCheck::difference)
        .def_readonly("percent", &DeltaCheck::percent, "Of the last result; NaN where that is 0.")
        .def_readonly("per_day", &DeltaCheck::per_day)
        .def_readonly("compared", &DeltaCheck::compared, "False where the last result is too old.")
        .def_readonly("failed", &DeltaCheck::failed)
        .def("__repr__", [](const DeltaCheck& check) {
            return std::string("DeltaCheck(") +
                   (check.failed     ? "failed"
                    : check.compared ? "passed"
                                     : "not compared") +
                   ")";
        });
    m.def(
        "delta_check",
        [](double last, double result, double days, double difference, double percent, double per_day, double within) {
            return delta_check(last, result, days, {difference, percent, per_day, within});
        },
        py::arg("last"), py::arg("result"), py::arg("days"), py::kw_only(), py::arg("difference") = HUGE_VAL,
        py::arg("percent") = HUGE_VAL, py::arg("per_day") = HUGE_VAL, py::arg("within_days") = HUGE_VAL);
    m.def(
        "delta_checks",
        [](const data::Table& rows,
           const std::vector<std::tuple<std::string, std::string, double, double, double, double>>& limits,
           const std::string& source_column) {
            std::vector<DeltaRule> rules;
            for (const auto& [loinc, unit, difference, percent, per_day, within] : limits) {
                rules.push_back({loinc, unit, {difference, percent, per_day, within}});
            }
            const py::gil_scoped_release unlocked;
            return delta_checks(rows, rules, source_column);
        },
        py::arg("rows"), py::kw_only(), py::arg("limits"), py::arg("source_column") = "",
        "limits: code, unit, difference, percent, per_day, within_days; see assay.pipelines.laboratory_quality.");
    m.def(
        "patient_moving_average",
        [](const Doubles& results, index block, double low, double high) {
            return to_numpy(
                patient_moving_average(line(results, "results"), {.block = block, .low = low, .high = high}));
        },
        py::arg("results"), py::kw_only(), py::arg("block") = 50, py::arg("low"), py::arg("high"));
}

}  // namespace assay::bindings
