#pragma once

#include <optional>
#include <string_view>

#include "assay/base/export.hpp"

namespace assay::features {

/// UCUM code of a bedside unit as charts spell it ("bpm", "insp/min", "mmHg", "°C", "deg F"), "" where unknown.
/// Letter case and blanks do not matter.
ASSAY_EXPORT std::string_view vital_unit(std::string_view spelling);

/// The same, but what is unknown stands for itself: the unit of a measurement that a site added.
ASSAY_EXPORT std::string_view vital_unit_or_own(std::string_view spelling);

/// value_in_to = (value_in_from − offset) · numerator / denominator.
struct UnitConversion {
    double offset = 0;
    double numerator = 1;
    double denominator = 1;

    double operator()(double value) const noexcept { return (value - offset) * numerator / denominator; }
    bool operator==(const UnitConversion&) const = default;
};

/// The exact conversion between two UCUM units of vital signs, or nothing: equal units, [degF] to Cel, [in_i] to cm,
/// [lb_av] to kg.
ASSAY_EXPORT std::optional<UnitConversion> vital_conversion(std::string_view from, std::string_view to) noexcept;

}  // namespace assay::features
