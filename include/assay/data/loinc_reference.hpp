#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::data {

/// A unit that converts to the reference's by one factor: value · factor is in the reference's unit.
struct ConvertibleUnit {
    std::string unit;  ///< UCUM
    double factor = 1;

    bool operator==(const ConvertibleUnit&) const = default;
};

/// What is normal for one laboratory quantity in adults.
struct LoincReference {
    std::string loinc;
    std::string name;
    std::string unit;  ///< UCUM
    Range both;        ///< reference where it does not depend on sex
    std::optional<Range> female;
    std::optional<Range> male;
    std::vector<ConvertibleUnit> other_units;
    std::optional<Range> critical;  ///< outside: tell a clinician at once; none where no source is cited
    std::string critical_source;

    /// The range for that sex ("female", "male"), or nothing where it is needed and not known.
    std::optional<Range> range(std::string_view sex) const;
    bool operator==(const LoincReference&) const = default;
};

/// Reference ranges of common quantities in serum, plasma and blood of adults.
///
/// Usual textbook ranges: the laboratory's own always win. SI factors are 10 / molar mass and the like.
/// Source: LOINC 2.8 codes; shared clinical reference of the project, molar masses from IUPAC atomic weights.
ASSAY_EXPORT const std::vector<LoincReference>& loinc_references();

/// UCUM code of a unit as laboratories spell it ("K/uL", "mm Hg", "sec", "mEq/L"), without regard to case and blanks;
/// "" where unknown. mEq/L stays meq/L: what it is in mol depends on the charge.
ASSAY_EXPORT std::string_view laboratory_unit(std::string_view spelling);

}  // namespace assay::data
