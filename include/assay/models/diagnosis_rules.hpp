#pragma once

#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::models {

/// What a recorded diagnosis asks for, told from its text or its ICD code.
struct DiagnosisRule {
    std::string_view id;                    ///< "R-TUBERCULOSIS"
    std::string_view problem;               ///< "Tuberculosis"
    std::vector<std::string_view> words;    ///< lower-case parts of the diagnosis text
    std::vector<std::string_view> icd;      ///< lower-case prefixes of "system|code": "icd10|a15"
    int urgency = 0;                        ///< smaller comes first in the assessment
    std::vector<PlannedAction> plan;
    std::string_view source;
};

/// All rules on diagnoses, in order of urgency.
ASSAY_EXPORT const std::vector<DiagnosisRule>& diagnosis_rules();

/// Whether a diagnosis, as recorded, is of this kind. Case does not matter.
ASSAY_EXPORT bool matches(const DiagnosisRule& rule, std::string_view diagnosis);

}  // namespace assay::models
