#include "assay/judge/grounded_judge.hpp"
#include "assay/models/note.hpp"
#include "prelude.hpp"

// Verdicts as values, and the judge that needs no language model.
namespace assay::bindings {
namespace {

using namespace judge;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

/// Evidence may begin or end within a character of broken text; Python gets the replacement character there.
py::str text_of(const std::string& bytes) {
    return py::reinterpret_steal<py::str>(
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace"));
}

void bind_finding(py::module_& m) {
    py::class_<Finding>(m, "Finding", "What was found in a note, and where; offsets are bytes of its UTF-8.")
        .def_readonly("rule", &Finding::rule)
        .def_property_readonly("criterion", [](const Finding& f) { return std::string(name_of(f.criterion)); })
        .def_property_readonly("severity", [](const Finding& f) { return std::string(name_of(f.severity)); })
        .def_property_readonly("message", [](const Finding& f) { return text_of(f.message); })
        .def_readonly("begin", &Finding::begin, "None where something is missing")
        .def_readonly("end", &Finding::end)
        .def_property_readonly("evidence", [](const Finding& f) { return text_of(f.evidence); })
        .def_readonly("source", &Finding::source)
        .def_property_readonly("correction", [](const Finding& f) { return text_of(f.correction); })
        .def("__repr__", [](const Finding& f) { return "<Finding " + f.rule + ">"; });
}

}  // namespace

void bind_judge(py::module_& m) {
    bind_finding(m);
    py::class_<Verdict>(m, "Verdict", "Scores of one note, 1 (worst) to 5, with the evidence for each.")
        .def_readonly("patient_id", &Verdict::patient_id)
        .def_readonly("judge", &Verdict::judge)
        .def_property_readonly("scores",
                               [](const Verdict& v) {
                                   std::map<std::string, double> out;
                                   for (const Criterion c : kCriteria) out.emplace(name_of(c), v.score(c));
                                   return out;
                               })
        .def_readonly("overall", &Verdict::overall)
        .def_readonly("confidence", &Verdict::confidence, "share of the checkable statements that could be checked")
        .def_readonly("passed", &Verdict::passed)
        .def_readonly("findings", &Verdict::findings)
        .def("metrics", &Verdict::metrics, "overall_score, confidence and judge_<criterion>")
        .def("to_json", [](const Verdict& v) { return to_json(v); })
        .def("__repr__", [](const Verdict& v) {
            return std::string("<Verdict ") + (v.passed ? "passed" : "failed") + ", " + std::to_string(v.findings.size()) +
                   " findings>";
        });
    py::class_<GroundedJudge>(m, "GroundedJudge", "Judges a SOAP note against the patient's record by rules alone.")
        .def(py::init<>())
        .def("judge", [](const GroundedJudge& j, const models::SoapNote& note,
                         const features::PatientSummary& patient) { return j.judge(models::to_markdown(note), patient); },
             py::arg("note"), py::arg("patient"), ReleaseGil())
        .def("judge", [](const GroundedJudge& j, const std::string& note,
                         const features::PatientSummary& patient) { return j.judge(note, patient); },
             py::arg("note"), py::arg("patient"), ReleaseGil());
}

}  // namespace assay::bindings
