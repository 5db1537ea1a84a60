#include "assay/models/note.hpp"
#include "assay/models/template_note.hpp"
#include "prelude.hpp"

// SOAP notes as values, and the writer that needs no language model.
namespace assay::bindings {
namespace {

using namespace models;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

void bind_parts(py::module_& m) {
    py::class_<Statement>(m, "Statement", "One statement of a note and the gold column or rule it comes from.")
        .def(py::init<std::string, std::string>(), py::kw_only(), py::arg("text"), py::arg("source") = "")
        .def_readonly("text", &Statement::text)
        .def_readonly("source", &Statement::source);
    py::class_<PlanItem>(m, "PlanItem", "What is to be done, when, and by whom.")
        .def(py::init<std::string, std::string, std::string, std::string>(), py::kw_only(), py::arg("action"),
             py::arg("timing") = "", py::arg("owner") = "", py::arg("source") = "")
        .def_readonly("action", &PlanItem::action)
        .def_readonly("timing", &PlanItem::timing)
        .def_readonly("owner", &PlanItem::owner)
        .def_readonly("source", &PlanItem::source);
    py::class_<Problem>(m, "Problem", "A problem with its reasoning and the plan for it.")
        .def(py::init<std::string, std::string, std::string, std::vector<PlanItem>>(), py::kw_only(), py::arg("name"),
             py::arg("reasoning") = "", py::arg("source") = "", py::arg("plan") = std::vector<PlanItem>{})
        .def_readonly("name", &Problem::name)
        .def_readonly("reasoning", &Problem::reasoning)
        .def_readonly("source", &Problem::source)
        .def_readonly("plan", &Problem::plan);
}

}  // namespace

void bind_note(py::module_& m) {
    bind_parts(m);
    py::class_<SoapNote>(m, "SoapNote", "A SOAP note: subjective, objective, assessment, plan.")
        .def(py::init<std::string, std::string, std::vector<Statement>, std::vector<Statement>, std::vector<Problem>,
                      std::vector<std::string>, index>(),
             py::kw_only(), py::arg("patient_id"), py::arg("writer"), py::arg("subjective"), py::arg("objective"),
             py::arg("assessment"), py::arg("safety_net"), py::arg("tokens_used") = 0)
        .def_readonly("patient_id", &SoapNote::patient_id)
        .def_readonly("writer", &SoapNote::writer)
        .def_readonly("subjective", &SoapNote::subjective)
        .def_readonly("objective", &SoapNote::objective)
        .def_readonly("assessment", &SoapNote::assessment, "most urgent first; their plan items are the plan")
        .def_readonly("safety_net", &SoapNote::safety_net)
        .def_readonly("tokens_used", &SoapNote::tokens_used, "0 where no language model took part")
        .def("to_markdown", [](const SoapNote& n) { return to_markdown(n); })
        .def("to_text", [](const SoapNote& n) { return to_text(n); })
        .def("to_json", [](const SoapNote& n) { return to_json(n); })
        .def_property_readonly("word_count", [](const SoapNote& n) { return word_count(n); })
        .def("to_html", [](const SoapNote& n) { return to_html(n); })
        .def("_repr_markdown_", [](const SoapNote& n) { return to_markdown(n); })
        .def("_repr_html_", [](const SoapNote& n) { return to_html(n); })
        .def("__repr__", [](const SoapNote& n) { return "<SoapNote by " + n.writer + ">"; });
    py::class_<TemplateNoteWriter>(m, "TemplateNoteWriter", "Writes a SOAP note from a gold row by rules alone.")
        .def(py::init<>())
        .def_property_readonly_static("version",
                                      [](const py::object&) { return std::string(TemplateNoteWriter::version); })
        .def("write", &TemplateNoteWriter::write, py::arg("patient"), ReleaseGil());
}

}  // namespace assay::bindings
