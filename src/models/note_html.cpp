#include "assay/models/detail/text.hpp"
#include "assay/models/note.hpp"
#include "note_problems.hpp"

namespace assay::models {
namespace {

using detail::html_escaped;

std::string source(std::string_view text) { return text.empty() ? "" : " <small>[" + html_escaped(text) + "]</small>"; }

void add_statements(std::string& out, std::string_view title, const std::vector<Statement>& statements) {
    out.append("<h4>").append(title).append("</h4>\n<ul>\n");
    for (const Statement& s : statements) out += "<li>" + html_escaped(s.text) + "." + source(s.source) + "</li>\n";
    out += "</ul>\n";
}

}  // namespace

std::string to_html(const SoapNote& note) {
    std::string out = "<article class=\"assay-note\">\n<h3>SOAP note, patient " + html_escaped(note.patient_id) +
                      "</h3>\n<p>" + html_escaped(detail::disclosure(note)) + "</p>\n";
    add_statements(out, "Subjective", note.subjective);
    add_statements(out, "Objective", note.objective);
    out += "<h4>Assessment</h4>\n<ul>\n";
    for (const Problem& p : note.assessment) {
        out += "<li><b>" + html_escaped(p.name) + "</b>: " + html_escaped(p.reasoning) + "." + source(p.source) +
               "</li>\n";
    }
    out += "</ul>\n<h4>Plan</h4>\n<ul>\n";
    for (const Problem& p : note.assessment) {
        for (const PlanItem& item : p.plan) {
            out += "<li>" + html_escaped(item.action) + "; " + html_escaped(item.timing) + "; " +
                   html_escaped(item.owner) + "." + source(item.source) + "</li>\n";
        }
    }
    out += "</ul>\n<h4>Safety net</h4>\n<ul>\n";
    for (const std::string& line : note.safety_net) out += "<li>" + html_escaped(line) + ".</li>\n";
    return out + "</ul>\n</article>\n";
}

}  // namespace assay::models
