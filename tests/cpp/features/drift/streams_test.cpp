#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/drift/adwin.hpp"
#include "assay/features/drift/page_hinkley.hpp"
#include "catch.hpp"

using namespace assay;
using features::Adwin;
using features::PageHinkley;
using features::StreamChange;

TEST_CASE("Page-Hinkley finds a rise and a fall, and says which") {
    std::mt19937_64 random(1);
    std::normal_distribution<double> noise;
    PageHinkley test({.delta = 0.25, .threshold = 20});
    std::vector<std::pair<int, StreamChange>> found;
    for (int i = 0; i < 6000; ++i) {
        const double level = i < 2000 ? 0 : (i < 4000 ? 2 : -1);
        const StreamChange change = test.update(level + noise(random));
        if (change != StreamChange::none) found.emplace_back(i, change);
    }
    REQUIRE(found.size() == 2);
    CHECK(found[0].first >= 2000);
    CHECK(found[0].first < 2030);
    CHECK(found[0].second == StreamChange::up);
    CHECK(found[1].first >= 4000);
    CHECK(found[1].first < 4030);
    CHECK(found[1].second == StreamChange::down);
    CHECK(test.alarms() == 2);
    CHECK(test.mean() == Approx(-1).margin(0.1));
}

TEST_CASE("Page-Hinkley by hand: the sums of a short stream") {
    // Means 1, 1, 3; distances 0, 0, 4; sums with a slack of 1: -1, -2, 1; the last is 3 above the least.
    PageHinkley test({.delta = 1, .threshold = 3, .forgetting = 1, .fewest = 1});
    CHECK(test.update(1) == StreamChange::none);
    CHECK(test.update(1) == StreamChange::none);
    PageHinkley copy = test;
    CHECK(test.update(7) == StreamChange::none);  // 3 is not above 3
    PageHinkley strict({.delta = 1, .threshold = 2.9, .forgetting = 1, .fewest = 1});
    strict.update(1);
    strict.update(1);
    CHECK(strict.update(7) == StreamChange::up);
    CHECK(copy.update(std::nan("")) == StreamChange::none);
    CHECK(copy.count() == 2);
    CHECK_THROWS_AS(copy.update(std::numeric_limits<double>::infinity()), ValueError);
    CHECK_THROWS_AS(PageHinkley({.threshold = 0}), ValueError);
    CHECK_THROWS_AS(PageHinkley({.forgetting = 1.1}), ValueError);
}

TEST_CASE("ADWIN cuts its window at a change and grows without one") {
    std::mt19937_64 random(2);
    std::bernoulli_distribution low(0.2), high(0.5);
    Adwin window;
    for (int i = 0; i < 20'000; ++i) window.update(low(random) ? 1 : 0);
    CHECK(window.size() == 20'000);
    CHECK(window.alarms() == 0);
    CHECK(window.mean() == Approx(0.2).margin(0.01));
    CHECK(window.variance() == Approx(0.16).margin(0.01));
    int detected = -1;
    for (int i = 0; i < 2000; ++i) {
        if (window.update(high(random) ? 1 : 0) && detected < 0) detected = i;
    }
    CHECK(detected >= 0);
    CHECK(detected < 300);
    CHECK(window.mean() == Approx(0.5).margin(0.05));
    CHECK(window.size() < 3000);
}

TEST_CASE("what the window says of its values is what they are") {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> uniform(0, 1);
    Adwin window({.delta = 1e-9, .every = 1});
    std::vector<double> values;
    for (int i = 0; i < 3000; ++i) {
        values.push_back((i < 1500 ? 0 : 0.5) + 0.5 * uniform(random));
        window.update(values.back());
        const auto n = static_cast<std::size_t>(window.size());
        double mean = 0, squares = 0;
        for (std::size_t k = values.size() - n; k < values.size(); ++k) mean += values[k];
        mean /= static_cast<double>(n);
        for (std::size_t k = values.size() - n; k < values.size(); ++k) squares += std::pow(values[k] - mean, 2);
        REQUIRE(window.mean() == Approx(mean).epsilon(1e-12));
        REQUIRE(window.variance() == Approx(squares / static_cast<double>(n)).epsilon(1e-9).margin(1e-12));
    }
    CHECK(window.alarms() > 0);
    CHECK(window.size() <= 1600);
}

TEST_CASE("ADWIN's false alarms stay below its delta at each look") {
    // Theorem 3.1 of Bifet and Gavaldà: of a constant mean, at each step at most delta.
    std::mt19937_64 random(4);
    std::uniform_real_distribution<double> uniform(0, 1);
    for (const double delta : {0.3, 0.05}) {
        assay::index alarms = 0, looks = 0;
        for (int stream = 0; stream < 100; ++stream) {
            Adwin window({.delta = delta, .every = 1});
            for (int i = 0; i < 1000; ++i) window.update(uniform(random));
            alarms += window.alarms();
            looks += 1000;
        }
        CHECK(static_cast<double>(alarms) / static_cast<double>(looks) < delta);
    }
}

TEST_CASE("streams go on from their saved state, and no damaged one is read") {
    std::mt19937_64 random(5);
    std::normal_distribution<double> noise;
    PageHinkley test({.delta = 0.25, .threshold = 20}), later({.delta = 0.25, .threshold = 20});
    Adwin window({.width = 8}), later_window({.width = 8});
    for (int i = 0; i < 3000; ++i) {
        const double value = (i < 1500 ? 0 : 2) + noise(random);
        test.update(value);
        window.update(value);
        later.update(value);
        later_window.update(value);
        if (i % 97 == 0) {
            later = PageHinkley::from_bytes(later.to_bytes());
            later_window = Adwin::from_bytes(later_window.to_bytes());
        }
    }
    CHECK(later == test);
    CHECK(later_window == window);
    CHECK(test.alarms() > 0);
    CHECK(window.alarms() > 0);
    for (const std::string& bytes : {test.to_bytes(), window.to_bytes()}) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1);
            REQUIRE_THROWS_AS(PageHinkley::from_bytes(damaged), ValueError);
            REQUIRE_THROWS_AS(Adwin::from_bytes(damaged), ValueError);
        }
    }
    CHECK_THROWS_AS(Adwin({.delta = 1}), ValueError);
    CHECK_THROWS_AS(window.update(std::numeric_limits<double>::infinity()), ValueError);
}
