#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"

namespace assay::data {

/// What was done to a LOINC code, and what it can have been.
struct LoincDamage {
    /// "date_serial" or "date_text" (a spreadsheet), "check_digit" (wrong or lost), "hyphen" (lost, or a dash),
    /// "blanks".
    std::string_view kind;
    /// Codes with a right check digit, those that Assay knows first, then ascending. May be empty.
    std::vector<std::string> candidates;

    bool operator==(const LoincDamage&) const = default;
};

/// What happened to a text that should be a LOINC code; nothing where it is one, or where nothing is recognised.
///
/// A spreadsheet reads "1746-7" as July 1746 and writes -56064 (days since 1899-12-30), "Jul-46", "1746/07/01" or
/// "1-Jul-1746"; "10-9" becomes "10-Sep". Candidates are what such a spreadsheet would have turned into this text.
/// They are to be looked at and never applied by themselves.
ASSAY_EXPORT std::optional<LoincDamage> loinc_damage(std::string_view text);

}  // namespace assay::data
