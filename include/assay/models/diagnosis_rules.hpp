#pragma once

#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::models {

/// What a recorded diagnosis asks for, told from its text or its ICD code.
struct DiagnosisRule {
    std::string_view id;                  ///< "R-TUBERCULOSIS"
    std::string_view problem;             ///< "Tuberculosis"
    std::vector<std::string_view> words;  ///< lower-case terms at word borders; "*carcinoma" may begin anywhere
    std::vector<std::string_view>
        others;  ///< terms that hold such a word and mean another disease: "pulmonary hypertension"
    std::vector<std::string_view> icd;  ///< lower-case prefixes of "system|code": "icd10|a15"
    int urgency = 0;                    ///< smaller comes first in the assessment
    bool lasting = false;               ///< "history of" it means that the patient has it
    std::vector<PlannedAction> plan;
    std::string_view source;
};

/// All rules on diagnoses, in order of urgency.
ASSAY_EXPORT const std::vector<DiagnosisRule>& diagnosis_rules();

/// Whether a diagnosis, as recorded, says that the patient has this. Case does not matter.
///
/// What was ruled out, denied or refuted, is a relative's, or was screened for or vaccinated against is not there; what
/// is resolved, inactive or in remission is not any more, nor is a `history of` anything that is not lasting. A
/// question
/// ("r/o", "suspected") stays. A code counts where the text beside it does not name the disease in one of these ways.
ASSAY_EXPORT bool matches(const DiagnosisRule& rule, std::string_view diagnosis);

/// Whether a diagnosis, as recorded, names this and says at once that the patient does not have it: ruled out, denied,
/// refuted, a relative's, or resolved; false where it is open, only past, or not named.
ASSAY_EXPORT bool denies(const DiagnosisRule& rule, std::string_view diagnosis);

}  // namespace assay::models
