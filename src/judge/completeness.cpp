#include <algorithm>

#include "assay/judge/detail/context.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/drug_safety.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::judge::detail {
namespace {

/// A list of things that a note must hold, each with its weight.
class Checklist {
  public:
    /// Something that the note counts but does not name: half of its weight, and no finding of its own.
    void counted(double weight) {
        total_ += weight;
        met_ += weight / 2;
        ++result_.checked;
    }

    void note(Finding finding) { result_.findings.push_back(std::move(finding)); }

    void item(bool present, double weight, const char* rule, Severity severity, std::string message, std::string source,
              std::string correction = {}) {
        total_ += weight;
        ++result_.checked;
        if (present) {
            met_ += weight;
        } else {
            result_.findings.push_back(missing(rule, Criterion::Completeness, severity, std::move(message),
                                               std::move(source), std::move(correction)));
        }
    }

    CriterionResult take() {
        result_.share = total_ > 0 ? met_ / total_ : 1;
        return std::move(result_);
    }

  private:
    double total_ = 0;
    double met_ = 0;
    CriterionResult result_;
};

constexpr index kTrivial = 4;  // words below which a section says nothing

void check_sections(const Context& context, Checklist& list) {
    struct Wanted {
        Section section;
        const char* name;
    };
    for (const Wanted& wanted : {Wanted{Section::Subjective, "subjective"}, Wanted{Section::Objective, "objective"},
                                 Wanted{Section::Assessment, "assessment"}, Wanted{Section::Plan, "plan"}}) {
        index words = 0;
        bool joint = false;  // "Assessment and plan" under one heading
        for (const Sentence& s : context.doc.sentences) {
            if (s.heading && s.section == Section::Plan) {
                joint = joint || context.doc.lower_slice(s.begin, s.end).find("assessment") != std::string_view::npos;
            }
            if (!s.heading && s.section == wanted.section) words += s.words();
            if (!s.heading && wanted.section == Section::Assessment && joint && s.section == Section::Plan)
                words += s.words();
        }
        list.item(words >= kTrivial, 3, "COM-SECTION", Severity::Major,
                  std::string("the ") + wanted.name + " section is missing or says nothing", "");
    }
}

bool vital_mentioned(const Context& context, features::Vital vital) {
    return std::any_of(context.claims.begin(), context.claims.end(), [&](const Mention& m) {
        const auto kind = static_cast<Concept>(m.kind);
        if (kind == Concept::Vital) return m.id == static_cast<int>(vital);
        if (kind == Concept::BloodPressure)
            return vital == features::Vital::SystolicBp || vital == features::Vital::DiastolicBp;
        return kind == Concept::Condition && conditions()[static_cast<std::size_t>(m.id)].vital == vital;
    });
}

void check_vitals(const Context& context, Checklist& list) {
    for (const models::VitalRule* rule : models::abnormal_vitals(context.patient)) {
        list.item(vital_mentioned(context, rule->vital), 2, "COM-ABNORMAL-VITAL", Severity::Major,
                  "an abnormal vital sign is not mentioned (" + std::string(rule->id) + ")",
                  std::string(models::display_of(rule->vital).column));
    }
}

enum class AllergyPlace { Nowhere, Elsewhere, Stated };

bool names_allergy(std::string_view line, const std::string& wanted) {
    if (line.find(wanted) != std::string_view::npos) return true;
    const std::string first = wanted.substr(0, wanted.find_first_of(" (,;:"));
    return first.size() > 3 && line.find(first) != std::string_view::npos;
}

bool speaks_of_allergy(std::string_view text) {
    return text.find("allerg") != std::string_view::npos || text.find("anaphyla") != std::string_view::npos;
}

/// Where the note states an allergy: a line on allergies, or the list under such a line, in the history. A conflict
/// named in the assessment or the plan is no such statement: who reads the history only would not learn of the allergy.
AllergyPlace allergy_place(const Context& context, const std::string& allergy) {
    const std::string wanted = models::detail::lower(allergy);
    const auto& sentences = context.doc.sentences;
    AllergyPlace place = AllergyPlace::Nowhere;
    bool listing = false;
    for (std::size_t first = 0, next = 0; first < sentences.size(); first = next) {
        while (next < sentences.size() && sentences[next].line == sentences[first].line) ++next;
        const Sentence& s = sentences[first];
        const std::string_view line = context.doc.lower_slice(s.begin, sentences[next - 1].end);
        const std::size_t last = line.find_last_not_of(" \t\r*_");
        const bool on_allergies = speaks_of_allergy(line);
        const bool opens = on_allergies && (s.heading || (last != std::string_view::npos && line[last] == ':'));
        if (!s.list_item || opens) listing = opens;
        if ((!on_allergies && !listing) || s.heading || !names_allergy(line, wanted)) continue;
        if (s.section == Section::None || s.section == Section::Subjective || s.section == Section::Objective)
            return AllergyPlace::Stated;
        place = AllergyPlace::Elsewhere;
    }
    return place;
}

void check_allergies(const Context& context, Checklist& list) {
    const auto& known = context.patient.allergies;
    if (std::none_of(known.begin(), known.end(), models::is_allergy)) {
        list.item(
            context.doc.lower.find("allerg") != std::string::npos ||
                context.doc.lower.find("nkda") != std::string::npos,
            1, "COM-ALLERGY-STATUS", Severity::Minor, "the note does not say whether allergies are known", "allergies",
            known.empty() ? "Allergies: not recorded; ask before prescribing." : "Allergies: " + known.front() + ".");
    }
    for (const std::string& allergy : context.patient.allergies) {
        if (!models::is_allergy(allergy)) continue;
        const AllergyPlace place = allergy_place(context, allergy);
        list.item(place == AllergyPlace::Stated, 3, "COM-ALLERGY",
                  place == AllergyPlace::Elsewhere ? Severity::Major : Severity::Critical,
                  (place == AllergyPlace::Elsewhere ? "a recorded allergy is named in assessment or plan only: "
                                                    : "a recorded allergy is missing: ") +
                      allergy,
                  "allergies", "Allergies: " + allergy + ".");
    }
}

void check_list(const Context& context, Checklist& list, const std::vector<std::string>& texts, const char* rule,
                const char* what, const char* source, const char* label) {
    // Many entries weigh together as much as four.
    const double weight = texts.size() > 4 ? 4.0 / static_cast<double>(texts.size()) : 1.0;
    const index rest = context.counted_rest(texts);
    for (const std::string& text : texts) {
        const bool named = context.mentions(text);
        if (!named && rest > 0) {
            list.counted(weight);
            continue;
        }
        list.item(named, weight, rule, Severity::Minor, std::string(what) + ": " + text, source,
                  std::string(label) + ": " + text + ".");
    }
    if (rest > 0) {
        list.note(missing("COM-SHORTENED", Criterion::Completeness, Severity::Info,
                          std::to_string(rest) + " entries are counted, not named", source));
    }
}

void check_results(const Context& context, Checklist& list) {
    for (const auto& result : context.patient.abnormal_results) {
        if (!result.critical) continue;
        const bool named = std::any_of(context.claims.begin(), context.claims.end(), [&](const Mention& m) {
            if (m.kind != static_cast<int>(Concept::Laboratory)) return false;
            if (m.id >= kRecordedResult) {
                return context.patient.abnormal_results[static_cast<std::size_t>(m.id - kRecordedResult)].name ==
                       result.name;
            }
            return !result.loinc.empty() && analytes()[static_cast<std::size_t>(m.id)].loinc == result.loinc;
        });
        list.item(named || context.mentions(result.name), 3, "COM-CRITICAL-RESULT", Severity::Critical,
                  "a critical laboratory result is missing: " + result.name, "abnormal_results");
    }
}

}  // namespace

CriterionResult judge_completeness(const Context& context) {
    Checklist list;
    check_sections(context, list);
    check_vitals(context, list);
    check_allergies(context, list);
    check_list(context, list, context.patient.medications, "COM-MEDICATION", "an active medication is missing",
               "medications", "Active medication");
    check_list(context, list, context.patient.diagnoses, "COM-DIAGNOSIS", "a recorded diagnosis is missing",
               "diagnoses", "Diagnosis on record");
    check_results(context, list);
    return list.take();
}

}  // namespace assay::judge::detail
