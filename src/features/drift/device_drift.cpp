#include "assay/features/drift/device_drift.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "assay/base/detail/student_t.hpp"
#include "assay/base/error.hpp"
#include "assay/features/drift/binned.hpp"

namespace assay::features {
namespace {

constexpr double kMadToDeviation = 1.4826;  // of a normal distribution: 1/Φ⁻¹(3/4)

void check(const DeviceThresholds& t) {
    if (t.calibrate > 0 && t.critical >= t.calibrate && t.p > 0 && t.p <= 1 && t.fewest >= 1) return;
    throw ValueError(
        "device thresholds: expected calibrate above 0, critical at or above it, p above 0 and at most 1, and fewest "
        "of "
        "at least 1");
}

/// The value of a rank, from 0.
double value_at(const NumericSample& sample, index rank) {
    const auto up_to = sample.up_to();
    return sample
        .values()[static_cast<std::size_t>(std::upper_bound(up_to.begin(), up_to.end(), rank) - up_to.begin())];
}

double median_of(const NumericSample& sample) {
    const index n = sample.count();
    return std::midpoint(value_at(sample, (n - 1) / 2), value_at(sample, n / 2));
}

void compute(const NumericSample& reference, const NumericSample& current, DeviceDrift& found) {
    const double n = std::sqrt(static_cast<double>(current.count()));
    found.mean = current.mean();
    found.reference_count = reference.count();
    found.reference_mean = reference.mean();
    found.reference_deviation = reference.standard_deviation();
    const MedianSpread spread = median_spread(reference);
    found.reference_median = spread.median;
    found.median = median_of(current);
    if (found.reference_deviation > 0) {
        found.z = (found.mean - found.reference_mean) / found.reference_deviation * n;
        // The reference's mean is an estimate, too: of a small one it is off by more than a large window's.
        const double ratio = static_cast<double>(current.count()) / static_cast<double>(reference.count());
        found.t = found.z / std::sqrt(1 + ratio);
        found.p = assay::detail::student_t_p(found.t, static_cast<double>(reference.count() - 1));
    }
    found.mad_is_zero = spread.mad == 0;
    if (found.mad_is_zero) return;
    const double inefficiency = current.count() == 1 ? 1 : std::sqrt(std::numbers::pi / 2);
    found.robust_z = (found.median - spread.median) / (kMadToDeviation * spread.mad * inefficiency) * n;
}

/// Whether t is above the threshold, and as rare as a |z| above it: t of few degrees of freedom is large more often.
bool passes(const DeviceDrift& found, double threshold) {
    return std::fabs(found.t) > threshold && found.p <= std::erfc(threshold / std::numbers::sqrt2);
}

void judge(DeviceDrift& found, const DeviceThresholds& t) {
    found.verdict = DeviceVerdict::in_control;
    if (passes(found, t.calibrate) && found.p_adjusted < t.p) {
        found.verdict = passes(found, t.critical) ? DeviceVerdict::critical : DeviceVerdict::calibrate;
    }
    const bool shifted = found.verdict != DeviceVerdict::in_control;
    // As t is made of z: the reference's median is no more exact than its mean.
    const double moved = std::fabs(found.robust_z * (found.t / found.z));
    if (found.mad_is_zero) {
        found.reason = "half of the reference is one value: no robust z";
    } else if (shifted && moved <= t.calibrate / 2) {
        found.reason = "the median has hardly moved: a few extreme results may be the cause";
    } else if (!passes(found, t.calibrate) && std::fabs(found.z) > t.calibrate) {
        found.reason = "the reference has too few results to tell this from chance";
    }
}

std::string obstacle(const NumericSample* reference, index count, index fewest) {
    if (reference == nullptr) return "the reference has no results of it";
    if (reference->count() < std::max<index>(fewest, 2)) {
        return "fewer than " + std::to_string(std::max<index>(fewest, 2)) + " results in the reference";
    }
    if (count < fewest) return "fewer than " + std::to_string(fewest) + " results now";
    return reference->values().size() == 1 ? "the reference is constant" : "";
}

}  // namespace

std::string_view name_of(DeviceVerdict verdict) noexcept {
    constexpr std::array<std::string_view, 4> kNames{"not judged", "in control", "calibrate", "critical"};
    return kNames[static_cast<std::size_t>(verdict)];
}

MedianSpread median_spread(const NumericSample& sample) {
    if (sample.empty()) return {};
    const double median = median_of(sample);
    std::vector<std::pair<double, index>> distances;
    index before = 0;
    for (std::size_t i = 0; i < sample.values().size(); ++i) {
        distances.emplace_back(std::fabs(sample.values()[i] - median), sample.up_to()[i] - before);
        before = sample.up_to()[i];
    }
    std::sort(distances.begin(), distances.end());
    const auto at = [&](index rank) {
        index passed = 0;
        for (const auto& [distance, count] : distances) {
            passed += count;
            if (passed > rank) return distance;
        }
        return distances.back().first;
    };
    const index n = sample.count();
    return {median, std::midpoint(at((n - 1) / 2), at(n / 2))};
}

std::vector<DeviceDrift> device_drift(const DeviceSample& reference, const DeviceSample& current,
                                      const DeviceThresholds& thresholds) {
    check(thresholds);
    std::vector<DeviceDrift> found;
    std::vector<double> p;
    for (const auto& [key, values] : current.groups()) {
        DeviceDrift& one = found.emplace_back();
        one.key = key;
        one.count = values.count();
        const NumericSample* known = reference.find(key);
        one.reason = obstacle(known, one.count, thresholds.fewest);
        if (one.reason.empty()) compute(*known, values, one);
        p.push_back(one.p);
    }
    const std::vector<double> adjusted = adjusted_p_values(p);
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i].p_adjusted = adjusted[i];
        if (!std::isnan(found[i].z)) judge(found[i], thresholds);
    }
    for (const auto& [key, values] : reference.groups()) {
        if (current.find(key) != nullptr) continue;
        DeviceDrift& one = found.emplace_back();
        one.key = key;
        one.reason = "no results now";
    }
    return found;
}

}  // namespace assay::features
