#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "assay/base/export.hpp"
#include "assay/features/observation.hpp"

namespace assay::features {

/// Which oxygen-saturation scale applies. Scale 2 (target 88–92 %) is a clinician's decision, never inferred.
enum class Spo2Scale : std::uint8_t { One, Two };

/// Parameters of the chart, in its order.
enum class News2Parameter : std::uint8_t {
    RespiratoryRate,
    Spo2,
    Oxygen,
    SystolicBp,
    Pulse,
    Consciousness,
    Temperature
};

/// Clinical risk by aggregate score and by a single parameter scoring 3.
enum class News2Risk : std::uint8_t { Low, LowMedium, Medium, High };

struct News2 {
    std::array<std::optional<int>, 7> points;  ///< by News2Parameter; empty where not measured
    PointScore score;                          ///< total 0–20
    bool single_three = false;                 ///< one measured parameter scores 3
    std::optional<News2Risk> risk;             ///< empty where a missing input could still raise it
};

/// National Early Warning Score 2 of one observation.
///
/// Values are brought to the chart's resolution first: whole numbers, temperature to 0.1 °C, halves away from zero.
/// Not for patients under 16 years or in pregnancy.
/// A missing input leaves `total` empty. Cost: O(1).
/// Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017, chart 1 and table 1.
ASSAY_EXPORT News2 news2(const Observation& observation, Spo2Scale scale = Spo2Scale::One);

/// Points of one parameter; empty for NaN.
ASSAY_EXPORT std::optional<int> news2_respiratory_rate(double per_minute);
ASSAY_EXPORT std::optional<int> news2_spo2(double percent, Spo2Scale scale, std::optional<bool> on_oxygen);
ASSAY_EXPORT std::optional<int> news2_systolic_bp(double mm_hg);
ASSAY_EXPORT std::optional<int> news2_pulse(double per_minute);
ASSAY_EXPORT std::optional<int> news2_temperature(double celsius);

}  // namespace assay::features
