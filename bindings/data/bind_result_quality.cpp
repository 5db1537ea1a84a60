#include <chrono>
#include <cmath>
#include <optional>
#include <tuple>

#include "assay/data/laboratory/loinc_damage.hpp"
#include "assay/data/laboratory/loinc_suggestion.hpp"
#include "assay/data/laboratory/result_quality.hpp"
#include "prelude.hpp"

// LOINC codes suggested and mended by people; the quality of laboratory results in counts.
namespace assay::bindings {
namespace {

using namespace data;

void bind_suggestions(py::module_& m) {
    py::class_<LoincCandidate>(m, "LoincCandidate", "A LOINC code that a test may be mapped to.")
        .def_readonly("loinc", &LoincCandidate::loinc)
        .def_readonly("name", &LoincCandidate::name)
        .def_readonly("loinc_property", &LoincCandidate::property)
        .def_readonly("system", &LoincCandidate::system)
        .def_readonly("unit", &LoincCandidate::unit);
    py::class_<LoincSuggestion>(m, "LoincSuggestion", "One candidate with its score and the parts, each from 0 to 1.")
        .def_readonly("loinc", &LoincSuggestion::loinc)
        .def_readonly("name", &LoincSuggestion::name)
        .def_readonly("score", &LoincSuggestion::score, "0.6 name + 0.2 unit + 0.12 specimen + 0.08 values.")
        .def_readonly("by_name", &LoincSuggestion::by_name)
        .def_readonly("by_unit", &LoincSuggestion::by_unit)
        .def_readonly("by_specimen", &LoincSuggestion::by_specimen)
        .def_readonly("by_values", &LoincSuggestion::by_values)
        .def("__repr__", [](const LoincSuggestion& s) {
            return "LoincSuggestion('" + s.loinc + "', '" + s.name + "', " +
                   std::string(py::str(py::float_(std::round(s.score * 1000) / 1000))) + ")";
        });
    py::class_<LoincSuggester>(m, "LoincSuggester", "Ranks the codes that a laboratory's own test can be.")
        .def(py::init([](const std::optional<std::vector<LoincCandidate>>& candidates) {
                 return candidates ? LoincSuggester(*candidates) : LoincSuggester();
             }),
             py::arg("candidates") = py::none())
        .def(
            "suggest",
            [](const LoincSuggester& suggester, std::string name, std::string unit, std::string specimen,
               std::vector<double> values, index most) {
                return suggester.suggest({std::move(name), std::move(unit), std::move(specimen), std::move(values)},
                                         most);
            },
            py::arg("name"), py::kw_only(), py::arg("unit") = "", py::arg("specimen") = "",
            py::arg("values") = std::vector<double>{}, py::arg("most") = 3,
            "The best candidates, best first; a person confirms them.");
    m.def("read_loinc_candidates", &read_loinc_candidates, py::arg("path"), py::call_guard<py::gil_scoped_release>(),
          "Candidates of LOINC's own Loinc.csv or of MIT-LCP's published map.");
    py::class_<LoincDamage>(m, "LoincDamage", "What was done to a LOINC code, and what it can have been.")
        .def_readonly("kind", &LoincDamage::kind, "date_serial, date_text, check_digit, hyphen or blanks.")
        .def_readonly("candidates", &LoincDamage::candidates, "Codes with a right check digit, known ones first.")
        .def("__repr__", [](const LoincDamage& d) { return "LoincDamage('" + std::string(d.kind) + "')"; });
    m.def("loinc_damage", &loinc_damage, py::arg("text"),
          "What happened to a text that should be a LOINC code; None where it is one or nothing is recognised.");
}

}  // namespace

void bind_result_quality(py::module_& m) {
    bind_suggestions(m);
    py::class_<QualityCheck>(m, "QualityCheck", "One check of one source: results looked at, and failed.")
        .def(py::init([](std::string source, std::string dimension, std::string check, index checked, index failed) {
                 return QualityCheck{std::move(source), std::move(dimension), std::move(check), checked, failed};
             }),
             py::arg("source"), py::arg("dimension"), py::arg("check"), py::arg("checked"), py::arg("failed"))
        .def_readonly("source", &QualityCheck::source)
        .def_readonly("dimension", &QualityCheck::dimension)
        .def_readonly("check", &QualityCheck::check)
        .def_readonly("checked", &QualityCheck::checked)
        .def_readonly("failed", &QualityCheck::failed)
        .def("__repr__", [](const QualityCheck& c) {
            return "QualityCheck('" + c.check + "', " + std::to_string(c.failed) + " of " + std::to_string(c.checked) +
                   ")";
        });
    m.def(
        "result_quality",
        [](const Table& rows, const Table& kept, const Table& refused, const std::string& source_column,
           std::optional<std::int64_t> now, std::optional<std::int64_t> latest_report) {
            StandardisedResults standardised;
            standardised.rows = kept;
            standardised.refused = refused;
            standardised.rows_read = kept.num_rows() + refused.num_rows();
            ResultQualityOptions options{.source_column = source_column, .now = {}, .latest_report = {}};
            if (now) options.now = Timestamp(*now);
            if (latest_report) options.latest_report = std::chrono::microseconds(*latest_report);
            const py::gil_scoped_release unlocked;
            return result_quality(rows, standardised, options);
        },
        py::arg("rows"), py::arg("kept"), py::arg("refused"), py::kw_only(), py::arg("source_column"), py::arg("now"),
        py::arg("latest_report"), "Counts by source and check; see assay.data.laboratory.quality.");
    m.def(
        "results_by_source",
        [](const Table& rows, const std::string& source_column) {
            std::vector<SourceResults> sources;
            {
                const py::gil_scoped_release unlocked;
                sources = results_by_source(rows, source_column);
            }
            std::vector<std::tuple<std::string, index, std::optional<std::int64_t>>> found;
            for (const SourceResults& source : sources) {
                found.emplace_back(source.source, source.results,
                                   source.newest ? std::optional(source.newest->micros()) : std::nullopt);
            }
            return found;
        },
        py::arg("rows"), py::kw_only(), py::arg("source_column"),
        "Of each source its name, how many results it sent, and when the latest was observed, in microseconds.");
}

}  // namespace assay::bindings
