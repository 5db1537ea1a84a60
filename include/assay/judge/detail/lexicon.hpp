#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "assay/features/patient_summary.hpp"
#include "assay/judge/detail/phrases.hpp"

namespace assay::judge::detail {

/// What a phrase of the lexicon is about; `Mention::id` is explained for each.
enum class Concept : int {
    Vital,          ///< features::Vital
    BloodPressure,  ///< 0
    Laboratory,     ///< index into analytes(), or kRecordedResult + index into abnormal_results
    Age,            ///< 0
    News2,          ///< 0
    Risk,           ///< 0
    VitalCount,     ///< 0
    HistoryCount,   ///< 0
    Qualifier,      ///< Qualifier
    Comparator,     ///< models::Comparison
    Condition,      ///< index into conditions()
    Diagnosis,      ///< index into models::diagnosis_rules()
    Direction,      ///< Direction
    Negator,        ///< 1 for a report of the patient ("denies"), kRuledOut where it may stand behind, else 0
    Hedge,          ///< 0: conditional, target, advice
    NoAllergy,      ///< 0
    Sex,            ///< 0 male, 1 female
    Conflict,       ///< 0: the note itself points at a conflict
    Contrast,       ///< 0: "but", "however": a negation does not reach over it
    OtherDisease,   ///< 0: holds a word of a rule on diagnoses and means another disease
    RedScore        ///< 0: a single parameter of NEWS2 that scores 3
};

constexpr int kRecordedResult = 1000;
constexpr int kRuledOut = 2;

enum class Qualifier : int { None, Average, Minimum, Maximum, Last, Range, Reference, Trend };
enum class Direction : int { High, Low, Normal };

/// A laboratory test as notes name it.
struct Analyte {
    std::string_view loinc;
    std::vector<std::string_view> names;  ///< lower case
};
const std::vector<Analyte>& analytes();

/// A named state of a vital sign, with the limits at which a note is contradicted. Between them it may say either.
struct VitalCondition {
    std::vector<std::string_view> names;
    features::Vital vital = features::Vital::HeartRate;
    Direction direction = Direction::High;
    double assert_limit = 0;      ///< asserted, yet the extreme value never reached this
    double deny_limit = 0;        ///< denied, yet the denying statistic is at or past this
    bool deny_by_average = true;  ///< average or last, else the extreme value
    bool denies = false;          ///< the word itself denies: "afebrile"
};
const std::vector<VitalCondition>& conditions();

/// All phrases that claims are made of, plus the names of this patient's abnormal results.
PhraseIndex claim_phrases(const features::PatientSummary& patient);

/// Concepts of a plan.
enum class PlanConcept : int { Action, Timing, Owner, Return };
const PhraseIndex& plan_phrases();

/// Medicines of models::drug_classes(): kind = class, id = member.
const PhraseIndex& drug_phrases();

/// Words of care that keep a sentence on its topic although it names nothing of the patient.
const PhraseIndex& care_phrases();

}  // namespace assay::judge::detail
