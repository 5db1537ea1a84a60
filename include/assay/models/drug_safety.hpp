#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/features/patient_summary.hpp"

// Illustrative engineering data, not a formulary. The classes, contraindications and dose limits were written down from
// general knowledge to exercise the note and the judge; each row names the source that it is to be checked against, and
// none has been checked by a pharmacist. They are incomplete: no alert does not mean no conflict. Nothing here may be
// used to prescribe, and what is built on it is no clinical decision support system.
namespace assay::models {

/// A group of medicines that share an allergy or a contraindication.
struct DrugClass {
    std::string_view name;                  ///< "penicillin"
    std::vector<std::string_view> words;    ///< lower-case words that name the class in an allergy list
    std::vector<std::string_view> members;  ///< lower-case generic and common brand names
};

/// The classes that are known; to be checked against the WHO ATC classification (J01C, J01D, J01E, M01A, C07A, C09, …).
ASSAY_EXPORT const std::vector<DrugClass>& drug_classes();

/// What a code of an allergy means, in words that the classes know; "" where it denies one.
struct AllergyCode {
    std::string_view code;   ///< lower case, with its system: "rxnorm|7980", "icd10|z88.0"
    std::string_view means;  ///< "penicillin"
};

/// Codes that allergies and diagnoses come with. Source: RxNorm, SNOMED CT, ICD-10-CM Z88, ICD-9-CM V14.
ASSAY_EXPORT const std::vector<AllergyCode>& allergy_codes();

/// A disease, vital sign or laboratory state in which a class should not be given.
struct Contraindication {
    std::string_view drug_class;
    std::string_view state;                   ///< "chronic kidney disease", for the message
    std::vector<std::string_view> diagnosis;  ///< lower-case terms at word borders; "hyperkal*" may go on
    std::vector<std::string_view> icd;        ///< prefixes of a code: "icd10|n18", "icd9|585"
    std::string_view loinc;                   ///< laboratory code of an abnormal result, "" where none
    double above = 0;                         ///< the result is above this, in the unit of loinc_references()
    std::string_view source;                  ///< what the row is to be checked against
    bool passing = false;                     ///< "history of" it and "(resolved)" do not count: pregnancy
};

ASSAY_EXPORT const std::vector<Contraindication>& contraindications();

/// Largest usual adult dose; illustrative, to be checked against the current labelling and BNF.
struct DoseLimit {
    std::string_view drug;
    double single_mg = 0;
    double daily_mg = 0;
};

ASSAY_EXPORT const std::vector<DoseLimit>& dose_limits();

enum class DrugAlertKind : std::uint8_t { Allergy, CrossReactivity, Contraindication };

/// A medicine that conflicts with the patient's record.
struct DrugAlert {
    DrugAlertKind kind = DrugAlertKind::Allergy;
    std::string drug;     ///< as known in the table, or the first word of the medication
    std::string against;  ///< the allergy, diagnosis or state, as recorded
    std::string source;   ///< citation
};

/// Names of the classes that a text (a medication or an allergy) belongs to, by whole words.
ASSAY_EXPORT std::vector<std::string_view> classes_of(std::string_view text);

/// Whether an entry of the allergy list states an allergy: not "No known drug allergies", "NKDA", "No penicillin
/// allergy", "Penicillin (refuted)" or "(resolved)". An inactive one does: an alert too many costs a question.
ASSAY_EXPORT bool is_allergy(std::string_view recorded);

/// An entry that states an allergy, in lower case, with what its codes mean behind it: "rxnorm|7980 penicillin". Empty
/// where every part of the entry is a denial in a closed form ("NKDA", "No penicillin allergy"); anything else stays,
/// since an allergy that is missed harms more than one that is asked about.
ASSAY_EXPORT std::string stated_allergy(std::string_view recorded);

/// Whether an entry is a code alone that allergy_codes() does not hold, so that no medicine can be checked against it.
ASSAY_EXPORT bool is_unknown_code(std::string_view allergy);

/// What the record says against giving `drug`, by allergies that are stated, diagnoses that are codes of an allergy,
/// and diagnoses that the patient has. Cost: O(allergies + diagnoses) for each class.
ASSAY_EXPORT std::vector<DrugAlert> alerts_for(std::string_view drug, const features::PatientSummary& patient);

/// alerts_for every active medication, in the order of the medications.
ASSAY_EXPORT std::vector<DrugAlert> drug_alerts(const features::PatientSummary& patient);

}  // namespace assay::models
