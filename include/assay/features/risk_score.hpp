#pragma once

#include <span>

#include "assay/base/export.hpp"
#include "assay/features/observation.hpp"

namespace assay::features {

/// How far one vital sign adds to the risk score: `mild` outside [mild_low, mild_high], `severe` outside
/// [severe_low, severe_high]. The ends themselves are inside.
struct RiskBand {
    double severe_low;
    double mild_low;
    double mild_high;
    double severe_high;
    double mild;
    double severe;

    double weight(double value) const noexcept {  // NaN adds nothing
        if (value < severe_low || value > severe_high) return severe;
        return value < mild_low || value > mild_high ? mild : 0.0;
    }
    bool operator==(const RiskBand&) const = default;
};

/// Weights of the risk score as data. The five severe weights add up to 1.
struct RiskWeights {
    RiskBand spo2{90, 94, 100, 100, 0.15, 0.30};
    RiskBand heart_rate{50, 60, 100, 110, 0.10, 0.20};
    RiskBand systolic_bp{90, 100, 160, 180, 0.10, 0.20};
    RiskBand respiratory_rate{10, 12, 20, 24, 0.05, 0.15};
    RiskBand temperature{35.0, 36.0, 38.0, 39.0, 0.05, 0.15};

    bool operator==(const RiskWeights&) const = default;
};

/// @throws ValueError if bands are not nested, weights are negative or the severe weights add up to more than 1.
ASSAY_EXPORT void validate(const RiskWeights& weights);

/// Risk score in [0, 1] of one observation: the sum of the bands' weights.
///
/// Heart rate, oxygen saturation and systolic pressure must be there, otherwise the score is NaN; respiratory rate and
/// temperature, which many monitors do not send with every reading, add their weight where they were measured.
/// An engineering score for ranking and drift, not a validated clinical instrument: NEWS2 is that (news2.hpp).
/// Source: Assay's own weights; the mild thresholds follow SIRS (Bone et al. 1992) and NEWS2 (RCP 2017).
inline double risk_score(double heart_rate, double systolic_bp, double spo2, double respiratory_rate,
                         double temperature, const RiskWeights& w = RiskWeights{}) noexcept {
    const double core = heart_rate + systolic_bp + spo2;
    if (core != core) return kMissing;
    return w.spo2.weight(spo2) + w.heart_rate.weight(heart_rate) + w.systolic_bp.weight(systolic_bp) +
           w.respiratory_rate.weight(respiratory_rate) + w.temperature.weight(temperature);
}

/// The same over columns [n]; an empty span stands for a vital sign that was never measured.
/// @throws ShapeError if lengths differ. @throws ValueError by validate().   Cost: O(n), vectorised.
ASSAY_EXPORT void risk_score(std::span<const double> heart_rate, std::span<const double> systolic_bp,
                             std::span<const double> spo2, std::span<const double> respiratory_rate,
                             std::span<const double> temperature, std::span<double> out,
                             const RiskWeights& weights = RiskWeights{});

}  // namespace assay::features
