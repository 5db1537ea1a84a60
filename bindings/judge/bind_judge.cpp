#include "assay/base/error.hpp"
#include "assay/judge/grounded_judge.hpp"
#include "assay/models/note.hpp"
#include "judge/readable_text.hpp"
#include "prelude.hpp"

// Verdicts as values, and the judge that needs no language model.
namespace assay::bindings {
namespace {

using namespace judge;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;
using Scores = std::map<std::string, double>;

Finding make_finding(std::string rule, const std::string& criterion, const std::string& severity, std::string message,
                     std::optional<index> begin, std::optional<index> end, std::string evidence, std::string source,
                     std::string correction) {
    const auto known_criterion = criterion_named(criterion);
    const auto known_severity = severity_named(severity);
    if (!known_criterion || !known_severity) {
        throw ValueError(
            "Finding: expected criterion accuracy, completeness, safety, actionability or relevance and severity info, "
            "minor, major or critical");
    }
    if (begin.has_value() != end.has_value() || (begin && (*begin < 0 || *end < *begin))) {
        throw ValueError("Finding: expected begin <= end as byte offsets of the note, or neither");
    }
    return {std::move(rule),     *known_criterion,  *known_severity,      std::move(message), begin, end,
            std::move(evidence), std::move(source), std::move(correction)};
}

Verdict make_verdict(std::string patient_id, std::string judge, const Scores& scores, double overall, double confidence,
                     std::vector<Finding> findings) {
    Verdict verdict{
        std::move(patient_id), std::move(judge), {}, overall, confidence, overall >= GroundedJudge::pass_mark,
        std::move(findings)};
    for (const Criterion c : kCriteria) {
        const auto score = scores.find(std::string(name_of(c)));
        if (score == scores.end())
            throw ValueError("Verdict: expected a score for each criterion (missing '" + std::string(name_of(c)) +
                             "')");
        if (!(score->second >= 1 && score->second <= 5))
            throw ValueError("Verdict: expected scores from 1 to 5, see '" + score->first + "'");
        verdict.scores[static_cast<std::size_t>(c)] = score->second;
    }
    if (!(overall >= 1 && overall <= 5)) throw ValueError("Verdict: expected overall from 1 to 5");
    if (!(confidence >= 0 && confidence <= 1)) throw ValueError("Verdict: expected confidence from 0 to 1");
    return verdict;
}

Scores scores_of(const Verdict& verdict) {
    Scores out;
    for (const Criterion c : kCriteria) out.emplace(name_of(c), verdict.score(c));
    return out;
}

void bind_finding(py::module_& m) {
    py::class_<Finding>(m, "Finding", "What was found in a note, and where; offsets are bytes of its UTF-8.")
        .def(py::init(&make_finding), py::kw_only(), py::arg("rule"), py::arg("criterion"), py::arg("severity"),
             py::arg("message"), py::arg("begin") = py::none(), py::arg("end") = py::none(), py::arg("evidence") = "",
             py::arg("source") = "", py::arg("correction") = "")
        .def_readonly("rule", &Finding::rule)
        .def_property_readonly("criterion", [](const Finding& f) { return std::string(name_of(f.criterion)); })
        .def_property_readonly("severity", [](const Finding& f) { return std::string(name_of(f.severity)); })
        .def_property_readonly("message", [](const Finding& f) { return readable_text(f.message); })
        .def_readonly("begin", &Finding::begin, "None where something is missing")
        .def_readonly("end", &Finding::end)
        .def_property_readonly("evidence", [](const Finding& f) { return readable_text(f.evidence); })
        .def_readonly("source", &Finding::source)
        .def_property_readonly("correction", [](const Finding& f) { return readable_text(f.correction); })
        .def("__repr__", [](const Finding& f) { return "<Finding " + f.rule + ">"; });
}

void bind_verdict(py::module_& m) {
    py::class_<Verdict>(m, "Verdict", "Scores of one note, 1 (worst) to 5, with the evidence for each; passed at 3.0.")
        .def(py::init(&make_verdict), py::kw_only(), py::arg("patient_id"), py::arg("judge"), py::arg("scores"),
             py::arg("overall"), py::arg("confidence"), py::arg("findings") = std::vector<Finding>{})
        .def_readonly("patient_id", &Verdict::patient_id)
        .def_readonly("judge", &Verdict::judge)
        .def_property_readonly("scores", &scores_of)
        .def_readonly("overall", &Verdict::overall)
        .def_readonly("confidence", &Verdict::confidence, "share of the checkable statements that could be checked")
        .def_readonly("passed", &Verdict::passed)
        .def_readonly("findings", &Verdict::findings)
        .def("metrics", &Verdict::metrics, "overall_score, confidence and judge_<criterion>")
        .def("to_json", [](const Verdict& v) { return to_json(v); })
        .def("to_markdown", [](const Verdict& v) { return readable_text(to_markdown(v)); })
        .def("to_html", [](const Verdict& v) { return readable_text(to_html(v)); })
        .def("_repr_markdown_", [](const Verdict& v) { return readable_text(to_markdown(v)); })
        .def("_repr_html_", [](const Verdict& v) { return readable_text(to_html(v)); })
        .def("__repr__", [](const Verdict& v) {
            return std::string("<Verdict ") + (v.passed ? "passed" : "failed") + ", " +
                   std::to_string(v.findings.size()) + " findings>";
        });
}

}  // namespace

void bind_judge(py::module_& m) {
    bind_finding(m);
    bind_verdict(m);
    py::class_<GroundedJudge>(m, "GroundedJudge", "Judges a SOAP note against the patient's record by rules alone.")
        .def(py::init<>())
        .def_property_readonly_static("version", [](const py::object&) { return std::string(GroundedJudge::version); })
        .def(
            "judge",
            [](const GroundedJudge& j, const models::SoapNote& note, const features::PatientSummary& patient) {
                return j.judge(models::to_markdown(note), patient);
            },
            py::arg("note"), py::arg("patient"), ReleaseGil())
        .def(
            "judge",
            [](const GroundedJudge& j, const std::string& note, const features::PatientSummary& patient) {
                return j.judge(note, patient);
            },
            py::arg("note"), py::arg("patient"), ReleaseGil());
}

}  // namespace assay::bindings
