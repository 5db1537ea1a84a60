#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "assay/base/index.hpp"

namespace assay::features {

/// A measurement that was not made.
inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// Level of consciousness on the ACVPU scale.
enum class Consciousness : std::uint8_t { Alert, NewConfusion, Voice, Pain, Unresponsive };

/// What was observed at a patient's bedside at one time; NaN and empty mean not measured.
struct Observation {
    double heart_rate = kMissing;        ///< /min
    double systolic_bp = kMissing;       ///< mm[Hg]
    double spo2 = kMissing;              ///< %
    double temperature = kMissing;       ///< Cel
    double respiratory_rate = kMissing;  ///< /min
    std::optional<bool> on_oxygen;
    std::optional<Consciousness> consciousness;
};

/// A sum of points. `total` is empty as soon as one input is missing; `known_points` is then its lower bound.
struct PointScore {
    std::optional<int> total;
    int known_points = 0;
    int n_missing = 0;

    bool operator==(const PointScore&) const = default;
};

}  // namespace assay::features
