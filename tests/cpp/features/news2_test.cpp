#include "assay/features/news2.hpp"

#include <vector>

#include "catch.hpp"

using namespace assay::features;

namespace {

/// Chart 1 of the RCP report, written out value by value on both sides of every boundary.
struct Row {
    double value;
    int points;
};

Observation healthy() {
    return {.heart_rate = 70,
            .systolic_bp = 120,
            .spo2 = 98,
            .temperature = 37.0,
            .respiratory_rate = 16,
            .on_oxygen = false,
            .consciousness = Consciousness::Alert};
}

}  // namespace

TEST_CASE("NEWS2 points on every boundary of the chart") {
    for (auto [value, points] :
         std::vector<Row>{{8, 3}, {9, 1}, {11, 1}, {12, 0}, {20, 0}, {21, 2}, {24, 2}, {25, 3}}) {
        CHECK(news2_respiratory_rate(value) == points);
    }
    for (auto [value, points] : std::vector<Row>{{91, 3}, {92, 2}, {93, 2}, {94, 1}, {95, 1}, {96, 0}, {100, 0}}) {
        CHECK(news2_spo2(value, Spo2Scale::One, false) == points);
        CHECK(news2_spo2(value, Spo2Scale::One, std::nullopt) == points);
    }
    for (auto [value, points] : std::vector<Row>{{83, 3}, {84, 2}, {85, 2}, {86, 1}, {87, 1}, {88, 0}, {92, 0}}) {
        CHECK(news2_spo2(value, Spo2Scale::Two, true) == points);
        CHECK(news2_spo2(value, Spo2Scale::Two, false) == points);
    }
    for (auto [value, points] : std::vector<Row>{{93, 1}, {94, 1}, {95, 2}, {96, 2}, {97, 3}, {100, 3}}) {
        CHECK(news2_spo2(value, Spo2Scale::Two, true) == points);
        CHECK(news2_spo2(value, Spo2Scale::Two, false) == 0);
        CHECK_FALSE(news2_spo2(value, Spo2Scale::Two, std::nullopt).has_value());
    }
    for (auto [value, points] :
         std::vector<Row>{{90, 3}, {91, 2}, {100, 2}, {101, 1}, {110, 1}, {111, 0}, {219, 0}, {220, 3}}) {
        CHECK(news2_systolic_bp(value) == points);
    }
    for (auto [value, points] : std::vector<Row>{
             {40, 3}, {41, 1}, {50, 1}, {51, 0}, {90, 0}, {91, 1}, {110, 1}, {111, 2}, {130, 2}, {131, 3}}) {
        CHECK(news2_pulse(value) == points);
    }
    for (auto [value, points] :
         std::vector<Row>{{35.0, 3}, {35.1, 1}, {36.0, 1}, {36.1, 0}, {38.0, 0}, {38.1, 1}, {39.0, 1}, {39.1, 2}}) {
        CHECK(news2_temperature(value) == points);
    }
}

TEST_CASE("NEWS2 rounds to the chart's resolution before it looks up") {
    CHECK(news2_temperature(38.04) == 0);
    CHECK(news2_temperature(38.06) == 1);
    CHECK(news2_pulse(90.4) == 0);
    CHECK(news2_pulse(90.5) == 1);
}

TEST_CASE("NEWS2 totals, bands and the single red score") {
    CHECK(news2(healthy()).score.total == 0);
    CHECK(news2(healthy()).risk == News2Risk::Low);

    Observation worst{.heart_rate = 140,
                      .systolic_bp = 80,
                      .spo2 = 85,
                      .temperature = 34.0,
                      .respiratory_rate = 30,
                      .on_oxygen = true,
                      .consciousness = Consciousness::Unresponsive};
    CHECK(news2(worst).score.total == 20);
    CHECK(news2(worst).risk == News2Risk::High);

    Observation red = healthy();
    red.consciousness = Consciousness::NewConfusion;
    CHECK(news2(red).score.total == 3);
    CHECK(news2(red).risk == News2Risk::LowMedium);

    Observation five = healthy();
    five.on_oxygen = true;
    five.respiratory_rate = 22;
    five.heart_rate = 95;
    CHECK(news2(five).score.total == 5);
    CHECK(news2(five).risk == News2Risk::Medium);
    five.heart_rate = 131;
    CHECK(news2(five).score.total == 7);
    CHECK(news2(five).risk == News2Risk::High);
}

TEST_CASE("a missing NEWS2 input gives no total, never a silent 0") {
    Observation o = healthy();
    o.temperature = kMissing;
    o.consciousness.reset();
    const News2 result = news2(o);
    CHECK_FALSE(result.score.total.has_value());
    CHECK(result.score.n_missing == 2);
    CHECK_FALSE(result.risk.has_value());
    CHECK(news2(Observation{}).score.n_missing == 7);
    CHECK_FALSE(news2_pulse(std::numeric_limits<double>::infinity()).has_value());

    o.respiratory_rate = 30;
    o.spo2 = 80;
    o.heart_rate = 135;
    CHECK(news2(o).score.known_points == 9);
    CHECK(news2(o).risk == News2Risk::High);
}
