#include "assay/models/clip/zero_shot.hpp"

#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

TEST_CASE("Labels are ranked by cosine with softmax probabilities", "[clip]") {
    const std::vector<float> image{1, 0};
    const std::vector<float> labels{0, 1, 1, 0, 0.6F, 0.8F};
    const LabelRanking found = rank_labels(image, labels, 2.0);
    REQUIRE(found.matches.size() == 3);
    CHECK(found.matches[0].label == 1);
    CHECK(found.matches[1].label == 2);
    CHECK(found.matches[2].label == 0);
    const double sum = std::exp(2.0) + std::exp(1.2) + 1;
    CHECK(found.matches[0].probability == Approx(std::exp(2.0) / sum).margin(1e-7));
    CHECK(found.matches[2].probability == Approx(1 / sum).margin(1e-7));
    CHECK(found.margin == Approx((std::exp(2.0) - std::exp(1.2)) / sum).margin(1e-7));
}

TEST_CASE("Equal labels keep their order, and one label alone has a margin of one", "[clip]") {
    const std::vector<float> image{1, 0}, twice{0, 1, 0, 1}, once{0, 1};
    const LabelRanking found = rank_labels(image, twice, 100);
    CHECK(found.matches[0].label == 0);
    CHECK(found.margin == 0);
    CHECK(rank_labels(image, once, 100).margin == 1);
    CHECK(rank_labels(image, once, 1e300).matches[0].probability == 1);
}

TEST_CASE("Labels that cannot be ranked are refused", "[clip]") {
    const std::vector<float> image{1, 0}, none, odd{1, 0, 1}, nan{std::nanf(""), 0}, one{1, 0};
    CHECK_THROWS_AS(rank_labels(image, none, 1), ShapeError);
    CHECK_THROWS_AS(rank_labels(image, odd, 1), ShapeError);
    CHECK_THROWS_AS(rank_labels(image, nan, 1), ValueError);
    CHECK_THROWS_AS(rank_labels(image, one, 0), ValueError);
    CHECK_THROWS_AS(rank_labels(image, one, std::numeric_limits<double>::infinity()), ValueError);
}

TEST_CASE("Prompts of a label are averaged and scaled", "[clip]") {
    const std::vector<float> prompts{1, 0, 0, 1, 0, 1};
    const std::vector<index> ends{2, 3};
    const std::vector<float> means = average_prompts(prompts, ends, 2);
    REQUIRE(means.size() == 4);
    CHECK(means[0] == Approx(std::sqrt(0.5)).margin(1e-7));
    CHECK(means[1] == Approx(std::sqrt(0.5)).margin(1e-7));
    CHECK(means[3] == 1);
    const std::vector<float> opposite{1, 0, -1, 0};
    const std::vector<index> both{2}, gap{2, 2}, more{3};
    CHECK_THROWS_AS(average_prompts(opposite, both, 2), ValueError);
    CHECK_THROWS_AS(average_prompts(opposite, gap, 2), ValueError);
    CHECK_THROWS_AS(average_prompts(opposite, more, 2), ShapeError);
    const std::vector<index> beyond{10'000'000, 2}, before{-1, 2}, none;
    CHECK_THROWS_WITH(average_prompts(opposite, beyond, 2), Catch::Matchers::Contains("label 1 has no prompts"));
    CHECK_THROWS_WITH(average_prompts(opposite, before, 2), Catch::Matchers::Contains("label 0 has no prompts"));
    CHECK_THROWS_AS(average_prompts(opposite, none, 2), ShapeError);
    CHECK(average_prompts({}, none, 2).empty());
}
