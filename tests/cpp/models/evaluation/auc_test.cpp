#include "assay/models/evaluation/auc.hpp"

#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/evaluation/macro_auc.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

using Marks = std::vector<std::uint8_t>;

/// DeLong's variance as in the paper of 1988: every pair is compared.
double delong_error_by_pairs(const std::vector<double>& scores, const Marks& positive) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i < scores.size(); ++i) (positive[i] ? x : y).push_back(scores[i]);
    const auto psi = [](double a, double b) { return a > b ? 1.0 : a == b ? 0.5 : 0.0; };
    std::vector<double> of_x(x.size()), of_y(y.size());
    double area = 0;
    const auto m = static_cast<double>(x.size()), n = static_cast<double>(y.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < y.size(); ++j) {
            of_x[i] += psi(x[i], y[j]) / n;
            of_y[j] += psi(x[i], y[j]) / m;
            area += psi(x[i], y[j]) / (m * n);
        }
    }
    double s10 = 0, s01 = 0;
    for (const double v : of_x) s10 += (v - area) * (v - area) / (m - 1);
    for (const double v : of_y) s01 += (v - area) * (v - area) / (n - 1);
    return std::sqrt(s10 / m + s01 / n);
}

}  // namespace

TEST_CASE("The AUC counts pairs, and ties by half", "[evaluation]") {
    const std::vector<double> scores{0.1, 0.4, 0.35, 0.8};
    const Marks positive{0, 0, 1, 1};
    const Auc auc = area_under_roc(scores, positive);
    CHECK(auc.value.value() == Approx(0.75));  // scikit-learn's documented example
    CHECK(auc.positives == 2);
    CHECK(auc.negatives == 2);
    const std::vector<double> tied{0.5, 0.5, 0.5, 0.5};
    CHECK(area_under_roc(tied, positive).value.value() == 0.5);
    CHECK_FALSE(area_under_roc(tied, positive).interval);
}

TEST_CASE("DeLong's variance by midranks is that by pairs, ties included", "[evaluation]") {
    Rng rng(3);
    for (const int levels : {3, 7, 1'000'000}) {
        for (int repeat = 0; repeat < 20; ++repeat) {
            std::vector<double> scores;
            Marks positive;
            for (int i = 0; i < 40; ++i) {
                positive.push_back(i % 3 == 0);
                scores.push_back(static_cast<double>(rng.integer(0, levels)) + (i % 3 == 0 ? 0.4 * levels : 0.0));
            }
            const Auc auc = area_under_roc(scores, positive);
            CHECK(auc.standard_error.value() == Approx(delong_error_by_pairs(scores, positive)).margin(1e-12));
        }
    }
}

TEST_CASE("DeLong's interval covers the true area as often as it says", "[evaluation]") {
    // Two normal groups one standard deviation apart: the area is the normal distribution at 1/√2.
    const double area = 0.5 * std::erfc(-0.5);
    int covered = 0;
    for (std::uint64_t study = 0; study < 1000; ++study) {
        Rng rng(21, study);
        std::vector<double> scores;
        Marks positive;
        for (int i = 0; i < 300; ++i) {
            positive.push_back(i % 3 == 0);
            scores.push_back(rng.normal() + positive.back());
        }
        const Interval interval = area_under_roc(scores, positive).interval.value();
        covered += interval.low <= area && area <= interval.high;
    }
    CHECK(covered >= 935);
    CHECK(covered <= 965);
}

TEST_CASE("An AUC that is not defined is absent", "[evaluation]") {
    const std::vector<double> two{1, 2}, three{1, 2, 3}, four{1, 2, 3, 4}, none;
    const Marks all{1, 1}, nobody{0, 0}, no_marks, one_of_three{0, 0, 1}, apart{0, 0, 1, 1};
    CHECK_FALSE(area_under_roc(two, all).value);
    CHECK_FALSE(area_under_roc(two, nobody).value);
    CHECK_FALSE(area_under_roc(none, no_marks).value);
    CHECK_FALSE(roc_curve(two, all));
    const Auc one_positive = area_under_roc(three, one_of_three);
    CHECK(one_positive.value.value() == 1);
    CHECK_FALSE(one_positive.standard_error);
    // Complete separation: the variance is 0 and says nothing.
    const Auc separated = area_under_roc(four, apart);
    CHECK(separated.standard_error.value() == 0);
    CHECK_FALSE(separated.interval);
}

TEST_CASE("Scores that cannot be ordered are refused by position", "[evaluation]") {
    const std::vector<double> nan{1, std::nan(""), 2}, infinite{-INFINITY, 0, INFINITY};
    const Marks positive{0, 1, 1}, short_marks{1};
    CHECK_THROWS_WITH(area_under_roc(nan, positive), Catch::Contains("score 1 is NaN"));
    CHECK_THROWS_WITH(roc_curve(nan, positive), Catch::Contains("score 1 is NaN"));
    CHECK_THROWS_AS(area_under_roc(nan, short_marks), ShapeError);
    CHECK_THROWS_AS(area_under_roc(infinite, positive, 1.0), ValueError);
    CHECK(area_under_roc(infinite, positive).value.value() == 1);
}

TEST_CASE("The trapezoids under the ROC curve are the AUC", "[evaluation]") {
    Rng rng(4);
    std::vector<double> scores;
    Marks positive;
    for (int i = 0; i < 300; ++i) {
        positive.push_back(rng.uniform() < 0.3);
        scores.push_back(std::round(10 * (rng.normal() + positive.back())));
    }
    const RocCurve curve = roc_curve(scores, positive).value();
    double area = 0;
    for (std::size_t i = 1; i < curve.threshold.size(); ++i) {
        area += (curve.false_positive_rate[i] - curve.false_positive_rate[i - 1]) *
                (curve.true_positive_rate[i] + curve.true_positive_rate[i - 1]) / 2;
        CHECK(curve.threshold[i] < curve.threshold[i - 1]);
    }
    CHECK(area == Approx(area_under_roc(scores, positive).value.value()).margin(1e-12));
    CHECK(curve.true_positive_rate.front() == 0);
    CHECK(curve.false_positive_rate.back() == 1);
}

TEST_CASE("The mean AUC leaves out what is not defined, with the same bootstrap at any number of threads",
          "[evaluation]") {
    Rng rng(5);
    const index labels = 3, rows = 200;
    std::vector<double> scores;
    Marks truth;
    for (index row = 0; row < rows; ++row) {
        const index is = rng.integer(0, 1);
        for (index label = 0; label < labels; ++label) {
            truth.push_back(label == is);  // label 2 never occurs
            scores.push_back(rng.normal() + (label == is ? 1.0 : 0.0));
        }
    }
    set_num_threads(1);
    const LabelAucs one = label_aucs(scores, truth, labels, {7, 500, 0.95});
    set_num_threads(4);
    const LabelAucs four = label_aucs(scores, truth, labels, {7, 500, 0.95});
    CHECK(one.defined == 2);
    CHECK_FALSE(one.labels[2].value);
    CHECK(one.macro.value() == (*one.labels[0].value + *one.labels[1].value) / 2);
    CHECK(one.interval->low == four.interval->low);
    CHECK(one.interval->high == four.interval->high);
    CHECK(one.interval->low < *one.macro);
    CHECK(one.interval->high > *one.macro);
    const LabelAucs other = label_aucs(scores, truth, labels, {8, 500, 0.95});
    CHECK(other.interval->low != one.interval->low);

    const Marks nothing(scores.size(), 0);
    const LabelAucs undefined = label_aucs(scores, nothing, labels);
    CHECK(undefined.defined == 0);
    CHECK_FALSE(undefined.macro);
    CHECK_FALSE(undefined.interval);
}
