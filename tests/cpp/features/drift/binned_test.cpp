#include "assay/features/drift/binned.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using features::NumericSample;
using Counts = std::vector<index>;

TEST_CASE("bins of about equal counts, ties kept together") {
    std::vector<double> values;
    for (int i = 1; i <= 100; ++i) values.push_back(i);
    const NumericSample sample = NumericSample::of(values);
    const auto edges = features::quantile_edges(sample, 4);
    CHECK(edges == std::vector<double>{25, 50, 75});
    CHECK(features::bin_counts(sample, edges) == Counts{25, 25, 25, 25});
    const NumericSample outside = NumericSample::of(std::vector<double>{-5, 25, 25.5, 1000});
    CHECK(features::bin_counts(outside, edges) == Counts{2, 1, 0, 1});
    const NumericSample constant = NumericSample::of(std::vector<double>(50, 7.0));
    CHECK(features::quantile_edges(constant).empty());
    CHECK(features::bin_counts(constant, {}) == Counts{50});
    CHECK(features::bin_counts(NumericSample(), edges) == Counts{0, 0, 0, 0});
    CHECK_THROWS_AS(features::quantile_edges(sample, 1), ValueError);
    CHECK_THROWS_AS(features::quantile_edges(NumericSample()), ValueError);
    CHECK_THROWS_AS(features::bin_counts(sample, std::vector<double>{2, 1}), ValueError);
}

TEST_CASE("the population stability index") {
    const auto same = features::population_stability(Counts{10, 20, 30}, Counts{100, 200, 300});
    CHECK(same.value == Approx(0).margin(1e-15));
    CHECK(same.expected_without_change == Approx(2 * (1.0 / 60 + 1.0 / 600)));
    // (0.5 − 0.25) ln 2 + (0.5 − 0.75) ln(2/3)
    CHECK(features::population_stability(Counts{25, 75}, Counts{50, 50}).value ==
          Approx(0.25 * std::log(2.0) - 0.25 * std::log(2.0 / 3)));
    CHECK(std::isfinite(features::population_stability(Counts{10, 0}, Counts{0, 10}).value));
    CHECK(features::population_stability(Counts{10, 0, 10}, Counts{10, 0, 10}).value == 0);
    CHECK_THROWS_AS(features::population_stability(Counts{1}, Counts{1, 2}), ShapeError);
    CHECK_THROWS_AS(features::population_stability(Counts{0, 0}, Counts{1, 2}), ValueError);
    CHECK_THROWS_AS(features::population_stability(Counts{-1, 2}, Counts{1, 2}), ValueError);
}

TEST_CASE("without change the index is on average what it is said to be") {
    std::mt19937_64 random(9);
    std::uniform_int_distribution<std::size_t> bin(0, 9);
    double sum = 0;
    constexpr int kRounds = 2000;
    double expected = 0;
    for (int round = 0; round < kRounds; ++round) {
        Counts reference(10, 0), current(10, 0);
        for (int i = 0; i < 1000; ++i) ++reference[bin(random)];
        for (int i = 0; i < 500; ++i) ++current[bin(random)];
        const auto found = features::population_stability(reference, current);
        sum += found.value;
        expected = found.expected_without_change;
    }
    CHECK(sum / kRounds == Approx(expected).epsilon(0.05));
}

TEST_CASE("the chi-squared test has tabulated critical values") {
    // 2 × 2 of 100: statistic 4 · 100 · (a − 0.5)² …; p of 3.841 with one degree is 0.05
    const auto test = features::chi_squared_test(Counts{30, 20}, Counts{20, 30});
    CHECK(test.statistic == Approx(4.0));
    CHECK(test.degrees == 1);
    CHECK(test.p == Approx(0.04550026389635842).epsilon(1e-12));
    CHECK(test.cramers_v == Approx(0.2));
    const auto three = features::chi_squared_test(Counts{10, 20, 30}, Counts{20, 20, 20});
    CHECK(three.statistic == Approx(16.0 / 3));
    CHECK(three.p == Approx(std::exp(-8.0 / 3)).epsilon(1e-12));  // two degrees: exp(−x/2)
    CHECK(features::chi_squared_test(Counts{1000, 0}, Counts{0, 1000}).p < 1e-300);
    CHECK(features::chi_squared_test(Counts{5, 0}, Counts{7, 0}).p == 1);
    CHECK(features::chi_squared_test(Counts{2, 2}, Counts{2, 2}).sparse == 4);
}

TEST_CASE("the Jensen-Shannon distance goes from 0 to 1") {
    CHECK(features::jensen_shannon_distance(Counts{1, 2}, Counts{10, 20}) == Approx(0).margin(1e-8));
    CHECK(features::jensen_shannon_distance(Counts{5, 0}, Counts{0, 9}) == 1);
    CHECK(features::jensen_shannon_distance(Counts{1, 1}, Counts{1, 0}) == Approx(std::sqrt(0.31127812445913283)));
}

TEST_CASE("adjusted p-values are Benjamini and Hochberg's") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> p = {0.01, 0.04, nan, 0.03, 0.005};
    const auto adjusted = features::adjusted_p_values(p);
    CHECK(adjusted[0] == Approx(0.02));
    CHECK(adjusted[1] == Approx(0.04));
    CHECK(std::isnan(adjusted[2]));
    CHECK(adjusted[3] == Approx(0.04));
    CHECK(adjusted[4] == Approx(0.02));
    CHECK(features::adjusted_p_values({}).empty());
    CHECK_THROWS_AS(features::adjusted_p_values(std::vector<double>{1.5}), ValueError);
}
