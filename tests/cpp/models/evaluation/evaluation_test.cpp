#include <cmath>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/evaluation/interval.hpp"
#include "assay/models/evaluation/proper_scores.hpp"
#include "assay/models/evaluation/reliability.hpp"
#include "assay/models/evaluation/top_k.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {
using Marks = std::vector<std::uint8_t>;
}

TEST_CASE("Wilson's interval gives published values", "[evaluation]") {
    // Newcombe 1998, Stat Med 17:857, table I, method 3: to four digits.
    const auto check = [](index hits, index total, double low, double high) {
        const Proportion p = wilson_proportion(hits, total);
        CHECK(p.interval.low == Approx(low).margin(5e-5));
        CHECK(p.interval.high == Approx(high).margin(5e-5));
    };
    check(81, 263, 0.2553, 0.3662);
    check(15, 148, 0.0624, 0.1605);
    check(0, 20, 0.0000, 0.1611);
    check(1, 29, 0.0061, 0.1718);
    CHECK(wilson_proportion(20, 20).interval.high == 1);
    CHECK(std::isnan(wilson_proportion(0, 0).value));
    CHECK(wilson_proportion(0, 0).interval.high == 1);
    CHECK_THROWS_AS(wilson_proportion(2, 1), ValueError);
    CHECK_THROWS_AS(wilson_proportion(-1, 1), ValueError);
    CHECK_THROWS_AS(wilson_proportion(1, 2, 0), ValueError);
    CHECK(normal_multiplier(0.95) == Approx(1.959963984540054).epsilon(1e-14));
}

TEST_CASE("Top-k accuracy counts rows and labels, equal scores in the order given", "[evaluation]") {
    const std::vector<double> scores{0.5, 0.3, 0.2,  //
                                     0.1, 0.6, 0.3,  //
                                     0.4, 0.4, 0.2,  //
                                     0.4, 0.4, 0.2};
    const Marks truth{1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0};
    const TopK first = top_k_accuracy(scores, truth, 3, 1);
    CHECK(first.cases.hits == 2);
    CHECK(first.cases.total == 4);
    CHECK(first.labels[0].value == 1);
    CHECK(first.labels[1].value == 0);
    CHECK(first.labels[2].value == 0);
    CHECK(first.macro == Approx(1.0 / 3));
    CHECK(top_k_accuracy(scores, truth, 3, 2).cases.hits == 4);
    CHECK(top_k_accuracy(scores, truth, 3, 99).cases.value == 1);
    // Of several true labels one suffices for the row; each counts for itself.
    const std::vector<double> row{0.5, 0.3, 0.2};
    const Marks two{1, 0, 1};
    const TopK several = top_k_accuracy(row, two, 3, 1);
    CHECK(several.cases.value == 1);
    CHECK(several.labels[0].value == 1);
    CHECK(several.labels[2].value == 0);
    CHECK(std::isnan(several.labels[1].value));
    CHECK(several.macro == 0.5);

    const Marks without{0, 0, 0};
    CHECK_THROWS_WITH(top_k_accuracy(row, without, 3, 1), Catch::Contains("row 0 has no true label"));
    CHECK_THROWS_AS(top_k_accuracy(row, two, 3, 0), ValueError);
    CHECK_THROWS_AS(top_k_accuracy(row, two, 2, 1), ShapeError);
    CHECK(std::isnan(top_k_accuracy({}, {}, 3, 1).cases.value));
}

TEST_CASE("Reliability in bins of equal width is what hand calculation gives", "[evaluation]") {
    const std::vector<double> p{0.05, 0.15, 0.15, 0.95, 1.0};
    const Marks came_true{0, 1, 0, 1, 1};
    const Reliability found = reliability(p, came_true);
    REQUIRE(found.bins.size() == 10);
    CHECK(found.bins[0].observed.total == 1);
    CHECK(found.bins[1].observed.total == 2);
    CHECK(found.bins[1].observed.value == 0.5);
    CHECK(found.bins[9].observed.total == 2);  // 1 belongs to the last bin
    CHECK(std::isnan(found.bins[5].mean_probability));
    // (0.05 + 2 · 0.35 + 2 · 0.025) / 5
    CHECK(found.expected_error == Approx(0.16));
    CHECK(found.largest_error == Approx(0.35));
    CHECK(found.expected_error_interval.has_value());
}

TEST_CASE("Edges belong to the bin above them", "[evaluation]") {
    std::vector<double> p;
    for (int i = 0; i <= 10; ++i) p.push_back(i / 10.0);
    const Reliability found = reliability(p, Marks(p.size(), 1));
    for (std::size_t bin = 0; bin < 10; ++bin) CHECK(found.bins[bin].observed.total == (bin == 9 ? 2 : 1));
}

TEST_CASE("Bins of equal count keep equal probabilities together", "[evaluation]") {
    std::vector<double> p;
    Marks came_true;
    for (int i = 0; i < 100; ++i) p.push_back(i / 100.0), came_true.push_back(i % 2 != 0);
    const Reliability even = reliability(p, came_true, 4, Binning::equal_count);
    REQUIRE(even.bins.size() == 4);
    for (const ReliabilityBin& bin : even.bins) CHECK(bin.observed.total == 25);
    CHECK(even.bins[1].low == 0.25);
    const std::vector<double> tied(50, 0.3);
    const Reliability one = reliability(tied, Marks(50, 0), 4, Binning::equal_count);
    REQUIRE(one.bins.size() == 1);
    CHECK(one.bins[0].observed.total == 50);
    CHECK(one.expected_error == Approx(0.3));
}

TEST_CASE("Reliability of nothing, of one case, and of what is no probability", "[evaluation]") {
    const Reliability none = reliability({}, {});
    CHECK(std::isnan(none.expected_error));
    CHECK_FALSE(none.expected_error_interval);
    CHECK(reliability({}, {}, 5, Binning::equal_count).bins.empty());
    const std::vector<double> single{0.7}, nan{0.1, std::nan("")}, high{1.1};
    CHECK(reliability(single, Marks{1}).expected_error == Approx(0.3));
    CHECK_THROWS_WITH(reliability(nan, Marks{1, 1}), Catch::Contains("value 1 is NaN"));
    CHECK_THROWS_AS(reliability(high, Marks{1}), ValueError);
    CHECK_THROWS_AS(reliability(single, Marks{}), ShapeError);
    CHECK_THROWS_AS(reliability(single, Marks{1}, 0), ValueError);
}

TEST_CASE("The bootstrap is the same at any number of threads, and covers what it should", "[evaluation]") {
    Rng rng(9);
    std::vector<double> p;
    Marks came_true;
    for (int i = 0; i < 500; ++i) {
        p.push_back(rng.uniform());
        came_true.push_back(rng.uniform() < p.back() * p.back());
    }
    set_num_threads(1);
    const Reliability one = reliability(p, came_true, 10, Binning::equal_count, {1, 400, 0.9});
    set_num_threads(3);
    const Reliability three = reliability(p, came_true, 10, Binning::equal_count, {1, 400, 0.9});
    CHECK(one.expected_error_interval->low == three.expected_error_interval->low);
    CHECK(one.expected_error_interval->high == three.expected_error_interval->high);

    // The mean of n numbers: the interval is near mean ± z s / √n.
    double mean = 0, squares = 0;
    for (const double v : p) mean += v / 500;
    for (const double v : p) squares += (v - mean) * (v - mean) / 499;
    const auto interval = bootstrap_interval(500, [&](std::span<const std::int32_t> counts) {
        double sum = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) sum += counts[i] * p[i];
        return sum / 500;
    });
    const double reach = 1.96 * std::sqrt(squares / 500);
    CHECK(interval->low == Approx(mean - reach).margin(0.1 * reach));
    CHECK(interval->high == Approx(mean + reach).margin(0.1 * reach));
    CHECK_FALSE(bootstrap_interval(10, [](auto) { return std::nan(""); }));
    CHECK_FALSE(bootstrap_interval(0, [](auto) { return 1.0; }));
    CHECK_THROWS_AS(bootstrap_interval(1, [](auto) { return 1.0; }, {0, 0, 0.95}), ValueError);
}

TEST_CASE("Brier's score and the log-likelihood are what hand calculation gives", "[evaluation]") {
    const std::vector<double> p{0.7, 0.2, 0.1, 0.3, 0.3, 0.4};
    const std::vector<index> truth{0, 1}, outside{0, 3}, one{0};
    CHECK(brier_score(p, truth, 3) == Approx((0.09 + 0.04 + 0.01 + 0.09 + 0.49 + 0.16) / 2));
    CHECK(negative_log_likelihood(p, truth, 3) == Approx(-(std::log(0.7) + std::log(0.3)) / 2));
    CHECK_THROWS_AS(brier_score(p, outside, 3), ValueError);
    CHECK_THROWS_AS(brier_score(p, one, 3), ShapeError);
    CHECK_THROWS_AS(brier_score(p, truth, 4), ShapeError);
    CHECK(std::isnan(brier_score({}, {}, 3)));
    const std::vector<double> sure{0, 1};
    CHECK(std::isinf(negative_log_likelihood(sure, one, 2)));
    CHECK(brier_score(sure, one, 2) == 2);
}
