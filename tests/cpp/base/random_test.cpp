#include "assay/base/random.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

using namespace assay;

static_assert(std::uniform_random_bit_generator<Rng>);

TEST_CASE("Philox4x32-10 gives Random123's published known answers") {
    using Counter = std::array<std::uint32_t, 4>;
    // Source: Random123, tests/kat_vectors, "philox4x32 10".
    CHECK(detail::philox4x32_10({0, 0, 0, 0}, {0, 0}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(detail::philox4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
          Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(detail::philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
          Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Rng's words are the generator's, position by position") {
    Rng rng(0x299f31d0'a4093822, 0x03707344'13198a2e);
    rng.seek(2 * std::uint64_t{0x85a308d3'243f6a88 & 0x7fffffffffffffff});
    const auto words =
        detail::philox4x32_10({0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0});
    CHECK(rng() == (words[0] | std::uint64_t{words[1]} << 32));
    CHECK(rng() == (words[2] | std::uint64_t{words[3]} << 32));
    CHECK(Rng(0)() == 0xe169c58d'6627e8d5);
}

TEST_CASE("a stream can be entered anywhere") {
    Rng straight(42, 7);
    std::vector<std::uint64_t> words(101);
    for (auto& word : words) word = straight();
    CHECK(straight.position() == 101);
    for (const std::uint64_t start : {100u, 0u, 1u, 50u, 49u, 51u}) {
        Rng jumped(42, 7);
        jumped.seek(start);
        CHECK(jumped() == words[start]);
    }
    straight.seek(0);
    CHECK(straight() == words[0]);
}

TEST_CASE("seeds and streams differ") {
    CHECK(Rng(1)() != Rng(2)());
    CHECK(Rng(1, 0)() != Rng(1, 1)());
    CHECK(Rng(1, 0)() != Rng(0, 1)());
}

TEST_CASE("the same bytes come at any number of threads") {
    const int before = num_threads();
    const auto fill = [](int threads) {
        set_num_threads(threads);
        std::vector<double> out(10'000);
        parallel_for(10'000, 128, [&](index begin, index end) {
            Rng rng(9);
            rng.seek(static_cast<std::uint64_t>(begin));
            for (index i = begin; i < end; ++i) out[static_cast<std::size_t>(i)] = rng.normal();
        });
        return out;
    };
    const auto expected = fill(1);
    CHECK(fill(2) == expected);
    CHECK(fill(5) == expected);
    set_num_threads(before);
}

TEST_CASE("uniform lies in 0 to 1, the end left out, with the moments of the uniform distribution") {
    Rng rng(1);
    const int n = 200'000;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; ++i) {
        const double x = rng.uniform();
        if (x < 0 || x >= 1) FAIL(x);
        sum += x;
        squares += x * x;
    }
    CHECK(sum / n == Approx(0.5).margin(5 * std::sqrt(1.0 / 12 / n)));
    CHECK(squares / n == Approx(1.0 / 3).margin(0.004));
}

TEST_CASE("normal has the standard normal distribution function") {
    Rng rng(3);
    const int n = 200'000;
    std::vector<double> sample(n);
    for (auto& x : sample) x = rng.normal();
    std::sort(sample.begin(), sample.end());
    double distance = 0;  // Kolmogorov's
    for (int i = 0; i < n; ++i) {
        const double p = 0.5 * std::erfc(-sample[static_cast<std::size_t>(i)] / std::sqrt(2.0));
        distance = std::max({distance, std::abs(p - static_cast<double>(i) / n), std::abs(p - (i + 1.0) / n)});
    }
    CHECK(distance < 1.95 / std::sqrt(n));  // the critical value at 0.001
    CHECK(sample.front() < -4);
    CHECK(sample.back() > 4);
}

TEST_CASE("normal inverts the distribution function to 1e-14, in the tails too") {
    Rng words(5);
    Rng normals(5);
    for (int i = 0; i < 20'000; ++i) {
        const double p = (static_cast<double>(words() >> 12) + 0.5) * 0x1p-52;
        const double z = normals.normal();
        const double back = 0.5 * std::erfc(-z / std::sqrt(2.0));
        if (std::abs(back - p) > 2e-14 * std::min(p, 1 - p) + 1e-16) FAIL("p " << p << " z " << z);
    }
}

TEST_CASE("integer covers its interval evenly, both ends included") {
    Rng rng(11);
    std::array<int, 7> counts{};
    for (int i = 0; i < 70'000; ++i) {
        const auto x = rng.integer(-3, 3);
        if (x < -3 || x > 3) FAIL(x);
        ++counts[static_cast<std::size_t>(x + 3)];
    }
    double chi_squared = 0;
    for (const int count : counts) chi_squared += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
    CHECK(chi_squared < 22.5);  // 0.999 quantile with 6 degrees of freedom
}

TEST_CASE("integer has no bias where the interval is two thirds of all words") {
    Rng rng(12);
    const std::int64_t low = std::numeric_limits<std::int64_t>::min();
    const auto third = static_cast<std::int64_t>(std::numeric_limits<std::uint64_t>::max() / 3);
    const std::int64_t high = low + third + third;  // a biased method puts half, not a third, in one part
    int lower = 0;
    for (int i = 0; i < 30'000; ++i) lower += rng.integer(low, high) < low + third ? 1 : 0;
    CHECK(lower / 30'000.0 == Approx(0.5).margin(0.015));
    CHECK(rng.position() > 40'000);  // a third of the words is rejected
}

TEST_CASE("integer's edges") {
    Rng rng(13);
    CHECK(rng.integer(5, 5) == 5);
    rng.integer(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    CHECK_THROWS_WITH(rng.integer(2, 1), "integer: expected low <= high, got low 2 and high 1");
    CHECK_THROWS_AS(rng.integer(2, 1), ValueError);
}

TEST_CASE("shuffle gives every order equally often and keeps the items") {
    std::array<int, 6> counts{};
    for (std::uint64_t i = 0; i < 12'000; ++i) {
        std::array<int, 3> items{0, 1, 2};
        Rng(21, i).shuffle(std::span<int>(items));
        CHECK(std::is_permutation(items.begin(), items.end(), std::array<int, 3>{0, 1, 2}.begin()));
        ++counts[static_cast<std::size_t>(items[0] * 2 + (items[1] > items[2] ? 1 : 0))];
    }
    for (const int count : counts) CHECK(count == Approx(2000).margin(200));
    std::vector<int> none;
    Rng(1).shuffle(std::span<int>(none));
}
