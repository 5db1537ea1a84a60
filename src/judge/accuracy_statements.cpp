#include <algorithm>
#include <map>

#include "accuracy_detail.hpp"
#include "assay/models/detail/text.hpp"
#include "assay/models/drug_safety.hpp"

namespace assay::judge::detail {
namespace {

using models::detail::find_word;
using models::detail::lower;

bool any_holds(const std::vector<std::string>& texts, std::string_view word) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& t) { return find_word(lower(t), word) != std::string::npos; });
}

void report(const Context& context, CriterionResult& out, const char* rule, Severity severity, std::string message,
            index begin, index end, std::string source, std::string correction = {}) {
    out.findings.push_back(context.finding(rule, Criterion::Accuracy, severity, std::move(message), begin, end,
                                           std::move(source), std::move(correction)));
}

/// "patient M00002" in a note on M00001: the word after "patient", "id" or "mrn", if it has three digits.
void check_identity(const Context& context, CriterionResult& out) {
    const Document& doc = context.doc;
    const std::string own = lower(context.patient.patient_id);
    for (index t = 0; t + 1 < static_cast<index>(doc.tokens.size()); ++t) {
        const std::string_view word = doc.word(t);
        if (word != "patient" && word != "mrn" && word != "patient_id" && word != "id") continue;
        const Token& next = doc.tokens[static_cast<std::size_t>(t + 1)];
        if (next.begin - doc.tokens[static_cast<std::size_t>(t)].end > 3) continue;
        const std::string_view said = doc.word(t + 1);
        const bool letters_first = !said.empty() && (said[0] < '0' || said[0] > '9');
        const auto digits = std::count_if(said.begin(), said.end(), [](char c) { return c >= '0' && c <= '9'; });
        const bool age = std::string_view(doc.lower).substr(static_cast<std::size_t>(next.end)).starts_with("-year");
        if (digits < 3 || age || (letters_first && said.size() > 40)) continue;
        ++out.checked;
        if (std::string_view(doc.lower).substr(static_cast<std::size_t>(next.begin)).starts_with(own)) continue;
        if (own.find(said) != std::string::npos) continue;
        report(context, out, "ACC-IDENTITY", Severity::Critical, "the note is about another patient", next.begin,
               next.end, "patient_id", context.patient.patient_id);
    }
}

void check_sex(const Context& context, CriterionResult& out) {
    const int recorded = context.patient.sex == "male" ? 0 : context.patient.sex == "female" ? 1 : -1;
    if (recorded < 0) return;
    for (const Mention& m : context.claims) {
        if (m.kind != static_cast<int>(Concept::Sex)) continue;
        const Sentence* s = context.sentence_at(m.begin);
        if (s == nullptr) continue;
        const std::string_view text = context.doc.lower_slice(s->begin, s->end);
        if (text.find("year") == std::string_view::npos && text.find("patient") == std::string_view::npos) continue;
        ++out.checked;
        if (m.id != recorded) {
            report(context, out, "ACC-SEX", Severity::Major, "the record says another sex", m.begin, m.end, "sex",
                   context.patient.sex);
        }
        return;  // only the first says who the patient is
    }
}

void check_allergies(const Context& context, CriterionResult& out) {
    for (const Mention& m : context.claims) {
        if (m.kind != static_cast<int>(Concept::NoAllergy) || context.is_quoted(m.begin, m.end)) continue;
        ++out.checked;
        const auto& known = context.patient.allergies;
        if (!context.denies_allergy(m)) continue;
        const char first = context.doc.text[static_cast<std::size_t>(m.begin)];
        std::string all(first >= 'A' && first <= 'Z' ? "Allergies: " : "allergies: ");
        bool first_of_all = true;
        for (const std::string& a : known) {
            if (!models::is_allergy(a)) continue;
            all.append(first_of_all ? "" : "; ").append(a);
            first_of_all = false;
        }
        report(context, out, "ACC-NEGATION", Severity::Critical, "the note denies a recorded allergy", m.begin, m.end,
               "allergies", all);
    }
}

bool speaks_of_allergy(const Context& context, const Sentence& s) {
    return context.doc.lower_slice(s.begin, s.end).find("allerg") != std::string_view::npos;
}

bool states_allergy(const Context& context, std::string_view drug) {
    const auto& known = context.patient.allergies;
    return std::any_of(known.begin(), known.end(), [&](const std::string& a) {
        return find_word(models::stated_allergy(a), drug) != std::string::npos;
    });
}

/// Whether the record says that this medicine may be given: an entry denies an allergy to it, to its class or to any,
/// and none states one.
bool denies_allergy(const features::PatientSummary& patient, std::string_view drug) {
    const auto alerts = models::alerts_for(drug, patient);
    const bool stated = std::any_of(alerts.begin(), alerts.end(),
                                    [](const auto& a) { return a.kind != models::DrugAlertKind::Contraindication; });
    if (stated) return false;
    const auto classes = models::classes_of(drug);
    return std::any_of(patient.allergies.begin(), patient.allergies.end(), [&](const std::string& entry) {
        if (models::is_allergy(entry)) return false;
        const auto named = models::classes_of(entry);
        return named.empty() ||
               std::find_first_of(named.begin(), named.end(), classes.begin(), classes.end()) != named.end();
    });
}

/// A medicine in the history that is neither taken nor an allergy; a dose that is not the recorded one.
void check_drugs(const Context& context, CriterionResult& out) {
    for (const Mention& m : context.drugs) {
        const Sentence* s = context.sentence_at(m.begin);
        if (s == nullptr || (s->section != Section::Subjective && s->section != Section::Objective) ||
            context.is_hedged(*s))
            continue;
        ++out.checked;
        if (context.is_quoted(m.begin, m.end)) continue;
        const std::string_view drug = context.doc.lower_slice(m.begin, m.end);
        const bool taken = any_holds(context.patient.medications, drug);
        const bool of_allergy = speaks_of_allergy(context, *s);
        if (taken || (of_allergy && (states_allergy(context, drug) || !context.is_asserted(m, *s)))) continue;
        const bool in_text = any_holds(context.patient.diagnoses, drug) ||
                             find_word(lower(context.patient.chief_complaint), drug) != std::string::npos;
        if (in_text) continue;
        report(context, out, "ACC-DRUG", Severity::Major,
               of_allergy ? "no such allergy is on record" : "the record does not hold this medicine", m.begin, m.end,
               of_allergy ? "allergies" : "medications");
    }
}

/// "Hold amoxicillin because of the allergy" where the record says "No penicillin allergy".
void check_denied_conflicts(const Context& context, CriterionResult& out) {
    std::map<std::string, bool> denied;  // by medicine
    for (const Mention& m : context.drugs) {
        const Sentence* s = context.sentence_at(m.begin);
        if (s == nullptr || (s->section != Section::Assessment && s->section != Section::Plan) ||
            !speaks_of_allergy(context, *s))
            continue;
        if (context.is_quoted(m.begin, m.end) || context.is_conditional(*s) || !context.is_asserted(m, *s)) continue;
        const std::string drug(context.doc.lower_slice(m.begin, m.end));
        const auto known = denied.find(drug);
        const bool is_denied = known != denied.end()
                                   ? known->second
                                   : denied.emplace(drug, denies_allergy(context.patient, drug)).first->second;
        if (!is_denied) continue;
        ++out.checked;
        report(context, out, "ACC-DRUG", Severity::Major, "the record denies this allergy", m.begin, m.end,
               "allergies");
    }
}

/// "isoniazid 900 mg" where the record says "isoniazid 300 mg".
void check_doses(const Context& context, CriterionResult& out) {
    const auto& numbers = context.quantities.numbers;
    for (const Mention& m : context.drugs) {
        const auto n = std::lower_bound(numbers.begin(), numbers.end(), m.end,
                                        [](const NumberMention& x, index at) { return x.begin < at; });
        if (n == numbers.end() || n->begin - m.end > 12 || n->unit == nullptr || n->unit->dimension != Dimension::Dose)
            continue;
        const Sentence* s = context.sentence_at(m.begin);
        if (s == nullptr || context.is_hedged(*s) || n->begin >= s->end || context.is_quoted(n->begin, n->end))
            continue;
        const std::string_view drug = context.doc.lower_slice(m.begin, m.end);
        for (const std::string& medication : context.patient.medications) {
            if (find_word(lower(medication), drug) == std::string::npos) continue;
            const Document recorded = parse_document(medication);
            const Quantities q = find_quantities(recorded);
            const auto dose = std::find_if(q.numbers.begin(), q.numbers.end(), [](const NumberMention& x) {
                return x.unit != nullptr && x.unit->dimension == Dimension::Dose;
            });
            if (dose == q.numbers.end()) continue;
            ++out.checked;
            const double said = n->value * n->unit->scale;
            if (said == dose->value * dose->unit->scale) break;
            report(context, out, "ACC-DOSE", Severity::Major, "the record has another dose", n->begin, n->unit_end,
                   "medications", std::string(recorded.slice(dose->begin, dose->unit_end)));
            break;
        }
    }
}

}  // namespace

void check_statements(const Context& context, CriterionResult& out) {
    check_identity(context, out);
    check_sex(context, out);
    check_allergies(context, out);
    check_drugs(context, out);
    check_denied_conflicts(context, out);
    check_doses(context, out);
}

}  // namespace assay::judge::detail
