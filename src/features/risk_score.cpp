#include "assay/features/risk_score.hpp"

#include <string>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

void expect_band(const RiskBand& band, const char* vital) {
    const bool nested =
        band.severe_low <= band.mild_low && band.mild_low <= band.mild_high && band.mild_high <= band.severe_high;
    if (!nested || !(band.mild >= 0) || !(band.severe >= band.mild)) {
        throw ValueError(
            std::string("risk weights: expected severe_low <= mild_low <= mild_high <= severe_high and 0 <= "
                        "mild <= severe, got another order for ") +
            vital);
    }
}

void expect_length(std::span<const double> column, std::size_t n, const char* vital, bool optional) {
    if (column.size() != n && !(optional && column.empty())) {
        throw ShapeError("risk_score: expected " + std::to_string(n) + " rows of " + vital + ", got " +
                         std::to_string(column.size()));
    }
}

}  // namespace

void validate(const RiskWeights& w) {
    expect_band(w.spo2, "spo2");
    expect_band(w.heart_rate, "heart_rate");
    expect_band(w.systolic_bp, "systolic_bp");
    expect_band(w.respiratory_rate, "respiratory_rate");
    expect_band(w.temperature, "temperature");
    const double total =
        w.spo2.severe + w.heart_rate.severe + w.systolic_bp.severe + w.respiratory_rate.severe + w.temperature.severe;
    if (!(total <= 1.0 + 1e-12)) {
        throw ValueError("risk weights: expected severe weights that add up to at most 1, got " +
                         std::to_string(total));
    }
}

void risk_score(std::span<const double> heart_rate, std::span<const double> systolic_bp, std::span<const double> spo2,
                std::span<const double> respiratory_rate, std::span<const double> temperature, std::span<double> out,
                const RiskWeights& weights) {
    validate(weights);
    const std::size_t n = out.size();
    expect_length(heart_rate, n, "heart_rate", false);
    expect_length(systolic_bp, n, "systolic_bp", false);
    expect_length(spo2, n, "spo2", false);
    expect_length(respiratory_rate, n, "respiratory_rate", true);
    expect_length(temperature, n, "temperature", true);
    const RiskWeights w = weights;  // a local copy: the compiler sees that `out` cannot change it
    for (std::size_t i = 0; i < n; ++i) {
        out[i] = risk_score(heart_rate[i], systolic_bp[i], spo2[i],
                            respiratory_rate.empty() ? kMissing : respiratory_rate[i],
                            temperature.empty() ? kMissing : temperature[i], w);
    }
}

}  // namespace assay::features
