#include <algorithm>

#include "assay/judge/detail/context.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::judge::detail {
namespace {

/// A list of things that a note must hold, each with its weight.
class Checklist {
  public:
    void item(bool present, double weight, const char* rule, Severity severity, std::string message, std::string source,
              std::string correction = {}) {
        total_ += weight;
        ++result_.checked;
        if (present) {
            met_ += weight;
        } else {
            result_.findings.push_back(missing(rule, Criterion::Completeness, severity, std::move(message), std::move(source), std::move(correction)));
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

constexpr index kTrivial = 4;   // words below which a section says nothing

void check_sections(const Context& context, Checklist& list) {
    struct Wanted {
        Section section;
        const char* name;
    };
    for (const Wanted& wanted : {Wanted{Section::Subjective, "subjective"}, Wanted{Section::Objective, "objective"},
                                 Wanted{Section::Assessment, "assessment"}, Wanted{Section::Plan, "plan"}}) {
        index words = 0;
        bool joint = false;   // "Assessment and plan" under one heading
        for (const Sentence& s : context.doc.sentences) {
            if (s.heading && s.section == Section::Plan) {
                joint = joint || context.doc.lower_slice(s.begin, s.end).find("assessment") != std::string_view::npos;
            }
            if (!s.heading && s.section == wanted.section) words += s.words();
            if (!s.heading && wanted.section == Section::Assessment && joint && s.section == Section::Plan) words += s.words();
        }
        list.item(words >= kTrivial, 3, "COM-SECTION", Severity::Major, std::string("the ") + wanted.name + " section is missing or says nothing", "");
    }
}

bool vital_mentioned(const Context& context, features::Vital vital) {
    return std::any_of(context.claims.begin(), context.claims.end(), [&](const Mention& m) {
        const auto kind = static_cast<Concept>(m.kind);
        if (kind == Concept::Vital) return m.id == static_cast<int>(vital);
        if (kind == Concept::BloodPressure) return vital == features::Vital::SystolicBp || vital == features::Vital::DiastolicBp;
        return kind == Concept::Condition && conditions()[static_cast<std::size_t>(m.id)].vital == vital;
    });
}

void check_vitals(const Context& context, Checklist& list) {
    for (const models::VitalRule* rule : models::abnormal_vitals(context.patient)) {
        list.item(vital_mentioned(context, rule->vital), 2, "COM-ABNORMAL-VITAL", Severity::Major,
                  "an abnormal vital sign is not mentioned (" + std::string(rule->id) + ")", std::string(models::display_of(rule->vital).column));
    }
}

/// An allergy must stand as a text of the record or in a sentence on allergies.
bool allergy_mentioned(const Context& context, const std::string& allergy) {
    const std::string wanted = models::detail::lower(allergy);
    for (const Sentence& s : context.doc.sentences) {
        const std::string_view text = context.doc.lower_slice(s.begin, s.end);
        if (text.find("allerg") == std::string_view::npos && text.find("anaphyla") == std::string_view::npos) continue;
        if (text.find(wanted) != std::string_view::npos) return true;
        const std::string first = wanted.substr(0, wanted.find_first_of(" (,;:"));
        if (first.size() > 3 && text.find(first) != std::string_view::npos) return true;
    }
    // A heading "Allergies" with a list under it.
    return context.doc.lower.find("allerg") != std::string::npos && context.mentions(allergy) &&
           std::any_of(context.doc.sentences.begin(), context.doc.sentences.end(), [&](const Sentence& s) {
               return s.list_item && s.section == Section::Subjective &&
                      context.doc.lower_slice(s.begin, s.end).find(wanted) != std::string_view::npos;
           });
}

void check_allergies(const Context& context, Checklist& list) {
    if (context.patient.allergies.empty()) {
        list.item(context.doc.lower.find("allerg") != std::string::npos || context.doc.lower.find("nkda") != std::string::npos, 1,
                  "COM-ALLERGY-STATUS", Severity::Minor, "the note does not say whether allergies are known", "allergies",
                  "Allergies: not recorded; ask before prescribing.");
    }
    for (const std::string& allergy : context.patient.allergies) {
        list.item(allergy_mentioned(context, allergy), 3, "COM-ALLERGY", Severity::Critical, "a recorded allergy is missing: " + allergy,
                  "allergies", "Allergies: " + allergy + ".");
    }
}

void check_list(const Context& context, Checklist& list, const std::vector<std::string>& texts, const char* rule, const char* what,
                const char* source, const char* label) {
    // Many entries weigh together as much as four.
    const double weight = texts.size() > 4 ? 4.0 / static_cast<double>(texts.size()) : 1.0;
    for (const std::string& text : texts) {
        list.item(context.mentions(text), weight, rule, Severity::Minor, std::string(what) + ": " + text, source,
                  std::string(label) + ": " + text + ".");
    }
}

void check_results(const Context& context, Checklist& list) {
    for (const auto& result : context.patient.abnormal_results) {
        if (!result.critical) continue;
        const bool named = std::any_of(context.claims.begin(), context.claims.end(), [&](const Mention& m) {
            if (m.kind != static_cast<int>(Concept::Laboratory)) return false;
            if (m.id >= kRecordedResult) {
                return context.patient.abnormal_results[static_cast<std::size_t>(m.id - kRecordedResult)].name == result.name;
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
    check_list(context, list, context.patient.medications, "COM-MEDICATION", "an active medication is missing", "medications",
               "Active medication");
    check_list(context, list, context.patient.diagnoses, "COM-DIAGNOSIS", "a recorded diagnosis is missing", "diagnoses", "Diagnosis on record");
    check_results(context, list);
    return list.take();
}

}  // namespace assay::judge::detail
