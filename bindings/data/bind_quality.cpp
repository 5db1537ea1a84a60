#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/quality.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using namespace data;
using Text = const std::string&;

RuleSeverity severity_from_name(const std::string& name) {
    for (const auto severity : {RuleSeverity::Info, RuleSeverity::Warning, RuleSeverity::Error}) {
        if (name == name_of(severity)) return severity;
    }
    throw ValueError("quality: expected severity info, warning or error, got '" + name + "'");
}

QualityRule rule(std::optional<std::string> id, std::string fallback, Text severity, Check check) {
    return {id.value_or(std::move(fallback)), severity_from_name(severity), std::move(check)};
}

std::string repr(const QualityReport& report) {
    std::size_t failed = 0;
    for (const RuleResult& result : report.results) failed += !result.passed;
    return "QualityReport(" + (report.table.empty() ? "" : "'" + report.table + "', ") + std::to_string(report.rows) +
           " rows, " + std::to_string(report.results.size()) + " rules, " + std::to_string(failed) + " failed)";
}

void bind_rules(py::module_& m) {
    py::class_<QualityRule>(m, "QualityRule", "A check with an id and a severity; made by required(), between(), ...")
        .def_readonly("id", &QualityRule::id)
        .def_property_readonly("severity", [](const QualityRule& r) { return std::string(name_of(r.severity)); })
        .def("__repr__", [](const QualityRule& r) {
            return "QualityRule('" + r.id + "', severity='" + std::string(name_of(r.severity)) + "')";
        });
    const auto make = [&m](const char* name, auto function, const auto&... arguments) {
        m.def(name, function, arguments..., py::arg("id") = py::none(), py::arg("severity") = "error");
    };
    using Id = std::optional<std::string>;
    make(
        "required", [](Text c, Id id, Text s) { return rule(std::move(id), c + ".required", s, RequiredCheck{c}); },
        py::arg("column"), py::kw_only());
    make(
        "between",
        [](Text c, double low, double high, Id id, Text s) {
            return rule(std::move(id), c + ".range", s, RangeCheck{c, {low, high}});
        },
        py::arg("column"), py::arg("low"), py::arg("high"), py::kw_only());
    make(
        "unique",
        [](const std::vector<std::string>& columns, Id id, Text s) {
            std::string name;
            for (const std::string& column : columns) name += (name.empty() ? "" : "+") + column;
            return rule(std::move(id), name + ".unique", s, UniqueCheck{columns});
        },
        py::arg("columns"), py::kw_only());
    make(
        "references",
        [](Text c, const Array& values, Text target, Id id, Text s) {
            return rule(std::move(id), c + ".reference", s, ReferenceCheck{c, values, target});
        },
        py::arg("column"), py::arg("values"), py::arg("target"), py::kw_only());
    make(
        "matches",
        [](Text c, Text pattern, Id id, Text s) {
            return rule(std::move(id), c + ".pattern", s, PatternCheck{c, pattern});
        },
        py::arg("column"), py::arg("pattern"), py::kw_only());
    make(
        "one_of",
        [](Text c, const std::vector<std::string>& values, Id id, Text s) {
            return rule(std::move(id), c + ".allowed", s, AllowedCheck{c, values});
        },
        py::arg("column"), py::arg("values"), py::kw_only());
    make(
        "monotone",
        [](Text c, Text group_by, Id id, Text s) {
            return rule(std::move(id), c + ".monotone", s, MonotoneCheck{c, group_by});
        },
        py::arg("column"), py::kw_only(), py::arg("group_by") = "");
    make(
        "row_count",
        [](std::optional<index> at_least, std::optional<index> at_most, Id id, Text s) {
            return rule(std::move(id), "rows.count", s, RowCountCheck{at_least, at_most});
        },
        py::kw_only(), py::arg("at_least") = py::none(), py::arg("at_most") = py::none());
}

void bind_reports(py::module_& m) {
    py::class_<RuleResult>(m, "RuleResult", "One rule's outcome; failing_rows is complete and ascending.")
        .def_readonly("id", &RuleResult::id)
        .def_property_readonly("severity", [](const RuleResult& r) { return std::string(name_of(r.severity)); })
        .def_readonly("description", &RuleResult::description)
        .def_readonly("checked", &RuleResult::checked)
        .def_readonly("passed", &RuleResult::passed)
        .def_readonly("failing_rows", &RuleResult::failing_rows);
    py::class_<QualityReport>(m, "QualityReport", "What the rules found in one table; names rows, never values.")
        .def_readonly("table", &QualityReport::table)
        .def_readonly("rows", &QualityReport::rows)
        .def_readonly("results", &QualityReport::results)
        .def_property_readonly("passed", &QualityReport::passed)
        .def("to_json", [](const QualityReport& report) { return to_json(report); })
        .def("__repr__", &repr);
    m.def(
        "check_quality",
        [](const Table& table, const std::vector<QualityRule>& rules, std::string name) {
            py::gil_scoped_release unlocked;
            return check_quality(table, rules, std::move(name));
        },
        py::arg("table"), py::arg("rules"), py::kw_only(), py::arg("name") = "");
    m.def("rules_of", &rules_of, py::arg("schema"));
}

}  // namespace

void bind_quality(py::module_& m) {
    bind_rules(m);
    bind_reports(m);
}

}  // namespace assay::bindings
