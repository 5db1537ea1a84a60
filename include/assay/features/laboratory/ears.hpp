#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::features {

/// The charts of the Early Aberration Reporting System, for daily counts without years of history.
enum class EarsMethod : std::uint8_t {
    c1,  ///< against the `baseline` days directly before
    c2,  ///< against those that end two days earlier, so that an outbreak's first days are not in its baseline
    c3,  ///< the sum of what C2 was above 1 on the day and the two before
};

struct EarsOptions {
    index baseline = 7;            ///< days
    double least_deviation = 0.5;  ///< a baseline's standard deviation below counts as this: see EarsChart
    double threshold = 0;          ///< 0: 3 for C1 and C2, 2 for C3
};

/// A chart over days. NaN until the baseline is full, and where the count or a day of its baseline is missing.
///
/// A baseline of equal counts has no deviation to divide by. It counts as `least_deviation`: with 0.5, one case after a
/// baseline of zeros is 2 and no alarm, two are 4 and one.
struct EarsChart {
    std::vector<double> mean;       ///< of the baseline
    std::vector<double> deviation;  ///< of the baseline, with n − 1, at least least_deviation
    std::vector<double> statistic;
    std::vector<index> alarms;  ///< days whose statistic is above the threshold
};

/// @param counts  by day; NaN is a day without a count
/// @throws ValueError a baseline below 2 days, a least deviation not above 0, counts that are infinite or below 0
/// Cost: O(days).
/// Source: Hutwagner L, Thompson W, Seeman GM, Treadwell T. J Urban Health 2003;80(2 Suppl 1):i89–i96.
ASSAY_EXPORT EarsChart ears(std::span<const double> counts, EarsMethod method, const EarsOptions& options = {});

}  // namespace assay::features
