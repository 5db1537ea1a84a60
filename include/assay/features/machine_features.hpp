#pragma once

#include "assay/base/export.hpp"

#include <span>
#include <vector>

namespace assay::features {

/// What the sensors of a machine with a rotating tool read, one value for each record; NaN where it is missing.
struct MachineReadings {
    std::span<const double> air_temperature;      ///< K
    std::span<const double> process_temperature;  ///< K
    std::span<const double> rotational_speed;     ///< 1/min
    std::span<const double> torque;               ///< N·m
    std::span<const double> tool_wear;            ///< minutes of use
};

/// What a machine's parts bear, from its readings; NaN where a reading is missing.
struct MachineFeatures {
    std::vector<double> power;                   ///< W: torque × 2π/60 × speed
    std::vector<double> temperature_difference;  ///< K: process - air, which drives the cooling
    std::vector<double> strain;                  ///< N·m·min: torque × tool wear
};

/// Mechanical power, temperature difference and strain of each record.
/// @throws ShapeError if the columns differ in length.   Cost: O(n).
/// Source: the failure modes of Matzka 2020, Explainable Artificial Intelligence for Predictive Maintenance
///         Applications, AI4I 2020 (heat dissipation, power, overstrain); no threshold of theirs is used
ASSAY_EXPORT MachineFeatures derive_machine_features(const MachineReadings& readings);

}  // namespace assay::features
