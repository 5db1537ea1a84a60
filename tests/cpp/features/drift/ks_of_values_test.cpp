#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "catch.hpp"

using namespace assay;
using features::KsMethod;
using features::NumericSample;

namespace {

/// By sorting both, which the other way avoids.
void expect_equal(const std::vector<double>& a, const std::vector<double>& b) {
    const auto sorted = features::ks_test(NumericSample::of(a), NumericSample::of(b));
    const auto counted = features::ks_test(a, b);
    CHECK(counted.statistic == sorted.statistic);
    CHECK(counted.location == sorted.location);
    CHECK(counted.first_above == sorted.first_above);
    CHECK(counted.p == sorted.p);
    CHECK(counted.exact == sorted.exact);
}

template <class Draw>
std::vector<double> drawn(std::size_t n, unsigned seed, Draw draw) {
    std::mt19937_64 random(seed);
    std::vector<double> values(n);
    for (double& value : values) value = draw(random);
    return values;
}

}  // namespace

TEST_CASE("KS of values is KS of samples, to the last bit") {
    const auto normal = [](double mean, double deviation) {
        return [=](auto& random) { return std::normal_distribution<double>(mean, deviation)(random); };
    };
    const auto heavy = [](auto& random) { return std::cauchy_distribution<double>(0, 1)(random); };
    const auto huge = [](auto& random) {
        return std::ldexp(std::normal_distribution<double>()(random), static_cast<int>(random() % 2000) - 1000);
    };
    const auto levels = [](int most) {
        return [=](auto& random) { return static_cast<double>(random() % static_cast<unsigned>(most)); };
    };
    for (unsigned seed = 1; seed <= 4; ++seed) {
        expect_equal(drawn(60'000, seed, normal(95, 12)), drawn(40'000, seed + 50, normal(95, 12)));
        expect_equal(drawn(60'000, seed, normal(95, 12)), drawn(90'000, seed + 50, normal(95.5, 13)));
        expect_equal(drawn(60'000, seed, normal(0, 1)), drawn(600, seed + 50, normal(50, 1)));
        expect_equal(drawn(60'000, seed, heavy), drawn(50'000, seed + 50, heavy));
        expect_equal(drawn(60'000, seed, huge), drawn(50'000, seed + 50, huge));
        expect_equal(drawn(60'000, seed, levels(7)), drawn(50'000, seed + 50, levels(8)));
        expect_equal(drawn(60'000, seed, levels(100'000)), drawn(50'000, seed + 50, levels(101'000)));
    }
    expect_equal(std::vector<double>(60'000, 5.0), std::vector<double>(50'000, 5.0));
    expect_equal(std::vector<double>(60'000, -0.0), drawn(50'000, 9, levels(2)));
    auto mixed = drawn(60'000, 1, normal(95, 12));
    mixed[17] = 1e308;
    mixed[18] = -1e308;
    expect_equal(mixed, drawn(50'000, 2, normal(95, 12)));
    expect_equal(drawn(30, 1, normal(0, 1)), drawn(20, 2, normal(0, 1)));
}

TEST_CASE("KS of values leaves out NaN and refuses infinities and nothing") {
    auto values = drawn(60'000, 1, [](auto& random) { return std::normal_distribution<double>()(random); });
    const auto others = drawn(50'000, 2, [](auto& random) { return std::normal_distribution<double>()(random); });
    values[7] = std::nan("");
    expect_equal(values, others);
    values[7] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(features::ks_test(values, others), ValueError);
    CHECK_THROWS_AS(features::ks_test(std::vector<double>{}, others), ValueError);
}
