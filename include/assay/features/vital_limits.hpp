#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/field.hpp"

namespace assay::features {

/// What is plausible and what is possible for one measurement, in `unit`.
struct VitalLimit {
    std::string measurement;  ///< column name, "heart_rate"
    std::string unit;         ///< UCUM
    data::Range valid;        ///< outside: "<measurement>.implausible"
    data::Range outlier;      ///< outside: "<measurement>.impossible"

    bool operator==(const VitalLimit&) const = default;
};

using VitalLimits = std::vector<VitalLimit>;

/// Limits of heart_rate, systolic_bp, diastolic_bp, mean_bp, spo2, temperature and respiratory_rate as their columns
/// declare them. Source: data/vital_signs.hpp.
ASSAY_EXPORT const VitalLimits& default_vital_limits();

/// The limit of that measurement, or null.
ASSAY_EXPORT const VitalLimit* find_limit(const VitalLimits& limits, std::string_view measurement) noexcept;

/// The default limits with those of a site in their place. A measurement that the defaults lack is added.
///
/// JSON: `{"heart_rate": {"valid": [20, 300], "outlier": [0, 350], "unit": "/min"}, ...}`; what is left out stays.
/// @throws ValueError if the text is not of that form, or a low limit lies above its high one, or `valid` reaches
/// beyond `outlier`.
ASSAY_EXPORT VitalLimits vital_limits_from_json(std::string_view text);

/// The same from a file: .json, or CSV with the columns measurement, valid_low, valid_high, outlier_low, outlier_high
/// and optionally unit; an empty cell leaves that side as it is. @throws IoError, SchemaError, ValueError
ASSAY_EXPORT VitalLimits read_vital_limits(const std::filesystem::path& path);

}  // namespace assay::features
