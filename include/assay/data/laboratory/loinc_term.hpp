#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::data {

/// What Assay knows of one LOINC code: the axes that tell tests apart, its usual unit, and what its values can be.
struct LoincTerm {
    std::string_view loinc;
    std::string_view name;             ///< component, in words
    std::string_view property;         ///< LOINC's: SCnc (amount of substance), MCnc (mass), NCnc (number), VFr, …
    std::string_view system;           ///< specimen, LOINC's: SerPl, Bld, Urine, …
    std::string_view unit;             ///< UCUM, the unit that results are brought to
    std::optional<Range> reference{};  ///< of adults; of both sexes where it depends on sex
    std::optional<Range> female{};
    std::optional<Range> male{};
    std::optional<double> molar_mass{};  ///< g/mol
    std::optional<int> charge{};         ///< of the ion
    std::optional<Range> possible{};     ///< where published; see limits_of()
    std::optional<Range> plausible{};

    bool operator==(const LoincTerm&) const = default;
};

/// The terms Assay ships: 65 analytes with reference ranges, and what else a general hospital orders most.
///
/// Source: LOINC 2.77, https://loinc.org (its licence: NOTICE), codes and axes; usual units and textbook ranges of
/// adults (a laboratory's own always win); molar masses from IUPAC's standard atomic weights (2021).
ASSAY_EXPORT const std::vector<LoincTerm>& loinc_terms();

/// Null where the code is not among them. Cost: one hash look-up.
ASSAY_EXPORT const LoincTerm* find_loinc_term(std::string_view loinc) noexcept;

/// Two tiers of limits, in the unit of the LOINC code.
struct PlausibilityLimits {
    Range possible{};                  ///< outside, a value is certainly wrong
    std::optional<Range> plausible{};  ///< outside, it is looked at
    std::string_view source{};         ///< where the limits come from

    bool operator==(const PlausibilityLimits&) const = default;
};

/// The limits of a known code; nothing for others.
///
/// Published limits where there are some, otherwise what the kind of quantity allows: concentrations, counts and times
/// are not negative, parts of a whole are at most 100 %. Published upper limits that cut off values which exist
/// (cholesterol, clotting times beyond an analyser's range, troponins) bound the plausible tier only.
/// Source: MIMIC-Extract, resources/variable_ranges.csv (MIT licence), after Harutyunyan et al. 2019.
ASSAY_EXPORT std::optional<PlausibilityLimits> limits_of(std::string_view loinc);

}  // namespace assay::data
