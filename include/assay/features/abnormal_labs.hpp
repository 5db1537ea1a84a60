#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/loinc_reference.hpp"
#include "assay/data/table.hpp"
#include "assay/features/patient_summary.hpp"

namespace assay::features {

struct LabOptions {
    /// Reference ranges; those of the laboratory that measured should stand here where they are known.
    std::vector<data::LoincReference> references = data::loinc_references();
};

/// Why a result was or was not judged.
enum class LabOutcome : std::uint8_t {
    Normal,       ///< inside the reference
    Abnormal,     ///< outside
    NoValue,      ///< null or not finite
    NoCode,       ///< no LOINC code
    NoReference,  ///< a code without reference, or one that needs a sex that is not known
    NoUnit,       ///< no unit, and the quantity is not a pure number
    OtherUnit,    ///< a unit that neither equals the reference's nor converts to it exactly
};

/// "normal", "abnormal", "no_value", "no_code", "no_reference", "no_unit", "other_unit".
ASSAY_EXPORT std::string_view name_of(LabOutcome outcome) noexcept;

/// Abnormal results of the latest measurement of each test, by patient.
struct AbnormalLabs {
    std::map<std::string, std::vector<AbnormalResult>, std::less<>> by_patient;  ///< by name of the test
    std::map<LabOutcome, index> counts;                                          ///< of all results
};

/// Compares laboratory results with their reference ranges.
///
/// A result is judged in the reference's unit: its own must be that one under another spelling ("K/uL", "mEq/L" of a
/// monovalent ion, "IU/L" of an enzyme, "sec"), or convert by an exact factor of the analyte. All else is counted as
/// not comparable. A range of two limits includes them; a limit that stands alone ("< 5.7 %", "> 40 mg/dL") is outside.
/// A patient's list holds a test where its latest comparable result is abnormal; value and unit as reported, the
/// reference in that unit. Of results at one time the last counts.
/// @param labs          data::LabResults; observed_at may be null (earlier than all others)
/// @param sex_of        "male" or "female" by patient_id; others leave sex-specific ranges unjudged
/// @throws SchemaError if a column is missing or of another type.   Cost: O(n) hash look-ups.
ASSAY_EXPORT AbnormalLabs abnormal_labs(const data::Table& labs,
                                        const std::map<std::string, std::string, std::less<>>& sex_of = {},
                                        const LabOptions& options = {});

}  // namespace assay::features
