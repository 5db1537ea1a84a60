#include "assay/models/evaluation/temperature.hpp"

#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

TEST_CASE("The fitted temperature is where the closed form says", "[evaluation]") {
    // Two labels, cosines differing by d = 0.2, three of four images right: the best odds are 3, so scale / T = ln 3 /
    // d.
    const std::vector<float> similarities{0.2F, 0, 0.2F, 0, 0.2F, 0, 0.2F, 0};
    const std::vector<index> truth{0, 0, 0, 1};
    const TemperatureFit fit = fit_temperature(similarities, truth, 2, 100);
    CHECK(fit.temperature == Approx(100 / (std::log(3.0) / 0.2F)).margin(1e-4));
    CHECK(fit.loss_after < fit.loss_before);
    CHECK(fit.loss_after == Approx(-(3 * std::log(0.75) + std::log(0.25)) / 4).margin(1e-9));
    CHECK_FALSE(fit.at_limit);
    const std::vector<index> perfect{0, 0, 0, 0};
    CHECK(fit_temperature(similarities, perfect, 2, 100).at_limit);
}

TEST_CASE("Labelled data that determine nothing are refused", "[evaluation]") {
    const std::vector<float> similarities{0.2F, 0};
    const std::vector<index> truth{0}, outside{2}, none;
    CHECK_THROWS_AS(fit_temperature(similarities, none, 2, 1), ValueError);
    CHECK_THROWS_AS(fit_temperature(similarities, outside, 2, 1), ValueError);
    CHECK_THROWS_AS(fit_temperature(similarities, truth, 1, 1), ValueError);
    CHECK_THROWS_AS(fit_temperature(similarities, truth, 3, 1), ShapeError);
    CHECK_THROWS_AS(fit_temperature(similarities, truth, 2, -1), ValueError);
}

TEST_CASE("A temperature built into made-up data is found again", "[evaluation]") {
    // Labels drawn from softmax(logits / 2.5): the best temperature tends to 2.5.
    Rng rng(11);
    const index labels = 5, cases = 20'000;
    std::vector<float> logits;
    std::vector<index> truth;
    for (index i = 0; i < cases; ++i) {
        std::vector<float> row;
        for (index j = 0; j < labels; ++j) row.push_back(static_cast<float>(4 * rng.normal()));
        const std::vector<double> p = softmax_rows(row, labels, 1 / 2.5);
        double left = rng.uniform();
        index chosen = 0;
        while (chosen + 1 < labels && left >= p[static_cast<std::size_t>(chosen)]) {
            left -= p[static_cast<std::size_t>(chosen++)];
        }
        logits.insert(logits.end(), row.begin(), row.end());
        truth.push_back(chosen);
    }
    const TemperatureFit fit = fit_temperature(logits, truth, labels, 1);
    CHECK(fit.temperature == Approx(2.5).epsilon(0.03));
    CHECK(fit.loss_after < fit.loss_before);
    // No temperature near it is better.
    const auto loss = [&](double t) { return fit_temperature(logits, truth, labels, 1 / t).loss_before; };
    CHECK(fit.loss_after <= loss(fit.temperature * 1.0001));
    CHECK(fit.loss_after <= loss(fit.temperature / 1.0001));
    CHECK(fit.loss_after == Approx(loss(fit.temperature)).epsilon(1e-12));
}

TEST_CASE("Scores that determine no temperature are said to", "[evaluation]") {
    const std::vector<float> equal{1, 1, 1, 1}, wrong{0, 1, 0, 1};
    const std::vector<index> truth{0, 0};
    const TemperatureFit none = fit_temperature(equal, truth, 2, 1);
    CHECK(none.at_limit);
    CHECK(none.temperature == 1);
    const TemperatureFit always_wrong = fit_temperature(wrong, truth, 2, 1);
    CHECK(always_wrong.at_limit);
    CHECK(always_wrong.temperature == Approx(100));
    const std::vector<float> nan{std::numeric_limits<float>::quiet_NaN(), 1};
    const std::vector<index> first{0};
    CHECK_THROWS_WITH(fit_temperature(nan, first, 2, 1), Catch::Contains("score 0 is not"));
}

TEST_CASE("Probabilities of rows add up to one, however far the scores lie apart", "[evaluation]") {
    const std::vector<float> scores{0, 1, 2, 1e30F, -1e30F, 0};
    const std::vector<double> p = softmax_rows(scores, 3, 1);
    CHECK(p[2] == Approx(std::exp(2.0) / (1 + std::exp(1.0) + std::exp(2.0))));
    CHECK(p[0] + p[1] + p[2] == Approx(1));
    CHECK(p[3] == 1);
    CHECK(p[4] == 0);
    CHECK_THROWS_AS(softmax_rows(scores, 4, 1), ShapeError);
    CHECK_THROWS_AS(softmax_rows(scores, 3, 0), ValueError);
}
