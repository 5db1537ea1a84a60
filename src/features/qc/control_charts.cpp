#include "assay/features/qc/control_charts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "assay/base/error.hpp"

namespace assay::features {
namespace {

constexpr double kNoAverage = std::numeric_limits<double>::quiet_NaN();

void need(bool holds, const std::string& expected) {
    if (!holds) throw ValueError(expected);
}

void need_no_infinity(std::span<const double> z, const char* function) {
    const auto infinite = std::find_if(z.begin(), z.end(), [](double x) { return std::isinf(x); });
    need(infinite == z.end(), std::string(function) + ": expected finite values or NaN, got an infinity at point " +
                                  std::to_string(infinite - z.begin()));
}

/// The sum and the values of a window, oldest first.
class MovingWindow {
  public:
    explicit MovingWindow(index size) : values_(static_cast<std::size_t>(size)) {}

    void add(double value) {
        const std::size_t place = added_ % values_.size();
        sum_ += value - (full() ? values_[place] : 0);
        values_[place] = value;
        if (++added_ % 4096 == 0) sum_again();
    }
    bool full() const { return added_ >= values_.size(); }
    double mean() const { return sum_ / static_cast<double>(values_.size()); }

  private:
    void sum_again() {
        sum_ = 0;
        for (std::size_t i = 0; i < std::min(added_, values_.size()); ++i) sum_ += values_[i];
    }

    std::vector<double> values_;
    std::size_t added_ = 0;
    double sum_ = 0;
};

}  // namespace

Cusum cusum(std::span<const double> z, const CusumOptions& options) {
    need(options.k >= 0, "cusum: expected k of at least 0");
    need(options.h > 0, "cusum: expected h above 0");
    need_no_infinity(z, "cusum");
    Cusum chart;
    double high = 0;
    double low = 0;
    for (std::size_t i = 0; i < z.size(); ++i) {
        if (!std::isnan(z[i])) {
            high = std::max(0.0, high + z[i] - options.k);
            low = std::max(0.0, low - z[i] - options.k);
        }
        chart.high.push_back(high);
        chart.low.push_back(low);
        if (std::isnan(z[i]) || !(high > options.h || low > options.h)) continue;
        chart.signals.push_back(static_cast<index>(i));
        if (options.restart) high = low = 0;
    }
    return chart;
}

Ewma ewma(std::span<const double> z, const EwmaOptions& options) {
    need(options.lambda > 0 && options.lambda <= 1, "ewma: expected lambda above 0 and at most 1");
    need(options.width > 0, "ewma: expected width above 0");
    need_no_infinity(z, "ewma");
    Ewma chart;
    const double keep = 1 - options.lambda;
    const double asymptote = options.lambda / (2 - options.lambda);
    double average = 0;
    double kept = 1;  // (1 − λ)^2t
    for (std::size_t i = 0; i < z.size(); ++i) {
        const bool present = !std::isnan(z[i]);
        if (present) {
            average = options.lambda * z[i] + keep * average;
            kept *= keep * keep;
        }
        const double limit = options.width * std::sqrt(asymptote * (1 - kept));
        chart.average.push_back(average);
        chart.limit.push_back(limit);
        if (present && std::fabs(average) > limit) chart.signals.push_back(static_cast<index>(i));
    }
    return chart;
}

double reference_change_value(double analytical_cv, double within_person_cv, double z) {
    need(analytical_cv >= 0 && std::isfinite(analytical_cv),
         "reference_change_value: expected analytical_cv of at least 0 %");
    need(within_person_cv >= 0 && std::isfinite(within_person_cv),
         "reference_change_value: expected within_person_cv of at least 0 %");
    need(z > 0 && std::isfinite(z), "reference_change_value: expected z above 0");
    return z * std::sqrt(2 * (analytical_cv * analytical_cv + within_person_cv * within_person_cv));
}

DeltaCheck delta_check(double last, double result, double days, const DeltaLimits& limits) {
    need(std::isfinite(last) && std::isfinite(result), "delta_check: expected two finite results");
    need(days >= 0 && std::isfinite(days), "delta_check: expected a last result before this one");
    DeltaCheck check;
    check.difference = result - last;
    check.percent = last == 0 ? kNoAverage : 100 * check.difference / std::fabs(last);
    check.per_day = check.difference == 0 ? 0 : check.difference / days;
    check.compared = days <= limits.within_days;
    check.failed =
        check.compared && (std::fabs(check.difference) > limits.difference ||
                           std::fabs(check.percent) > limits.percent || std::fabs(check.per_day) > limits.per_day);
    return check;
}

std::vector<double> patient_moving_average(std::span<const double> results, const MovingAverageOptions& options) {
    need(options.block >= 1, "patient_moving_average: expected a block of at least 1 result");
    need(options.low < options.high, "patient_moving_average: expected low below high");
    std::vector<double> averages;
    averages.reserve(results.size());
    MovingWindow window(options.block);
    double average = kNoAverage;
    for (const double result : results) {
        if (result >= options.low && result <= options.high) {  // NaN is outside
            window.add(result);
            if (window.full()) average = window.mean();
        }
        averages.push_back(average);
    }
    return averages;
}

}  // namespace assay::features
