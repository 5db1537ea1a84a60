#include "assay/features/qc/control_charts.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kNone = std::numeric_limits<double>::infinity();

/// Mean number of points to the first signal, over many stable series.
template <class Chart>
double average_run_length(Chart chart, int series) {
    double points = 0;
    for (int s = 0; s < series; ++s) {
        std::vector<index> signals;
        for (std::size_t length = 512; signals.empty(); length *= 4) {
            std::mt19937_64 random(1000 + static_cast<unsigned>(s));
            std::normal_distribution<double> normal;
            std::vector<double> z(length);
            for (double& x : z) x = normal(random);
            signals = chart(z);
        }
        points += static_cast<double>(signals[0] + 1);
    }
    return points / series;
}

}  // namespace

TEST_CASE("a cumulative sum is Montgomery's example") {
    // Table 9.1/9.2: samples with target 10, sigma 1, k = 0.5, h = 5; C+ passes 5 at sample 29.
    const std::vector<double> x = {9.45,  7.99,  9.29,  11.66, 12.16, 10.18, 8.04,  11.46, 9.20,  10.34,
                                   9.03,  11.47, 10.51, 9.40,  10.08, 9.37,  10.62, 10.31, 8.52,  10.84,
                                   10.90, 9.33,  12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52};
    std::vector<double> z;
    for (const double value : x) z.push_back(value - 10);
    const features::Cusum chart = features::cusum(z, {.restart = false});
    CHECK(chart.low[0] == Approx(0.05));
    CHECK(chart.low[1] == Approx(1.56));
    CHECK(chart.high[4] == Approx(2.82));
    CHECK(chart.high[28] == Approx(5.28));
    REQUIRE_FALSE(chart.signals.empty());
    CHECK(chart.signals.front() == 28);
}

TEST_CASE("cumulative sums start again after a signal and pass over missing points") {
    const std::vector<double> z(20, 2.0);
    const features::Cusum chart = features::cusum(z, {.k = 0.5, .h = 4});
    CHECK(chart.signals == std::vector<index>{2, 5, 8, 11, 14, 17});
    const std::vector<double> gaps = {2, kNaN, 2, kNaN, 2};
    CHECK(features::cusum(gaps, {.h = 4}).signals == std::vector<index>{4});
    CHECK(features::cusum({}).high.empty());
    CHECK_THROWS_AS(features::cusum(z, {.h = 0}), ValueError);
    CHECK_THROWS_AS(features::cusum(z, {.k = -1}), ValueError);
    CHECK_THROWS_AS(features::cusum(std::vector<double>{kNone}), ValueError);
}

TEST_CASE("run lengths in control are the published ones") {
    const auto with_h = [](double h) {
        return average_run_length([h](const auto& z) { return features::cusum(z, {.h = h}).signals; }, 3000);
    };
    CHECK(with_h(4) == Approx(168).epsilon(0.08));
    CHECK(with_h(5) == Approx(465).epsilon(0.08));
    const auto ewma = [](const auto& z) { return features::ewma(z).signals; };
    CHECK(average_run_length(ewma, 3000) == Approx(560).epsilon(0.08));
}

TEST_CASE("an exponentially weighted average has Montgomery's values and limits") {
    // Table 9.10: λ = 0.10, L = 2.7; first values 9.945, 9.7495; limits 10.27, 10.36 …, 10.62
    const std::vector<double> z = {-0.55, -2.01, -0.71, 1.66, 2.16};
    const features::Ewma chart = features::ewma(z, {.lambda = 0.1, .width = 2.7});
    CHECK(10 + chart.average[0] == Approx(9.945).margin(5e-4));
    CHECK(10 + chart.average[1] == Approx(9.7495).margin(5e-5));
    CHECK(10 + chart.limit[0] == Approx(10.27).margin(5e-3));
    CHECK(10 + chart.limit[1] == Approx(10.36).margin(5e-3));
    const std::vector<double> zeros(500, 0.0);
    CHECK(10 + features::ewma(zeros, {.lambda = 0.1, .width = 2.7}).limit.back() == Approx(10.62).margin(5e-3));
    CHECK(features::ewma(std::vector<double>(30, 1.5)).signals.front() > 0);
    CHECK_THROWS_AS(features::ewma(z, {.lambda = 0}), ValueError);
    CHECK_THROWS_AS(features::ewma(z, {.width = 0}), ValueError);
    const features::Ewma gap = features::ewma(std::vector<double>{1, kNaN, 1});
    CHECK(gap.average[1] == gap.average[0]);
}

TEST_CASE("a reference change value and delta checks") {
    CHECK(features::reference_change_value(3, 4) == Approx(13.859).epsilon(1e-4));
    CHECK(features::reference_change_value(0, 0) == 0);
    CHECK_THROWS_AS(features::reference_change_value(-1, 4), ValueError);
    CHECK_THROWS_AS(features::reference_change_value(kNaN, 4), ValueError);

    const features::DeltaLimits limits{.difference = 1, .percent = 50, .per_day = kNone, .within_days = 3};
    CHECK_FALSE(features::delta_check(4, 5, 1, limits).failed);
    CHECK(features::delta_check(4, 5.1, 1, limits).failed);
    CHECK(features::delta_check(1, 1.6, 1, limits).failed);
    CHECK_FALSE(features::delta_check(4, 9, 3.5, limits).compared);
    CHECK_FALSE(features::delta_check(4, 9, 3.5, limits).failed);
    CHECK(std::isnan(features::delta_check(0, 0.5, 1, limits).percent));
    CHECK(features::delta_check(4, 4, 0, limits).per_day == 0);
    CHECK(features::delta_check(4, 4.5, 0, {kNone, kNone, 1, 3}).failed);
    CHECK_THROWS_AS(features::delta_check(4, 5, -1, limits), ValueError);
}

TEST_CASE("a patients' moving average leaves out what lies beyond its limits") {
    const std::vector<double> results = {10, 20, 1000, 30, kNaN, 40};
    const auto averages = features::patient_moving_average(results, {.block = 2, .low = 0, .high = 100});
    CHECK(std::isnan(averages[0]));
    CHECK(averages[1] == 15);
    CHECK(averages[2] == 15);
    CHECK(averages[3] == 25);
    CHECK(averages[4] == 25);
    CHECK(averages[5] == 35);
    CHECK_THROWS_AS(features::patient_moving_average(results, {.block = 0, .low = 0, .high = 1}), ValueError);
    CHECK_THROWS_AS(features::patient_moving_average(results, {.block = 1, .low = 1, .high = 1}), ValueError);

    std::vector<double> many(100'000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = 0.1 * static_cast<double>(i % 7);
    const auto long_run = features::patient_moving_average(many, {.block = 7, .low = -1, .high = 1});
    CHECK(long_run.back() == Approx(0.3).epsilon(1e-13));
}
