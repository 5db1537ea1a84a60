#include "assay/judge/correction_report.hpp"
#include "assay/judge/grounded_judge.hpp"
#include "assay/models/note.hpp"
#include "judge/readable_text.hpp"
#include "prelude.hpp"

// A note before and after the corrections that a judge offers.
namespace assay::bindings {
namespace {

using namespace judge;

/// A judge written in Python, for the length of one call on the caller's thread.
class PythonJudge final : public Judge {
  public:
    explicit PythonJudge(const py::object& judge) : judge_(judge) {}

    Verdict judge(std::string_view note, const features::PatientSummary& patient) const override {
        const py::object verdict = judge_.attr("judge")(readable_text(std::string(note)), py::cast(patient));
        return verdict.cast<Verdict>();
    }

  private:
    const py::object& judge_;
};

CorrectionReport correct_text(const std::string& note, const features::PatientSummary& patient,
                              const py::object& with) {
    // A class derived in Python may judge in its own way; only the judge itself runs without the interpreter.
    if (py::type::of(with).is(py::type::of<GroundedJudge>())) {
        const py::gil_scoped_release release;
        return correct(note, patient, GroundedJudge{});
    }
    return correct(note, patient, PythonJudge(with));
}

CorrectionReport correct_note(const models::SoapNote& note, const features::PatientSummary& patient,
                              const py::object& with) {
    return correct_text(models::to_markdown(note), patient, with);
}

void bind_applied(py::module_& m) {
    py::class_<AppliedCorrection>(m, "AppliedCorrection", "One correction that was applied.")
        .def_readonly("rule", &AppliedCorrection::rule)
        .def_property_readonly("message", [](const AppliedCorrection& c) { return readable_text(c.message); })
        .def_readonly("section", &AppliedCorrection::section)
        .def_property_readonly("before", [](const AppliedCorrection& c) { return readable_text(c.before); })
        .def_property_readonly("after", [](const AppliedCorrection& c) { return readable_text(c.after); })
        .def_property_readonly("line_before", [](const AppliedCorrection& c) { return readable_text(c.line_before); })
        .def_property_readonly("line_after", [](const AppliedCorrection& c) { return readable_text(c.line_after); })
        .def_readonly("begin", &AppliedCorrection::begin, "byte offset in the original text, None for what was added")
        .def("__repr__", [](const AppliedCorrection& c) { return "<AppliedCorrection " + c.rule + ">"; });
}

}  // namespace

void bind_correction(py::module_& m) {
    bind_applied(m);
    py::class_<CorrectionReport>(m, "CorrectionReport",
                                 "A note before and after the corrections that its findings offer.")
        .def_property_readonly("corrected", [](const CorrectionReport& r) { return readable_text(r.corrected); })
        .def_readonly("before", &CorrectionReport::before)
        .def_readonly("after", &CorrectionReport::after)
        .def_readonly("applied", &CorrectionReport::applied)
        .def_readonly("overlapped", &CorrectionReport::overlapped,
                      "corrections left out, for one that was applied changed the same text")
        .def_readonly("left", &CorrectionReport::left, "findings on the corrected text, for a person to decide on")
        .def("to_json", [](const CorrectionReport& r) { return to_json(r); })
        .def("to_markdown", [](const CorrectionReport& r) { return readable_text(to_markdown(r)); })
        .def("to_html", [](const CorrectionReport& r) { return readable_text(to_html(r)); })
        .def("_repr_markdown_", [](const CorrectionReport& r) { return readable_text(to_markdown(r)); })
        .def("_repr_html_", [](const CorrectionReport& r) { return readable_text(to_html(r)); })
        .def("__repr__", [](const CorrectionReport& r) {
            return "<CorrectionReport, " + std::to_string(r.applied.size()) + " applied>";
        });
    m.def("correct", &correct_note, py::arg("note"), py::arg("patient"), py::arg("judge"));
    m.def("correct", &correct_text, py::arg("note"), py::arg("patient"), py::arg("judge"),
          "Apply the corrections of the judge's findings, for at most four rounds, and judge again.");
}

}  // namespace assay::bindings
