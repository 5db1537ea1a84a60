#include "assay/models/evaluation/interval.hpp"

#include "assay/base/detail/normal_quantile.hpp"
#include "assay/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace assay::models {

double normal_multiplier(double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
        throw ValueError("confidence: expected a level above 0 and below 1, got " + std::to_string(confidence));
    }
    return -assay::detail::normal_quantile((1 - confidence) / 2);
}

Proportion wilson_proportion(index hits, index total, double confidence) {
    const double z = normal_multiplier(confidence);
    if (hits < 0 || total < hits) {
        throw ValueError("wilson_proportion: expected hits from 0 to " + std::to_string(total) + ", got " +
                         std::to_string(hits));
    }
    if (total == 0) return {0, 0, std::numeric_limits<double>::quiet_NaN(), {0, 1}};
    const auto n = static_cast<double>(total);
    const double p = static_cast<double>(hits) / n;
    const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    const double reach = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    // At no hits and at all hits an end is 0 or 1 exactly, which rounding would miss.
    const double low = hits == 0 ? 0 : std::max(0.0, middle - reach);
    const double high = hits == total ? 1 : std::min(1.0, middle + reach);
    return {hits, total, p, {low, high}};
}

}  // namespace assay::models
