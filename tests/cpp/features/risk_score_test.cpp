#include "assay/features/risk_score.hpp"

#include <cmath>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay::features;

TEST_CASE("risk score of the documented example") {
    CHECK(risk_score(118.9, 144.7, 87.1, kMissing, kMissing) == 0.5);
    CHECK(risk_score(118.9, 144.7, 87.1, 18, 37.5) == 0.5);
}

TEST_CASE("risk score bands at their ends") {
    const auto spo2 = [](double value) { return risk_score(80, 120, value, 16, 37); };
    CHECK(spo2(94) == 0.0);
    CHECK(spo2(93.9) == 0.15);
    CHECK(spo2(90) == 0.15);
    CHECK(spo2(89.9) == 0.30);
    const auto rate = [](double value) { return risk_score(value, 120, 98, 16, 37); };
    CHECK(rate(60) == 0.0);
    CHECK(rate(59) == 0.10);
    CHECK(rate(49) == 0.20);
    CHECK(rate(100) == 0.0);
    CHECK(rate(101) == 0.10);
    CHECK(rate(110) == 0.10);
    CHECK(rate(111) == 0.20);
    const auto pressure = [](double value) { return risk_score(80, value, 98, 16, 37); };
    CHECK(pressure(99) == 0.10);
    CHECK(pressure(89) == 0.20);
    CHECK(pressure(160) == 0.0);
    CHECK(pressure(161) == 0.10);
    CHECK(pressure(181) == 0.20);
    CHECK(risk_score(80, 120, 98, 21, 37) == 0.05);
    CHECK(risk_score(80, 120, 98, 25, 37) == 0.15);
    CHECK(risk_score(80, 120, 98, 16, 38.1) == 0.05);
    CHECK(risk_score(80, 120, 98, 16, 39.1) == 0.15);
    CHECK(risk_score(200, 60, 50, 40, 41) == Approx(1.0));
}

TEST_CASE("risk score without a core vital sign is missing, not 0") {
    CHECK(std::isnan(risk_score(kMissing, 120, 98, 16, 37)));
    CHECK(std::isnan(risk_score(80, kMissing, 98, 16, 37)));
    CHECK(std::isnan(risk_score(80, 120, kMissing, 16, 37)));
    CHECK(risk_score(80, 120, 98, kMissing, kMissing) == 0.0);
}

TEST_CASE("risk score over columns equals the score row by row") {
    const std::vector<double> rate{80, 118.9, kMissing}, pressure{120, 144.7, 120}, spo2{98, 87.1, 97};
    std::vector<double> out(3);
    risk_score(rate, pressure, spo2, {}, {}, out);
    CHECK(out[0] == 0.0);
    CHECK(out[1] == 0.5);
    CHECK(std::isnan(out[2]));
    std::vector<double> two(2);
    CHECK_THROWS_AS(risk_score(rate, pressure, spo2, {}, {}, two), assay::ShapeError);
}

TEST_CASE("weights that make no sense are refused") {
    RiskWeights heavy;
    heavy.spo2.severe = 0.9;
    CHECK_THROWS_AS(validate(heavy), assay::ValueError);
    RiskWeights crossed;
    crossed.heart_rate.mild_low = 200;
    CHECK_THROWS_WITH(validate(crossed), Catch::Contains("heart_rate"));
    CHECK_NOTHROW(validate(RiskWeights{}));
}
