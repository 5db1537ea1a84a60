#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/judge/correction_report.hpp"
#include "assay/models/detail/text.hpp"

// Verdicts and correction reports as people read them: Markdown, HTML, and the JSON of a report.
namespace assay::judge {
namespace {

using models::detail::html_escaped;

std::string number(double value) { return models::detail::fixed(value, 2); }

std::string outcome(const Verdict& v) { return number(v.overall) + (v.passed ? " (passed)" : " (failed)"); }

/// A code span that holds the text, whatever it contains; line breaks would end it.
std::string code(std::string_view text) {
    std::string inner(text);
    std::replace(inner.begin(), inner.end(), '\n', ' ');
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : inner) longest = std::max(longest, run = c == '`' ? run + 1 : 0);
    const std::string fence(longest + 1, '`');
    const std::string pad = longest > 0 ? " " : "";
    return fence + pad + inner + pad + fence;
}

std::string titled(const Finding& f) { return f.rule + " (" + std::string(name_of(f.severity)) + ")"; }

void add_findings(std::string& out, const std::vector<Finding>& findings) {
    for (const Finding& f : findings) {
        out += "- " + titled(f) + ": " + f.message;
        if (!f.evidence.empty()) out += ": " + code(f.evidence);
        if (!f.correction.empty()) out += " → " + code(f.correction);
        out += "\n";
    }
}

void add_html_findings(std::string& out, const std::vector<Finding>& findings) {
    if (findings.empty()) return;
    out += "<ul>\n";
    for (const Finding& f : findings) {
        out += "<li><b>" + html_escaped(titled(f)) + "</b>: " + html_escaped(f.message);
        if (!f.evidence.empty()) out += ": <q>" + html_escaped(f.evidence) + "</q>";
        if (!f.correction.empty()) out += " → <q>" + html_escaped(f.correction) + "</q>";
        out += "</li>\n";
    }
    out += "</ul>\n";
}

std::string place(const AppliedCorrection& c) {
    return (c.section.empty() ? "" : c.section + ", ") + c.rule + ": " + c.message;
}

std::string counts(const CorrectionReport& r) {
    std::string text = "Overall " + outcome(r.before) + " before, " + outcome(r.after) +
                       " after; corrections applied: " + std::to_string(r.applied.size());
    if (!r.overlapped.empty()) text += ", left out as overlapping: " + std::to_string(r.overlapped.size());
    return text + ", findings left to a person: " + std::to_string(r.left.size()) + ".";
}

}  // namespace

std::string to_markdown(const Verdict& verdict) {
    std::string out = "Overall " + outcome(verdict) + ", confidence " + number(verdict.confidence) + ", by " +
                      verdict.judge + ".\n\n| criterion | score |\n|---|---|\n";
    for (const Criterion c : kCriteria)
        out += "| " + std::string(name_of(c)) + " | " + number(verdict.score(c)) + " |\n";
    out += verdict.findings.empty() ? "\nNo findings.\n" : "\n";
    add_findings(out, verdict.findings);
    return out;
}

std::string to_html(const Verdict& verdict) {
    std::string out = "<div class=\"assay-verdict\">\n<p>Overall <b>" + outcome(verdict) + "</b>, confidence " +
                      number(verdict.confidence) + ", by " + html_escaped(verdict.judge) +
                      ".</p>\n<table><tr><th>criterion</th><th>score</th></tr>\n";
    for (const Criterion c : kCriteria) {
        out += "<tr><td>" + std::string(name_of(c)) + "</td><td>" + number(verdict.score(c)) + "</td></tr>\n";
    }
    out += "</table>\n";
    if (verdict.findings.empty()) out += "<p>No findings.</p>\n";
    add_html_findings(out, verdict.findings);
    return out + "</div>\n";
}

std::string to_markdown(const CorrectionReport& report) {
    std::string out = counts(report) + "\n\n| criterion | before | after |\n|---|---|---|\n";
    for (const Criterion c : kCriteria) {
        out += "| " + std::string(name_of(c)) + " | " + number(report.before.score(c)) + " | " +
               number(report.after.score(c)) + " |\n";
    }
    if (!report.applied.empty()) out += "\nApplied:\n\n";
    index item = 0;
    for (const AppliedCorrection& c : report.applied) {
        out += std::to_string(++item) + ". " + place(c) + "\n";
        if (!c.line_before.empty()) out += "    - before: " + code(c.line_before) + "\n";
        out += std::string(c.line_before.empty() ? "    - added: " : "    - after: ") + code(c.line_after) + "\n";
    }
    if (!report.overlapped.empty()) out += "\nLeft out, for a correction above changed the same text:\n\n";
    add_findings(out, report.overlapped);
    if (!report.left.empty()) out += "\nLeft to a person:\n\n";
    add_findings(out, report.left);
    return out;
}

std::string to_html(const CorrectionReport& report) {
    std::string out = "<div class=\"assay-corrections\">\n<p>" + html_escaped(counts(report)) +
                      "</p>\n<table><tr><th>criterion</th><th>before</th><th>after</th></tr>\n";
    for (const Criterion c : kCriteria) {
        out += "<tr><td>" + std::string(name_of(c)) + "</td><td>" + number(report.before.score(c)) + "</td><td>" +
               number(report.after.score(c)) + "</td></tr>\n";
    }
    out += "</table>\n";
    if (!report.applied.empty()) out += "<ol>\n";
    for (const AppliedCorrection& c : report.applied) {
        out += "<li>" + html_escaped(place(c)) + "<br>";
        if (!c.line_before.empty()) out += "<del>" + html_escaped(c.line_before) + "</del><br>";
        out += "<ins>" + html_escaped(c.line_after) + "</ins></li>\n";
    }
    if (!report.applied.empty()) out += "</ol>\n";
    if (!report.overlapped.empty()) out += "<p>Left out, for a correction above changed the same text:</p>\n";
    add_html_findings(out, report.overlapped);
    if (!report.left.empty()) out += "<p>Left to a person:</p>\n";
    add_html_findings(out, report.left);
    return out + "</div>\n";
}

std::string to_json(const CorrectionReport& report) {
    using Json = nlohmann::ordered_json;
    Json applied = Json::array();
    for (const AppliedCorrection& c : report.applied) {
        applied.push_back({{"rule", c.rule},
                           {"message", c.message},
                           {"section", c.section},
                           {"begin", c.begin ? Json(*c.begin) : Json(nullptr)},
                           {"before", c.before},
                           {"after", c.after},
                           {"line_before", c.line_before},
                           {"line_after", c.line_after}});
    }
    Json overlapped = Json::array();
    for (const Finding& f : report.overlapped) {
        overlapped.push_back(
            {{"rule", f.rule}, {"message", f.message}, {"before", f.evidence}, {"after", f.correction}});
    }
    Json left = Json::array();
    for (const Finding& f : report.left)
        left.push_back({{"rule", f.rule}, {"severity", name_of(f.severity)}, {"message", f.message}});
    const Json value{{"before", Json::parse(to_json(report.before))},
                     {"after", Json::parse(to_json(report.after))},
                     {"applied", applied},
                     {"overlapped", overlapped},
                     {"left", left},
                     {"corrected", report.corrected}};
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::judge
