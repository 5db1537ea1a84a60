#include "assay/features/likely_cause.hpp"

#include <limits>

namespace assay::features {

const std::vector<LikelyCause>& likely_causes() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    constexpr double kBelowZero = -std::numeric_limits<double>::denorm_min();
    static constexpr std::string_view kArterialLine = "arterial line flush, disconnection or zeroing artefact";
    static constexpr std::string_view kLeadOff = "lead off or monitor standby";
    static const std::vector<LikelyCause> kCauses = {
        {"temperature", {90, 115}, "value is plausible in degrees Fahrenheit (labelled Celsius)"},
        {"mean_bp", {300, kInfinity}, kArterialLine},
        {"mean_bp", {-kInfinity, kBelowZero}, kArterialLine},
        {"systolic_bp", {400, kInfinity}, kArterialLine},
        {"systolic_bp", {-kInfinity, kBelowZero}, kArterialLine},
        {"diastolic_bp", {300, kInfinity}, kArterialLine},
        {"diastolic_bp", {-kInfinity, kBelowZero}, kArterialLine},
        {"heart_rate", {0, 0}, kLeadOff},
        {"respiratory_rate", {0, 0}, kLeadOff},
        {"spo2", {0, 0}, "probe off or monitor standby"},
        {"spo2", {100, kInfinity}, "saturation above 100 % cannot be: entry error or another quantity"},
    };
    return kCauses;
}

std::string_view likely_cause(std::string_view measurement, double value) noexcept {
    for (const LikelyCause& cause : likely_causes()) {
        if (cause.measurement == measurement && cause.values.contains(value)) return cause.text;
    }
    return {};
}

}  // namespace assay::features
