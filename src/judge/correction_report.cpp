#include "assay/judge/correction_report.hpp"

#include <algorithm>
#include <optional>

#include "assay/judge/detail/document.hpp"

namespace assay::judge {
namespace {

using detail::Section;

constexpr int kRounds = 4;
constexpr std::size_t kAround = 70;  // bytes of the line shown on either side of a correction

std::string_view name_of(Section section) noexcept {
    switch (section) {
        case Section::None:
            return "";
        case Section::Subjective:
            return "Subjective";
        case Section::Objective:
            return "Objective";
        case Section::Assessment:
            return "Assessment";
        case Section::Plan:
            return "Plan";
        case Section::SafetyNet:
            return "Safety net";
    }
    return "";
}

/// End of the last sentence of a section, or of the text where the note has no such section.
index end_of(const detail::Document& doc, Section section) {
    auto end = static_cast<index>(doc.text.size());
    for (const detail::Sentence& s : doc.sentences) {
        if (s.section == section) end = s.end;
    }
    return end;
}

Section section_at(const detail::Document& doc, index byte) {
    Section section = Section::None;
    for (const detail::Sentence& s : doc.sentences) {
        if (s.begin <= byte) section = s.section;
    }
    return section;
}

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// What stands on the line before byte `end`, shortened at a character's border, without list marks.
std::string line_until(std::string_view note, std::size_t end) {
    std::size_t begin = note.rfind('\n', end == 0 ? 0 : end - 1);
    begin = begin == std::string_view::npos || end == 0 ? 0 : begin + 1;
    if (end - begin > kAround) {
        begin = end - kAround;
        while (begin < end && continues_character(note[begin])) ++begin;
        return "…" + std::string(note.substr(begin, end - begin));
    }
    const std::size_t text = note.find_first_not_of("-*+# \t", begin);
    begin = std::min(text, end);
    return std::string(note.substr(begin, end - begin));
}

std::string line_from(std::string_view note, std::size_t begin) {
    std::size_t end = std::min(note.find('\n', begin), note.size());
    if (end - begin <= kAround) return std::string(note.substr(begin, end - begin));
    end = begin + kAround;
    while (end > begin && continues_character(note[end])) --end;
    return std::string(note.substr(begin, end - begin)) + "…";
}

struct Edit {
    AppliedCorrection applied;
    index begin = 0;  // in the text of the round
    Finding finding;
};

/// The edits of one round, none of which overlap; findings whose edit does are added to `overlapped`.
std::vector<Edit> replacements(std::string_view note, const detail::Document& doc, const Verdict& verdict,
                               std::vector<Finding>& overlapped) {
    std::vector<Edit> edits;
    for (const Finding& f : verdict.findings) {
        if (f.correction.empty() || !f.begin || !f.end || *f.end > static_cast<index>(note.size()) || *f.begin > *f.end)
            continue;
        const auto begin = static_cast<std::size_t>(*f.begin);
        const auto end = static_cast<std::size_t>(*f.end);
        const std::string old(note.substr(begin, end - begin));
        if (old == f.correction) continue;  // would change nothing, round after round
        const std::string left = line_until(note, begin);
        const std::string right = line_from(note, end);
        edits.push_back({{f.rule, f.message, std::string(name_of(section_at(doc, *f.begin))), old, f.correction,
                          left + old + right, left + f.correction + right, f.begin},
                         *f.begin,
                         f});
    }
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    index at = 0;
    std::vector<Edit> apart;
    for (Edit& edit : edits) {
        if (edit.begin < at) {
            const AppliedCorrection& kept = apart.back().applied;
            const bool same = edit.begin == apart.back().begin && edit.applied.before == kept.before &&
                              edit.applied.after == kept.after;
            if (!same) overlapped.push_back(std::move(edit.finding));
            continue;
        }
        at = edit.begin + std::max<index>(1, static_cast<index>(edit.applied.before.size()));
        apart.push_back(std::move(edit));
    }
    return apart;
}

bool has(const detail::Document& doc, Section section) {
    return std::any_of(doc.sentences.begin(), doc.sentences.end(),
                       [&](const detail::Sentence& s) { return s.section == section; });
}

/// Lines that the note lacks, each at the end of its section; a line that stands in it already is not added again.
std::vector<Edit> additions(const detail::Document& doc, const Verdict& verdict) {
    std::vector<Edit> edits;
    for (const Finding& f : verdict.findings) {
        if (f.correction.empty() || f.begin || doc.text.find(f.correction) != std::string::npos) continue;
        const Section section = f.criterion == Criterion::Actionability ? Section::SafetyNet : Section::Subjective;
        const bool headed = section != Section::SafetyNet || has(doc, section);
        edits.push_back({{f.rule, f.message, std::string(name_of(section)), "",
                          (headed ? "\n- " : "\n\nSafety net\n\n- ") + f.correction, "", f.correction, std::nullopt},
                         end_of(doc, section),
                         f});
    }
    std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    return edits;
}

std::string with_edits(std::string_view note, const std::vector<Edit>& edits) {
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        out.append(note.substr(at, static_cast<std::size_t>(edit.begin) - at)).append(edit.applied.after);
        at = static_cast<std::size_t>(edit.begin) + edit.applied.before.size();
    }
    return out.append(note.substr(at));
}

}  // namespace

CorrectionReport correct(std::string_view note, const features::PatientSummary& patient, const Judge& judge) {
    CorrectionReport report;
    report.corrected = note;
    report.before = report.after = judge.judge(note, patient);
    for (int round = 0; round < kRounds; ++round) {
        std::vector<Edit> edits;
        std::vector<Finding> overlapped;
        {
            const detail::Document doc = detail::parse_document(report.corrected);
            edits = replacements(report.corrected, doc, report.after, overlapped);
            if (edits.empty()) edits = additions(doc, report.after);
        }
        if (edits.empty()) break;
        report.corrected = with_edits(report.corrected, edits);
        report.after = judge.judge(report.corrected, patient);
        for (Edit& edit : edits) {
            if (round > 0) edit.applied.begin.reset();
            std::erase_if(report.overlapped, [&](const Finding& f) {
                return f.rule == edit.finding.rule && f.correction == edit.finding.correction;
            });
            report.applied.push_back(std::move(edit.applied));
        }
        for (Finding& f : overlapped) {
            if (round > 0) f.begin = f.end = std::nullopt;  // of a text that nobody sees
            report.overlapped.push_back(std::move(f));
        }
    }
    report.left = report.after.findings;
    return report;
}

}  // namespace assay::judge
