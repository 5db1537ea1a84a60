#include "assay/models/template_note.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "assay/models/detail/text.hpp"
#include "assay/models/diagnosis_rules.hpp"
#include "assay/models/drug_safety.hpp"
#include "assay/models/vital_rules.hpp"
#include "note_problems.hpp"

namespace assay::models {
namespace {

using features::PatientSummary;

// A note is read by people: what these leave out is counted, and stands in gold.
constexpr index kDiagnosesShown = 10;
constexpr index kMedicationsShown = 12;

std::string joined(const std::vector<std::string>& items, index most = PTRDIFF_MAX) {
    const index shown = std::min(most, static_cast<index>(items.size()));
    std::string out;
    for (index i = 0; i < shown; ++i) out.append(i == 0 ? "" : "; ").append(items[static_cast<std::size_t>(i)]);
    const index rest = static_cast<index>(items.size()) - shown;
    if (rest > 0) out += "; and " + std::to_string(rest) + " more, see gold";
    return out;
}

/// Diagnoses that a rule acts on before others, settled ones last; the order of the record within each.
std::vector<std::string> by_weight(const std::vector<std::string>& diagnoses) {
    const auto rank = [](const std::string& text) {
        for (const std::string_view settled : {"(resolved)", "(refuted)", "(inactive)", "(in remission)"}) {
            if (text.ends_with(settled)) return std::size_t{2};
        }
        const auto& rules = diagnosis_rules();
        return std::any_of(rules.begin(), rules.end(), [&](const DiagnosisRule& r) { return matches(r, text); })
                   ? std::size_t{0}
                   : std::size_t{1};
    };
    std::array<std::vector<std::string>, 3> ranked;
    for (const std::string& text : diagnoses) ranked[rank(text)].push_back(text);
    for (std::size_t i = 1; i < ranked.size(); ++i)
        ranked[0].insert(ranked[0].end(), ranked[i].begin(), ranked[i].end());
    return ranked[0];
}

/// Medications that conflict with the record before others.
std::vector<std::string> by_conflict(std::vector<std::string> medications, const PatientSummary& patient) {
    std::stable_partition(medications.begin(), medications.end(),
                          [&](const std::string& text) { return !alerts_for(text, patient).empty(); });
    return medications;
}

/// Codes that stand for a personal history of allergy: ICD-9-CM V14 and V15.0, ICD-10-CM Z88 and Z91.0.
bool is_allergy_code(std::string_view diagnosis) {
    const std::string text = detail::lower(diagnosis);
    const auto within = [&](std::string_view code) { return text.find(code) != std::string::npos; };
    return within("icd9|v14") || within("icd9|v150") || within("icd10|z88") || within("icd10|z910") ||
           within("icd10|z91.0");
}

Statement allergies(const PatientSummary& patient) {
    std::string coded;
    for (const std::string& diagnosis : patient.diagnoses) {
        if (is_allergy_code(diagnosis)) coded.append(coded.empty() ? "" : ", ").append(diagnosis);
    }
    std::string text = patient.allergies.empty() ? "Allergies: not recorded; ask before prescribing"
                                                 : "Allergies: " + joined(patient.allergies);
    if (std::any_of(patient.allergies.begin(), patient.allergies.end(), is_unknown_code)) {
        text += " (codes that are not known are not checked against medications)";
    }
    if (!coded.empty()) text += "; history of allergy coded as " + coded;
    return {std::move(text), coded.empty() ? "allergies" : "allergies,diagnoses"};
}

std::string who(const PatientSummary& patient) {
    if (patient.age && !patient.sex.empty())
        return std::to_string(*patient.age) + "-year-old " + patient.sex + " patient";
    if (patient.age) return std::to_string(*patient.age) + "-year-old patient, sex not recorded";
    return patient.sex.empty() ? "Age and sex of the patient not recorded"
                               : "Age not recorded, " + patient.sex + " patient";
}

std::vector<Statement> subjective(const PatientSummary& patient) {
    std::vector<Statement> out;
    out.push_back({who(patient), "age,sex"});
    out.push_back({"Chief complaint: " + (patient.chief_complaint.empty() ? "not recorded" : patient.chief_complaint),
                   "chief_complaint"});
    out.push_back(
        {"Diagnoses on record: " +
             (patient.diagnoses.empty() ? "none recorded" : joined(by_weight(patient.diagnoses), kDiagnosesShown)),
         "diagnoses"});
    out.push_back(
        {"Active medications: " + (patient.medications.empty()
                                       ? "none recorded"
                                       : joined(by_conflict(patient.medications, patient), kMedicationsShown)),
         "medications"});
    out.push_back(allergies(patient));
    return out;
}

Statement vital_statement(const PatientSummary& patient, features::Vital vital) {
    const VitalDisplay& shown = display_of(vital);
    const auto& values = patient.vital(vital);
    const std::string name(shown.name);
    const auto shown_value = [&](double value) {
        return detail::with_unit(detail::fixed(value, shown.decimals), shown.unit);
    };
    const std::string column(shown.column);
    if (values.count == 0 || !values.average) return {name + ": not measured", "avg_" + column};

    std::string text = name + ": average " + shown_value(*values.average);
    std::string source = "avg_" + column;
    if (values.minimum && values.maximum) {
        text += ", range " + detail::fixed(*values.minimum, shown.decimals) + "–" + shown_value(*values.maximum);
        source += ",min_" + column + ",max_" + column;
    }
    if (values.last) {
        text += ", last " + shown_value(*values.last);
        source += ",last_" + column;
        if (values.last_at) text += " at " + to_iso8601(*values.last_at);
    }
    return {text, source};
}

Statement period(const PatientSummary& patient) {
    if (patient.vital_count == 0) return {"Vital signs: no readings on record", "vital_count"};
    std::string text =
        "Vital signs: " + std::to_string(patient.vital_count) + (patient.vital_count == 1 ? " reading" : " readings");
    if (patient.first_observed_at && patient.last_observed_at) {
        text += " from " + to_iso8601(*patient.first_observed_at) + " to " + to_iso8601(*patient.last_observed_at);
    }
    return {text, "vital_count,first_observed_at,last_observed_at"};
}

void add_scores(const PatientSummary& patient, std::vector<Statement>& out) {
    std::string score = "NEWS2: not computed, inputs missing";
    std::string source = "worst_news2";
    if (patient.worst_news2) {
        score = "NEWS2: worst " + std::to_string(*patient.worst_news2) + " points";
        if (patient.worst_news2_at) score += " at " + to_iso8601(*patient.worst_news2_at);
        source += ",worst_news2_at";
    }
    if (patient.news2_red.value_or(false)) {
        score += "; red score: " + detail::red_parameters(patient);
        source += ",news2_red";
    }
    out.push_back({std::move(score), std::move(source)});
    if (!patient.average_risk_score || !patient.max_risk_score) return;
    out.push_back({"Risk score: average " + detail::fixed(*patient.average_risk_score, 2) + ", maximum " +
                       detail::fixed(*patient.max_risk_score, 2) + " (scale 0–1)",
                   "avg_risk_score,max_risk_score"});
}

void add_results(const PatientSummary& patient, std::vector<Statement>& out) {
    if (patient.abnormal_results.empty()) {
        out.push_back({"Laboratory: no abnormal result on record (normal or untested)", "abnormal_results"});
        return;
    }
    // Critical results all; of the rest those that lie farthest out, for a note is read by people.
    constexpr index shown_limit = 5;
    index shown = 0;
    index rest = 0;
    for (const auto& result : detail::farthest_first(patient.abnormal_results)) {
        if (!result.critical && shown >= shown_limit) {
            ++rest;
            continue;
        }
        if (!result.critical) ++shown;
        out.push_back({"Laboratory: " + detail::describe(result), "abnormal_results"});
    }
    if (rest > 0)
        out.push_back({"Laboratory: " + std::to_string(rest) + " more abnormal results, see gold", "abnormal_results"});
}

std::vector<Statement> objective(const PatientSummary& patient) {
    std::vector<Statement> out{period(patient)};
    for (const auto vital : features::kVitals) out.push_back(vital_statement(patient, vital));
    add_scores(patient, out);
    add_results(patient, out);
    out.push_back({"Imaging: " + (patient.imaging.empty() ? "none on record" : patient.imaging), "imaging"});
    return out;
}

}  // namespace

SoapNote TemplateNoteWriter::write(const PatientSummary& patient) const {
    SoapNote note;
    note.patient_id = patient.patient_id;
    note.writer = version;
    note.subjective = subjective(patient);
    note.objective = objective(patient);
    note.assessment = detail::problems_of(patient);
    note.safety_net = {
        "Call the physician if NEWS2 reaches 5, SpO2 falls below 90% or consciousness changes",
        "Return or call for help for worse breathlessness, chest pain, confusion or bleeding",
    };
    return note;
}

}  // namespace assay::models
