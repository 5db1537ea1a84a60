#include "note_problems.hpp"

#include <algorithm>
#include <cmath>

#include "assay/models/detail/text.hpp"
#include "assay/models/diagnosis_rules.hpp"
#include "assay/models/drug_safety.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::models::detail {
namespace {

using features::PatientSummary;

double rounded(double value, int decimals) {
    const double scale = std::pow(10.0, decimals);
    return std::round(value * scale) / scale;
}

struct Ranked {
    int urgency;
    Problem problem;
    bool long_term = false;  ///< may be told in one line with others
};

constexpr std::size_t kProblemsShown = 8;
constexpr int kLongTerm = 20;  ///< urgency from which a diagnosis is a long-term one

std::vector<PlanItem> plan_of(const std::vector<PlannedAction>& actions, std::string_view rule) {
    std::vector<PlanItem> items;
    for (const PlannedAction& a : actions) {
        items.push_back({std::string(a.action), std::string(a.timing), std::string(a.owner), std::string(rule)});
    }
    return items;
}

void add_vitals(const PatientSummary& patient, std::vector<Ranked>& out) {
    for (const VitalRule* rule : abnormal_vitals(patient)) {
        const VitalDisplay& shown = display_of(rule->vital);
        const auto& statistics = patient.vital(rule->vital);
        const double value = *value_of(statistics, rule->statistic);
        // Two more decimals where the rounded value would seem to contradict the rule: 91.96 is below 92.
        int decimals = shown.decimals;
        while (decimals < 6 && !holds(rule->comparison, rounded(value, decimals), rule->threshold)) ++decimals;
        std::string text(name_of(rule->statistic));
        text.append(" ")
            .append(in_sentence(shown.name))
            .append(" ")
            .append(with_unit(fixed(value, decimals), shown.unit));
        text.append(" is ")
            .append(name_of(rule->comparison))
            .append(" ")
            .append(with_unit(shortest(rule->threshold), shown.unit));
        out.push_back(
            {rule->urgency,
             {std::string(rule->problem), std::move(text), std::string(rule->id), plan_of(rule->plan, rule->id)}});
    }
}

/// What NEWS2 asks for. Source: RCP 2017, thresholds and triggers, and clinical response to the triggers.
struct Response {
    std::string_view name;
    int urgency;
    PlannedAction action;
};

Response news2_response(int score, bool red) {
    if (score >= 7) {
        return {"emergency response",
                1,
                {"Repeat NEWS2, monitor continuously, critical-care emergency review", "now", "nurse in charge"}};
    }
    if (score >= 5) {
        return {
            "urgent response",
            6,
            {"Assess urgently by acute-care clinician; vital signs every hour", "within 1 hour", "nurse in charge"}};
    }
    if (red) {
        return {
            "urgent ward-based response",
            7,
            {"Notify the medical team, who decide on escalation; vital signs every hour", "now", "nurse in charge"}};
    }
    return {"ward-based response", 28, {"Repeat NEWS2 and vital signs", "every 4 to 6 hours", "ward nurse"}};
}

void add_news2(const PatientSummary& patient, std::vector<Ranked>& out) {
    const int score = patient.worst_news2.value_or(0);
    const bool red = patient.news2_red.value_or(false);
    if (score < 1 && !red) return;
    std::string text;
    if (patient.worst_news2) {
        text = "worst NEWS2 " + std::to_string(score);
        if (patient.worst_news2_at) text += " at " + to_iso8601(*patient.worst_news2_at);
    }
    if (red && score < 5) text.append(text.empty() ? "" : ", ").append("red score in ").append(red_parameters(patient));
    const Response response = news2_response(score, red);
    text.append(": ").append(response.name);
    out.push_back({response.urgency, {"NEWS2 escalation", text, "R-NEWS2", plan_of({response.action}, "R-NEWS2")}});
}

void add_diagnoses(const PatientSummary& patient, std::vector<Ranked>& out) {
    for (const DiagnosisRule& rule : diagnosis_rules()) {
        const auto known = std::find_if(patient.diagnoses.begin(), patient.diagnoses.end(),
                                        [&](const std::string& diagnosis) { return matches(rule, diagnosis); });
        if (known == patient.diagnoses.end()) continue;
        out.push_back(
            {rule.urgency,
             {std::string(rule.problem), "recorded as " + *known, std::string(rule.id), plan_of(rule.plan, rule.id)},
             rule.urgency >= kLongTerm});
    }
}

void add_drug_alerts(const PatientSummary& patient, std::vector<Ranked>& out) {
    for (const DrugAlert& alert : drug_alerts(patient)) {
        const bool allergy = alert.kind == DrugAlertKind::Allergy;
        const bool cross = alert.kind == DrugAlertKind::CrossReactivity;
        const std::string id = allergy ? "R-DRUG-ALLERGY"
                               : cross ? "R-DRUG-CROSS-REACTIVITY"
                                       : "R-DRUG-CONTRAINDICATION";
        const std::string against = allergy || cross ? "allergy to " + alert.against : alert.against;
        const auto told = std::find_if(out.begin(), out.end(), [&](const Ranked& r) {
            return allergy && r.problem.source == id && r.problem.name == "Drug conflict: " + alert.drug;
        });
        if (told != out.end()) {  // one medicine is held once, whatever the number of allergies against it
            told->problem.reasoning.append("; also with ").append(against);
            continue;
        }
        const std::string action =
            allergy ? "Hold " + alert.drug + " because of the allergy conflict and choose an alternative"
                    : "Review " + alert.drug + " because of the conflict with " + against;
        out.push_back({allergy ? 0
                       : cross ? 8
                               : 3,
                       {"Drug conflict: " + alert.drug,
                        alert.drug + " conflicts with recorded " + against + " (" + alert.source + ")",
                        id,
                        {{action, allergy ? "before the next dose" : "today", "prescriber and pharmacist", id}}}});
    }
}

void add_results(const PatientSummary& patient, std::vector<Ranked>& out) {
    std::string other;
    index shown = 0;
    index rest = 0;
    for (const auto& result : farthest_first(patient.abnormal_results)) {
        if (result.critical) {
            out.push_back({2,
                           {"Critical " + result.name,
                            describe(result),
                            "R-LAB-CRITICAL",
                            {{"Repeat critical " + result.name + " and treat the cause", "within 1 hour",
                              "responsible physician", "R-LAB-CRITICAL"}}}});
        } else if (shown < 4) {
            if (shown > 0) other += ", ";
            other += result.name;
            other += result.high ? " high" : " low";
            ++shown;
        } else {
            ++rest;
        }
    }
    if (shown == 0) return;
    if (rest > 0) other += ", and " + std::to_string(rest) + " more";
    out.push_back({29,
                   {"Abnormal laboratory results",
                    other,
                    "R-LAB-ABNORMAL",
                    {{"Review the abnormal results against earlier ones and repeat where the plan depends on them",
                      "within 24 hours", "ward physician", "R-LAB-ABNORMAL"}}}});
}

void add_missing(const PatientSummary& patient, std::vector<Ranked>& out) {
    std::string missing;
    for (const auto vital : features::kVitals) {
        if (patient.vital(vital).count > 0) continue;
        if (!missing.empty()) missing += ", ";
        missing += in_sentence(display_of(vital).name);
    }
    if (missing.empty()) return;
    out.push_back({7,
                   {"Vital signs incomplete",
                    "not measured: " + missing,
                    "R-NOT-MEASURED",
                    {{"Measure and record the missing vital signs", "now", "bedside nurse", "R-NOT-MEASURED"}}}});
}

/// Of many problems the long-term ones are told in one line, with one review, so that the acute ones are read.
void gather_long_term(std::vector<Ranked>& ranked) {
    if (ranked.size() <= kProblemsShown) return;
    std::string names;
    std::erase_if(ranked, [&](const Ranked& r) {
        if (!r.long_term) return false;
        names.append(names.empty() ? "" : ", ")
            .append(in_sentence(r.problem.name))
            .append(" (")
            .append(r.problem.reasoning)
            .append(")");
        return true;
    });
    if (names.empty()) return;
    ranked.push_back({50,
                      {"Long-term problems",
                       names,
                       "R-LONG-TERM",
                       {{"Review the long-term problems and their treatment", "before discharge", "ward physician",
                         "R-LONG-TERM"}}}});
}

/// How many times a result lies beyond its limit.
double excess(const features::AbnormalResult& r) {
    if (r.high && r.reference_high && *r.reference_high > 0) return r.value / *r.reference_high;
    if (!r.high && r.reference_low && r.value > 0) return *r.reference_low / r.value;
    return r.high || r.value > 0 ? 1 : HUGE_VAL;  // nothing left of what should be there
}

}  // namespace

std::string red_parameters(const features::PatientSummary& patient) {
    std::string names;
    for (const std::string& parameter : patient.news2_red_parameters) {
        std::string name = parameter;
        for (const auto vital : features::kVitals) {
            if (display_of(vital).column == parameter) name = in_sentence(display_of(vital).name);
        }
        names.append(names.empty() ? "" : ", ").append(name);
    }
    return names.empty() ? "a single parameter" : names;
}

std::vector<features::AbnormalResult> farthest_first(std::vector<features::AbnormalResult> results) {
    std::stable_sort(results.begin(), results.end(), [](const auto& a, const auto& b) {
        return a.critical != b.critical ? a.critical : excess(a) > excess(b);
    });
    return results;
}

std::string describe(const features::AbnormalResult& result) {
    std::string unit;
    if (!result.unit.empty()) unit.append(" ").append(result.unit);
    std::string text = result.name + " " + shortest(result.value) + unit + " (" + (result.high ? "high" : "low");
    if (result.critical) text += ", critical";
    if (result.reference_low && result.reference_high) {
        text += "; reference " + shortest(*result.reference_low) + " to " + shortest(*result.reference_high) + unit;
    } else if (result.reference_low) {
        text += "; reference from " + shortest(*result.reference_low) + unit;
    } else if (result.reference_high) {
        text += "; reference up to " + shortest(*result.reference_high) + unit;
    }
    if (result.observed_at) text += "; observed " + to_iso8601(*result.observed_at);
    return text + ")";
}

std::vector<Problem> problems_of(const PatientSummary& patient) {
    std::vector<Ranked> ranked;
    add_drug_alerts(patient, ranked);
    add_vitals(patient, ranked);
    add_news2(patient, ranked);
    add_diagnoses(patient, ranked);
    add_results(patient, ranked);
    add_missing(patient, ranked);
    if (ranked.empty()) {
        ranked.push_back(
            {99,
             {"No problem found by the rules",
              "the record holds nothing that a rule of this template acts on",
              "R-NONE",
              {{"Review the record and examine the patient", "within 24 hours", "responsible physician", "R-NONE"}}}});
    }
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const Ranked& a, const Ranked& b) { return a.urgency < b.urgency; });
    gather_long_term(ranked);
    std::vector<Problem> problems;
    for (Ranked& r : ranked) problems.push_back(std::move(r.problem));
    return problems;
}

}  // namespace assay::models::detail
