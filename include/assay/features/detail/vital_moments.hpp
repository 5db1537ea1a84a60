#pragma once

#include <cstdint>
#include <limits>

#include "assay/base/index.hpp"
#include "assay/features/detail/vital_kernels.hpp"

namespace assay::features::detail {

/// Count, mean, extremes, last value and centred moments against time of one column; parts merge.
/// Source: Chan, Golub, LeVeque 1979 (parallel moments).
struct VitalMoments {
    index count = 0;
    double mean = 0;
    double mean_time = 0;  ///< hours since the owner's origin
    double sxx = 0;        ///< Σ (t − mean_time)²
    double sxy = 0;        ///< Σ (t − mean_time)(v − mean)
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();
    double last = 0;
    std::int64_t last_at = std::numeric_limits<std::int64_t>::min();

    static VitalMoments of(const ColumnSums& sums, index count, double origin) noexcept {
        const auto n = static_cast<double>(count);
        VitalMoments out;
        out.count = count;
        out.mean = origin + sums.deviation / n;
        out.mean_time = sums.time / n;
        const double sxx = sums.time_squared - sums.time * sums.time / n;
        out.sxx = sxx > 1e-13 * sums.time_squared ? sxx : 0;  // below is rounding: all rows have one time
        out.sxy = sums.time_deviation - sums.time * sums.deviation / n;
        out.minimum = sums.minimum;
        out.maximum = sums.maximum;
        return out;
    }

    /// Adds rows that stand after these. `hours` is how much later the other's time origin is.
    void merge(const VitalMoments& other, double hours) noexcept {
        if (other.count == 0) return;
        if (count == 0) {
            *this = other;
            mean_time += hours;
            return;
        }
        const auto a = static_cast<double>(count);
        const auto b = static_cast<double>(other.count);
        const double dt = other.mean_time + hours - mean_time;
        const double dv = other.mean - mean;
        const double part = b / (a + b);
        count += other.count;
        mean += dv * part;
        mean_time += dt * part;
        sxx += other.sxx + dt * dt * a * part;
        sxy += other.sxy + dt * dv * a * part;
        minimum = other.minimum < minimum ? other.minimum : minimum;
        maximum = other.maximum > maximum ? other.maximum : maximum;
        if (other.last_at >= last_at) {
            last = other.last;
            last_at = other.last_at;
        }
    }
};

}  // namespace assay::features::detail
