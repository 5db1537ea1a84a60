#include "assay/features/laboratory/ears.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "sliding_window.hpp"
#include "window_states.hpp"

namespace assay::features {
namespace {

constexpr double kNoBaseline = std::numeric_limits<double>::quiet_NaN();

void check_ears(std::span<const double> counts, const EarsOptions& options) {
    if (options.baseline < 2) throw ValueError("ears: expected a baseline of at least 2 days");
    if (!(options.least_deviation > 0)) throw ValueError("ears: expected least_deviation above 0");
    if (!(options.threshold >= 0)) throw ValueError("ears: expected a threshold above 0, or 0 for the usual one");
    for (const double count : counts) {
        if (count < 0 || std::isinf(count)) throw ValueError("ears: expected counts of at least 0, or NaN");
    }
}

}  // namespace

EarsChart ears(std::span<const double> counts, EarsMethod method, const EarsOptions& options) {
    check_ears(counts, options);
    const std::size_t lag = method == EarsMethod::c1 ? 1 : 3;
    const auto full = static_cast<double>(options.baseline);
    EarsChart chart;
    detail::SlidingWindow<detail::Moments> baseline(options.baseline);
    for (std::size_t day = 0; day < counts.size(); ++day) {
        if (day >= lag) {
            detail::Moments state;
            if (!std::isnan(counts[day - lag])) state.add(counts[day - lag]);
            baseline.push(state);
        }
        const detail::Moments before = baseline.total();
        const bool defined = before.count == full;
        chart.mean.push_back(defined ? before.mean : kNoBaseline);
        chart.deviation.push_back(defined ? std::max(before.deviation(), options.least_deviation) : kNoBaseline);
        chart.statistic.push_back((counts[day] - chart.mean[day]) / chart.deviation[day]);
    }
    if (method == EarsMethod::c3) {
        const std::vector<double> c2 = chart.statistic;
        for (std::size_t day = 0; day < c2.size(); ++day) {
            double sum = day < 2 ? kNoBaseline : 0;
            for (std::size_t back = 0; back <= 2 && day >= 2; ++back) {
                sum += std::isnan(c2[day - back]) ? kNoBaseline : std::max(0.0, c2[day - back] - 1);
            }
            chart.statistic[day] = sum;
        }
    }
    const double usual = method == EarsMethod::c3 ? 2 : 3;
    const double threshold = options.threshold > 0 ? options.threshold : usual;
    for (std::size_t day = 0; day < counts.size(); ++day) {
        if (chart.statistic[day] > threshold) chart.alarms.push_back(static_cast<index>(day));
    }
    return chart;
}

}  // namespace assay::features
