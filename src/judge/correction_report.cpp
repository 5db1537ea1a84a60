#include "assay/judge/correction_report.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/judge/detail/document.hpp"
#include "assay/models/detail/text.hpp"

namespace assay::judge {
namespace {

using detail::Section;

/// End of the last sentence of a section, or of the text where the note has no such section.
index end_of(const detail::Document& doc, Section section) {
    index end = static_cast<index>(doc.text.size());
    for (const detail::Sentence& s : doc.sentences) {
        if (s.section == section) end = s.end;
    }
    return end;
}

std::vector<AppliedCorrection> edits_of(std::string_view note, CorrectionReport& report) {
    const detail::Document doc = detail::parse_document(note);
    std::vector<AppliedCorrection> edits;
    for (const Finding& f : report.before.findings) {
        if (f.correction.empty()) {
            report.left.push_back(f);
        } else if (f.begin && f.end) {
            edits.push_back({f.rule, f.evidence, f.correction, *f.begin});
        } else {
            const Section section = f.criterion == Criterion::Actionability ? Section::Plan : Section::Subjective;
            edits.push_back({f.rule, "", "\n- " + f.correction, end_of(doc, section)});
        }
    }
    std::stable_sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return edits;
}

std::string number(double value) { return models::detail::fixed(value, 2); }

}  // namespace

CorrectionReport correct(std::string_view note, const features::PatientSummary& patient, const Judge& judge) {
    CorrectionReport report;
    report.before = judge.judge(note, patient);
    index at = 0;
    for (AppliedCorrection& edit : edits_of(note, report)) {
        if (edit.begin < at) continue;   // overlaps one that was applied
        report.corrected.append(note.substr(static_cast<std::size_t>(at), static_cast<std::size_t>(edit.begin - at)));
        report.corrected.append(edit.after);
        at = edit.begin + static_cast<index>(edit.before.size());
        report.applied.push_back(std::move(edit));
    }
    report.corrected.append(note.substr(static_cast<std::size_t>(at)));
    report.after = judge.judge(report.corrected, patient);
    return report;
}

std::string to_markdown(const CorrectionReport& report) {
    std::string out = "| criterion | before | after |\n|---|---|---|\n";
    for (const Criterion c : kCriteria) {
        out.append("| ").append(name_of(c)).append(" | ").append(number(report.before.score(c)));
        out.append(" | ").append(number(report.after.score(c))).append(" |\n");
    }
    out.append("| overall | ").append(number(report.before.overall)).append(" | ").append(number(report.after.overall)).append(" |\n\n");
    for (const AppliedCorrection& edit : report.applied) {
        out.append("- ").append(edit.rule).append(" at byte ").append(std::to_string(edit.begin)).append(": `");
        out.append(edit.before).append("` → `").append(edit.after.substr(edit.after.find_first_not_of('\n'))).append("`\n");
    }
    for (const Finding& f : report.left) out.append("- left to a person: ").append(f.rule).append(", ").append(f.message).append("\n");
    return out;
}

std::string to_json(const CorrectionReport& report) {
    using Json = nlohmann::ordered_json;
    Json applied = Json::array();
    for (const AppliedCorrection& edit : report.applied) {
        applied.push_back({{"rule", edit.rule}, {"begin", edit.begin}, {"before", edit.before}, {"after", edit.after}});
    }
    const Json value{{"before", Json::parse(to_json(report.before))}, {"after", Json::parse(to_json(report.after))}, {"applied", applied},
                     {"corrected", report.corrected}};
    return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace assay::judge
