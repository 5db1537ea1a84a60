#include "assay/judge/detail/lexicon.hpp"

#include <algorithm>

#include "assay/models/detail/text.hpp"
#include "assay/models/diagnosis_rules.hpp"
#include "assay/models/drug_safety.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::judge::detail {
namespace {

using features::Vital;
using Words = std::initializer_list<const char*>;

template <class Id>
void add(PhraseIndex& index, Concept kind, Id id, Words words) {
    for (const char* word : words) index.add(word, static_cast<int>(kind), static_cast<int>(id));
}

void add_subjects(PhraseIndex& p) {
    add(p, Concept::Vital, Vital::HeartRate, {"heart rate", "heartrate", "pulse", "pulse rate", "hr", "heart_rate"});
    add(p, Concept::Vital, Vital::SystolicBp,
        {"systolic", "systolic blood pressure", "systolic bp", "systolic pressure", "sbp", "systolic_bp"});
    add(p, Concept::Vital, Vital::DiastolicBp,
        {"diastolic", "diastolic blood pressure", "diastolic bp", "diastolic pressure", "dbp", "diastolic_bp"});
    add(p, Concept::Vital, Vital::Spo2,
        {"spo2", "spo\xE2\x82\x82", "sp o2", "oxygen saturation", "o2 saturation", "o2 sat", "o2 sats",
         "oxygen saturations", "sats", "saturation", "saturations", "pulse oximetry", "sao2"});
    add(p, Concept::Vital, Vital::Temperature, {"temperature", "temp", "body temperature", "tmax", "t max"});
    add(p, Concept::Vital, Vital::RespiratoryRate,
        {"respiratory rate", "resp rate", "respiration rate", "breathing rate", "rr", "respirations",
         "respiratory_rate"});
    add(p, Concept::BloodPressure, 0, {"blood pressure", "bp", "blood pressures"});
    add(p, Concept::Age, 0, {"age", "aged"});
    add(p, Concept::News2, 0, {"news2", "news 2", "news score", "news2 score", "national early warning score"});
    add(p, Concept::Risk, 0, {"risk score", "risk_score"});
    add(p, Concept::VitalCount, 0, {"vital signs", "vital sign rows", "vital count"});
    add(p, Concept::HistoryCount, 0, {"history rows", "medical history rows"});
}

void add_modifiers(PhraseIndex& p) {
    add(p, Concept::Qualifier, Qualifier::Average, {"average", "averages", "averaged", "averaging", "mean", "avg"});
    add(p, Concept::Qualifier, Qualifier::Minimum, {"minimum", "min", "lowest", "nadir"});
    add(p, Concept::Qualifier, Qualifier::Maximum, {"maximum", "max", "highest", "peak", "peaked", "peaking", "worst"});
    add(p, Concept::Qualifier, Qualifier::Last, {"last", "latest", "most recent", "currently", "current", "now"});
    add(p, Concept::Qualifier, Qualifier::Range, {"range", "ranged", "ranging", "between", "ranges"});
    add(p, Concept::Qualifier, Qualifier::Reference, {"reference", "normal range", "reference range", "ref", "scale"});
    add(p, Concept::Qualifier, Qualifier::Trend, {"slope", "trend", "per hour"});
    using C = models::Comparison;
    add(p, Concept::Comparator, C::Less, {"below", "under", "less than", "lower than"});
    add(p, Concept::Comparator, C::Greater,
        {"above", "over", "greater than", "more than", "exceeds", "exceeding", "higher than"});
    add(p, Concept::Comparator, C::LessEqual, {"at or below", "at most", "no more than"});
    add(p, Concept::Comparator, C::GreaterEqual, {"at or above", "at least", "no less than"});
    add(p, Concept::Direction, Direction::High, {"high", "elevated", "raised", "increased", "hi", "rapid", "fast"});
    add(p, Concept::Direction, Direction::Low, {"low", "decreased", "reduced", "depressed"});
    add(p, Concept::Direction, Direction::Normal,
        {"normal", "unremarkable", "within normal limits", "wnl", "within limits"});
    add(p, Concept::Negator, 0,
        {"no", "not", "without", "negative for", "absent", "never", "free of", "nor", "no evidence of", "no history of",
         "isn't", "non"});
    add(p, Concept::Negator, 1, {"denies", "denied", "denying"});
    add(p, Concept::Negator, kRuledOut, {"ruled out", "been ruled out", "was ruled out", "excluded", "refuted"});
    add(p, Concept::RedScore, 0,
        {"red score", "red scores", "single parameter", "one parameter", "any parameter", "individual parameter"});
    add(p, Concept::Contrast, 0, {"but", "however", "although", "except", "though"});
    add(p, Concept::Hedge, 0, {"if",       "target",    "targets",      "goal",      "aim",      "until",  "unless",
                               "should",   "watch for", "risk of",      "return if", "in case",  "when",   "consider",
                               "possible", "rule out",  "differential", "keep",      "maintain", "titrate"});
    add(p, Concept::NoAllergy, 0,
        {"no known allergies",
         "no known drug allergies",
         "no known allergy",
         "no known drug allergy",
         "nkda",
         "nka",
         "no allergies",
         "no allergy",
         "no drug allergies",
         "denies allergies",
         "denies any allergies",
         "denies drug allergies",
         "allergies none",
         "allergies no",
         "not allergic",
         "allergies nil",
         "allergies none recorded",
         "allergies nkda",
         "allergy none",
         "allergies none known",
         "without allergies",
         "no medication allergies",
         "no known medication allergies"});
    add(p, Concept::Sex, 0, {"male", "man", "gentleman"});
    add(p, Concept::Sex, 1, {"female", "woman", "lady"});
    add(p, Concept::Conflict, 0,
        {"conflict", "conflicts", "contraindicated", "contraindication", "avoid", "hold", "stop", "discontinue",
         "withhold", "do not give", "alternative", "instead of", "not be given", "held", "stopped", "discontinued",
         "avoided", "withheld"});
}

}  // namespace

const std::vector<VitalCondition>& conditions() {
    using V = Vital;
    using D = Direction;
    // clang-format off
    static const std::vector<VitalCondition> rows{
        {{"fever", "febrile", "pyrexia", "pyrexial", "hyperthermia"}, V::Temperature, D::High, 37.5, 38.0, false, false},
        {{"afebrile", "apyrexial"}, V::Temperature, D::High, 37.5, 38.0, false, true},
        {{"hypothermia", "hypothermic"}, V::Temperature, D::Low, 36.0, 35.0, false, false},
        {{"tachycardia", "tachycardic"}, V::HeartRate, D::High, 90, 100.001, true, false},
        {{"bradycardia", "bradycardic"}, V::HeartRate, D::Low, 60, 49.999, true, false},
        {{"hypoxaemia", "hypoxemia", "hypoxia", "hypoxic", "hypoxaemic", "hypoxemic", "desaturation"}, V::Spo2, D::Low, 95, 91.999,
         true, false},
        {{"hypotension", "hypotensive"}, V::SystolicBp, D::Low, 100, 90, false, false},
        {{"raised blood pressure", "elevated blood pressure", "high blood pressure", "hypertensive"}, V::SystolicBp, D::High, 130, 140,
         true, false},
        {{"normotensive"}, V::SystolicBp, D::High, 130, 140, true, true},
        {{"tachypnoea", "tachypnea", "tachypnoeic", "tachypneic"}, V::RespiratoryRate, D::High, 18, 20.001, true, false},
        {{"bradypnoea", "bradypnea"}, V::RespiratoryRate, D::Low, 12, 8, false, false},
    };
    // clang-format on
    return rows;
}

PhraseIndex claim_phrases(const features::PatientSummary& patient) {
    static const PhraseIndex fixed = [] {
        PhraseIndex p;
        add_subjects(p);
        add_modifiers(p);
        for (std::size_t i = 0; i < analytes().size(); ++i) {
            for (const auto name : analytes()[i].names)
                p.add(name, static_cast<int>(Concept::Laboratory), static_cast<int>(i));
        }
        for (std::size_t i = 0; i < conditions().size(); ++i) {
            for (const auto name : conditions()[i].names)
                p.add(name, static_cast<int>(Concept::Condition), static_cast<int>(i));
        }
        for (std::size_t i = 0; i < models::diagnosis_rules().size(); ++i) {
            const auto& rule = models::diagnosis_rules()[i];
            p.add(rule.problem, static_cast<int>(Concept::Diagnosis), static_cast<int>(i));
            for (const auto word : rule.words) {
                if (!word.starts_with('*')) p.add(word, static_cast<int>(Concept::Diagnosis), static_cast<int>(i));
            }
            // A longer phrase of the index wins, so that "pulmonary hypertension" is no mention of hypertension.
            for (const auto other : rule.others) p.add(other, static_cast<int>(Concept::OtherDisease), 0);
        }
        return p;
    }();
    PhraseIndex all = fixed;
    // A recorded name wins where it is longer than a known one; a known one of the same words is kept.
    for (std::size_t i = 0; i < patient.abnormal_results.size(); ++i) {
        if (patient.abnormal_results[i].name.size() < 2) continue;  // "H", "I": index tests whose names are words
        all.add(patient.abnormal_results[i].name, static_cast<int>(Concept::Laboratory),
                kRecordedResult + static_cast<int>(i));
    }
    return all;
}

const PhraseIndex& plan_phrases() {
    static const PhraseIndex index = [] {
        PhraseIndex p;
        const auto put = [&](PlanConcept kind, Words words) {
            for (const char* w : words) p.add(w, static_cast<int>(kind), 0);
        };
        put(PlanConcept::Action,
            {"give",      "start",      "stop",    "continue",   "hold",        "increase", "decrease", "reduce",
             "titrate",   "record",     "repeat",  "check",      "recheck",     "send",     "take",     "obtain",
             "order",     "measure",    "monitor", "monitoring", "review",      "examine",  "assess",   "assessment",
             "consider",  "refer",      "consult", "notify",     "inform",      "keep",     "isolate",  "weigh",
             "adjust",    "confirm",    "count",   "rewarm",     "discharge",   "admit",    "call",     "schedule",
             "prescribe", "administer", "ask",     "educate",    "arrange",     "discuss",  "advise",   "look",
             "escalate",  "treat",      "follow",  "maintain",   "perform",     "draw",     "collect",  "switch",
             "wean",      "encourage",  "provide", "initiate",   "discontinue", "test"});
        put(PlanConcept::Timing,
            {"now",       "today",        "tonight", "tomorrow", "immediately", "at once",   "stat",
             "within",    "every",        "hourly",  "daily",    "weekly",      "twice",     "before",
             "after",     "at discharge", "by",      "per day",  "bid",         "tid",       "qid",
             "q4h",       "q6h",          "q8h",     "once",     "on arrival",  "next dose", "in the morning",
             "overnight", "during",       "until",   "for",      "hours",       "days",      "weeks",
             "months"});
        put(PlanConcept::Owner, {"nurse",
                                 "nurses",
                                 "nursing",
                                 "physician",
                                 "doctor",
                                 "clinician",
                                 "team",
                                 "pharmacist",
                                 "pharmacy",
                                 "prescriber",
                                 "registrar",
                                 "resident",
                                 "consultant",
                                 "gp",
                                 "surgeon",
                                 "therapist",
                                 "dietitian",
                                 "physiotherapist",
                                 "specialist",
                                 "cardiology",
                                 "respiratory",
                                 "infection control",
                                 "social worker",
                                 "midwife",
                                 "paramedic",
                                 "public health",
                                 "attending",
                                 "caregiver",
                                 "family",
                                 "i",
                                 "we"});
        put(PlanConcept::Return, {"return", "call", "seek", "come back", "escalate", "emergency", "worse", "worsening",
                                  "safety net", "urgent care", "contact"});
        return p;
    }();
    return index;
}

const PhraseIndex& drug_phrases() {
    static const PhraseIndex index = [] {
        PhraseIndex p;
        const auto& classes = models::drug_classes();
        for (std::size_t c = 0; c < classes.size(); ++c) {
            for (std::size_t m = 0; m < classes[c].members.size(); ++m)
                p.add(classes[c].members[m], static_cast<int>(c), static_cast<int>(m));
        }
        return p;
    }();
    return index;
}

const PhraseIndex& care_phrases() {
    static const PhraseIndex index = [] {
        PhraseIndex p;
        for (const char* w :
             {"vital signs",     "averages",      "template",      "laboratory",     "imaging",    "oxygen",
              "saturation",      "isolation",     "sputum",        "regimen",        "ecg",        "antibiotics",
              "antibiotic",      "cultures",      "medication",    "medications",    "allergy",    "allergies",
              "clinician",       "physician",     "nurse",         "pharmacist",     "prescriber", "rows",
              "readings",        "recorded",      "consciousness", "breathlessness", "diagnoses",  "chief complaint",
              "perfusion",       "fluid balance", "glucose",       "creatinine",     "escalate",   "wording",
              "discharge",       "safety net",    "record",        "rules",          "year old",   "infection control",
              "contact tracing", "not measured",  "symptoms",      "call for help"}) {
            p.add(w, 0, 0);
        }
        return p;
    }();
    return index;
}

}  // namespace assay::judge::detail
