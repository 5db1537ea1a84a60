#include <nlohmann/json.hpp>

#include "assay/models/note.hpp"
#include "note_problems.hpp"

namespace assay::models {
namespace {

using Json = nlohmann::ordered_json;

/// A recorded text must not open a heading, a list or a line of its own in the note.
std::string one_line(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return out;
}

struct Markup {
    std::string_view title, section, bullet, strong;
};
constexpr Markup kMarkdown{"# ", "## ", "- ", "**"};
constexpr Markup kText{"", "", "- ", ""};

void add_statements(std::string& out, const Markup& m, std::string_view title,
                    const std::vector<Statement>& statements) {
    out.append("\n").append(m.section).append(title).append("\n\n");
    for (const Statement& s : statements) {
        out += std::string(m.bullet) + one_line(s.text) + ". [" + s.source + "]\n";
    }
}

void add_assessment(std::string& out, const Markup& m, const SoapNote& note) {
    out.append("\n").append(m.section).append("Assessment\n\n");
    for (const Problem& p : note.assessment) {
        out += std::string(m.bullet) + std::string(m.strong) + one_line(p.name) + std::string(m.strong) + ": " +
               one_line(p.reasoning) + ". [" + p.source + "]\n";
    }
}

void add_plan(std::string& out, const Markup& m, const SoapNote& note) {
    out.append("\n").append(m.section).append("Plan\n\n");
    for (const Problem& p : note.assessment) {
        for (const PlanItem& item : p.plan) {
            out += std::string(m.bullet) + one_line(item.action) + "; " + item.timing + "; " + item.owner + ". [" +
                   item.source + "]\n";
        }
    }
    if (note.safety_net.empty()) return;
    out.append("\n").append(m.section).append("Safety net\n\n");
    for (const std::string& line : note.safety_net) out += std::string(m.bullet) + one_line(line) + ".\n";
}

std::string render(const SoapNote& note, const Markup& m) {
    std::string out = std::string(m.title) + "SOAP note, patient " + one_line(note.patient_id) + "\n\n" +
                      detail::disclosure(note) + "\n";
    add_statements(out, m, "Subjective", note.subjective);
    add_statements(out, m, "Objective", note.objective);
    add_assessment(out, m, note);
    add_plan(out, m, note);
    return out;
}

Json to_value(const std::vector<Statement>& statements) {
    Json list = Json::array();
    for (const Statement& s : statements) list.push_back({{"text", s.text}, {"source", s.source}});
    return list;
}

Json to_value(const Problem& problem) {
    Json plan = Json::array();
    for (const PlanItem& item : problem.plan) {
        plan.push_back(
            {{"action", item.action}, {"timing", item.timing}, {"owner", item.owner}, {"source", item.source}});
    }
    return {{"name", problem.name}, {"reasoning", problem.reasoning}, {"source", problem.source}, {"plan", plan}};
}

}  // namespace

std::string detail::disclosure(const SoapNote& note) {
    const bool rules = note.tokens_used == 0 && note.writer.starts_with("template");
    return rules ? "Template-written (" + note.writer + ", no language model); a clinician must review it."
                 : "Written by " + note.writer + "; a clinician must review it.";
}

std::string to_markdown(const SoapNote& note) { return render(note, kMarkdown); }

std::string to_text(const SoapNote& note) { return render(note, kText); }

std::string to_json(const SoapNote& note) {
    Json assessment = Json::array();
    for (const Problem& problem : note.assessment) assessment.push_back(to_value(problem));
    const Json value{{"patient_id", note.patient_id},          {"writer", note.writer},
                     {"disclosure", detail::disclosure(note)}, {"subjective", to_value(note.subjective)},
                     {"objective", to_value(note.objective)},  {"assessment", assessment},
                     {"safety_net", note.safety_net},          {"tokens_used", note.tokens_used}};
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

index word_count(const SoapNote& note) {
    index words = 0;
    bool inside = false;
    for (const char c : to_text(note)) {
        const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!blank && !inside) ++words;
        inside = !blank;
    }
    return words;
}

}  // namespace assay::models
