#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::data {

/// What is normal for one laboratory quantity in adults.
struct LoincReference {
    std::string loinc;
    std::string name;
    std::string unit;  ///< UCUM
    Range both;        ///< reference where it does not depend on sex
    std::optional<Range> female;
    std::optional<Range> male;
    std::optional<Range> critical;  ///< outside: tell a clinician at once; none where no source is cited
    std::string critical_source;

    /// The range for that sex ("female", "male"), or nothing where it is needed and not known.
    std::optional<Range> range(std::string_view sex) const;
    bool operator==(const LoincReference&) const = default;
};

/// Reference ranges of common quantities in serum, plasma and blood of adults.
///
/// Usual textbook ranges: the laboratory's own always win. They are those of loinc_terms() that have a range.
ASSAY_EXPORT const std::vector<LoincReference>& loinc_references();

}  // namespace assay::data
