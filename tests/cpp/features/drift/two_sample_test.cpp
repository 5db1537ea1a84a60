#include "assay/features/drift/two_sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"
#include "features/drift/kolmogorov.hpp"

using namespace assay;
using features::KsMethod;
using features::NumericSample;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

NumericSample sample(const std::vector<double>& values) { return NumericSample::of(values); }

std::vector<double> normal_values(std::size_t n, unsigned seed, double shift = 0) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(shift);
    std::vector<double> values(n);
    for (double& value : values) value = normal(random);
    return values;
}

}  // namespace

TEST_CASE("a sample holds distinct values with their counts") {
    const NumericSample found = sample({3, 1, kNaN, 3, -0.0, 0.0, 3});
    CHECK(std::vector<double>(found.values().begin(), found.values().end()) == std::vector<double>{0, 1, 3});
    CHECK(std::vector<index>(found.up_to().begin(), found.up_to().end()) == std::vector<index>{2, 3, 6});
    CHECK(found.count() == 6);
    CHECK(found.missing() == 1);
    CHECK(found.mean() == Approx(10.0 / 6));
    CHECK(found.quantile(0.5) == 1);
    CHECK(found.quantile(0) == 0);
    CHECK(found.quantile(1) == 3);
    CHECK(sample({2, 4}).standard_deviation() == Approx(std::sqrt(2.0)));
    CHECK(std::isnan(sample({2}).standard_deviation()));
    CHECK(std::isnan(sample({}).mean()));
    CHECK(sample({kNaN}).empty());
    CHECK_THROWS_WITH(sample({1, HUGE_VAL}), Catch::Contains("row 1"));
    CHECK_THROWS_AS(found.quantile(1.5), ValueError);
}

TEST_CASE("sorting is right for every sign, size and equal digits") {
    std::mt19937_64 random(3);
    for (const std::size_t n : {0u, 1u, 2u, 255u, 256u, 257u, 5000u}) {
        std::vector<double> values(n);
        for (double& value : values) {
            const double magnitude =
                std::ldexp(1.0 + static_cast<double>(random() % 1000), static_cast<int>(random() % 200) - 100);
            value = random() % 2 == 0 ? magnitude : -magnitude;
        }
        std::vector<double> expected = values;
        std::sort(expected.begin(), expected.end());
        expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
        const NumericSample found = sample(values);
        CHECK(std::vector<double>(found.values().begin(), found.values().end()) == expected);
        CHECK(found.count() == static_cast<index>(n));
    }
}

TEST_CASE("however a column is split, the merged sample is the same to the byte") {
    std::vector<double> values = normal_values(10'000, 1);
    for (std::size_t i = 0; i < values.size(); i += 3) values[i] = std::round(values[i] * 4) / 4;
    values[17] = kNaN;
    const NumericSample whole = sample(values);
    for (const std::size_t parts : {2u, 7u, 100u}) {
        NumericSample merged;
        for (std::size_t part = 0; part < parts; ++part) {
            const std::size_t begin = values.size() * part / parts;
            const std::size_t end = values.size() * (part + 1) / parts;
            merged.merge(NumericSample::of(std::span(values).subspan(begin, end - begin)));
        }
        CHECK(merged == whole);
        CHECK(merged.to_bytes() == whole.to_bytes());
    }
}

TEST_CASE("a sample comes back from its bytes, and damaged bytes are refused") {
    const NumericSample written = sample({1, 2, 2, kNaN, -7.5});
    std::string bytes = written.to_bytes();
    CHECK(NumericSample::from_bytes(bytes) == written);
    CHECK(NumericSample::from_bytes(sample({}).to_bytes()).empty());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        CHECK_THROWS_AS(NumericSample::from_bytes(damaged), ValueError);
        CHECK_THROWS_AS(NumericSample::from_bytes(bytes.substr(0, i)), ValueError);
    }
}

TEST_CASE("the Kolmogorov distribution has its tabulated critical values") {
    // Massey FJ. J Am Stat Assoc 1951;46:68–78 and Smirnov's limit, to the digits printed.
    CHECK(features::detail::kolmogorov_survival(5, 0.56328) == Approx(0.05).margin(2e-5));
    CHECK(features::detail::kolmogorov_survival(10, 0.40925) == Approx(0.05).margin(2e-5));
    CHECK(features::detail::kolmogorov_survival(20, 0.29408) == Approx(0.05).margin(2e-5));
    CHECK(features::detail::kolmogorov_survival(1, 0.975) == Approx(0.05).margin(1e-12));
    CHECK(features::detail::kolmogorov_survival(10'000'000, 1.3581 / std::sqrt(1e7)) == Approx(0.05).margin(5e-5));
    CHECK(features::detail::kolmogorov_survival(100, 0) == 1);
    CHECK(features::detail::kolmogorov_survival(100, 1) == 0);
    CHECK(features::detail::smirnov_survival(1, 0.3) == Approx(0.7));
    CHECK(features::detail::smirnov_survival(2, 0.5) == Approx(0.25));
}

TEST_CASE("where one way of computing ends and the next begins there is no step") {
    for (const index n : {139, 140, 141, 1000, 100'000, 100'001}) {
        double last = 1;
        for (double z = 0.3; z < 3; z += 0.01) {
            const double p = features::detail::kolmogorov_survival(n, z / std::sqrt(static_cast<double>(n)));
            CAPTURE(n, z);
            CHECK(p <= last);
            CHECK(last - p < 0.02);
            last = p;
        }
    }
}

TEST_CASE("two samples without overlap: 2 of the C(m+n, m) orders are as extreme") {
    const auto test = features::ks_test(sample({1, 2, 3}), sample({4, 5, 6}));
    CHECK(test.statistic == 1);
    CHECK(test.exact);
    CHECK(test.p == Approx(2.0 / 20));
    CHECK(test.location == 3);
    CHECK(test.first_above);
    CHECK(features::ks_test(sample({1, 2}), sample({3, 4, 5})).p == Approx(2.0 / 10));
    const auto same = features::ks_test(sample({1, 2, 3}), sample({1, 2, 3}));
    CHECK(same.statistic == 0);
    CHECK(same.p == 1);
}

TEST_CASE("the exact p is the share of all orders, counted one by one") {
    const index m = 5;
    const index n = 4;
    std::vector<index> beyond(21, 0);  // by h = D · lcm
    index orders = 0;
    for (unsigned bits = 0; bits < (1u << (m + n)); ++bits) {
        if (__builtin_popcount(bits) != m) continue;
        ++orders;
        index a = 0, b = 0, farthest = 0;
        for (int i = 0; i < m + n; ++i) {
            ((bits >> i & 1u) != 0 ? a : b) += 1;
            farthest = std::max<index>(farthest, std::abs(a * n - b * m));
        }
        for (index h = 0; h <= farthest; ++h) ++beyond[static_cast<std::size_t>(h)];
    }
    for (index h = 0; h <= 20; ++h) {
        CAPTURE(h);
        CHECK(features::detail::two_sample_survival(m, n, h) ==
              Approx(static_cast<double>(beyond[static_cast<std::size_t>(h)]) / static_cast<double>(orders))
                  .epsilon(1e-13));
    }
}

TEST_CASE("exact and asymptotic p agree for large samples, and a shift is found") {
    const NumericSample a = sample(normal_values(4000, 1));
    const NumericSample b = sample(normal_values(5000, 2));
    const NumericSample shifted = sample(normal_values(5000, 3, 0.3));
    const auto exact = features::ks_test(a, b, KsMethod::exact);
    const auto asymptotic = features::ks_test(a, b, KsMethod::asymptotic);
    CHECK(exact.p == Approx(asymptotic.p).epsilon(0.05));
    CHECK(exact.p > 0.01);
    CHECK(features::ks_test(a, shifted).p < 1e-10);
    CHECK(features::ks_test(a, shifted).first_above);
    CHECK_THROWS_AS(features::ks_test(a, NumericSample()), ValueError);
}

TEST_CASE("the Wasserstein distance of a shifted sample is the shift") {
    const std::vector<double> values = normal_values(1000, 4);
    std::vector<double> shifted = values;
    for (double& value : shifted) value += 2.5;
    CHECK(features::wasserstein_distance(sample(values), sample(shifted)) == Approx(2.5).epsilon(1e-12));
    CHECK(features::wasserstein_distance(sample({0, 1, 3}), sample({5, 6, 8})) == Approx(5));
    CHECK(features::wasserstein_distance(sample({0, 1}), sample({0, 0, 1, 1})) == 0);
}
