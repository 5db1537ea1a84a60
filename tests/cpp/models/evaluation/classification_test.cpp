#include <cmath>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/models/evaluation/f1.hpp"
#include "assay/models/evaluation/precision_recall.hpp"
#include "assay/models/evaluation/threshold.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

using Positives = std::vector<std::uint8_t>;
using Classes = std::vector<index>;

}  // namespace

TEST_CASE("Average precision is that of the documented example", "[classification]") {
    // scikit-learn's average_precision_score: 0.83 for these scores.
    const std::vector<double> scores{0.1, 0.4, 0.35, 0.8};
    const Positives positive{0, 0, 1, 1};
    const AveragePrecision found = average_precision(scores, positive, {.replicates = 200});
    CHECK(found.value.value() == Approx(0.5 * 1 + 0.5 * 2 / 3));
    REQUIRE(found.interval);
    CHECK(found.interval->low <= *found.value);
    CHECK(found.interval->high == 1);
    const auto curve = precision_recall_curve(scores, positive).value();
    CHECK(curve.precision == std::vector<double>{1, 0.5, 2.0 / 3, 0.5});
    CHECK(curve.recall == std::vector<double>{0.5, 0.5, 1, 1});
    CHECK(curve.threshold == std::vector<double>{0.8, 0.4, 0.35, 0.1});
}

TEST_CASE("Equal scores are one step of the precision-recall curve", "[classification]") {
    const std::vector<double> scores{1, 1, 1, 1};
    CHECK(average_precision(scores, Positives{1, 0, 0, 0}).value.value() == 0.25);
    CHECK(average_precision(scores, Positives{0, 0, 0, 1}).value.value() == 0.25);
    CHECK_FALSE(average_precision(scores, Positives{0, 0, 0, 0}).value);
    CHECK_FALSE(average_precision({}, {}).value);
    CHECK_FALSE(precision_recall_curve(scores, Positives{0, 0, 0, 0}));
    const AveragePrecision all = average_precision(scores, Positives{1, 1, 1, 1});
    CHECK(all.value.value() == 1);
    CHECK_FALSE(all.interval);
    CHECK_THROWS_AS(average_precision(scores, Positives{1}), ShapeError);
    CHECK_THROWS_AS(average_precision(std::vector<double>{std::nan("")}, Positives{1}), ValueError);
}

TEST_CASE("The bootstrap interval of average precision covers what it should", "[classification]") {
    // The average precision of ten thousand cases is taken for the true one; intervals of 60 cases hold it as often as
    // they say, but for what a bootstrap of few cases lacks.
    Rng rng(5);
    const auto draw = [&rng](index n, std::vector<double>& scores, Positives& positive) {
        for (index i = 0; i < n; ++i) {
            positive.push_back(rng.uniform() < 0.3);
            scores.push_back(rng.normal() + positive.back());
        }
    };
    std::vector<double> many;
    Positives truth;
    draw(10'000, many, truth);
    const double expected = average_precision(many, truth, {.replicates = 1}).value.value();
    int held = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::vector<double> scores;
        Positives positive;
        draw(60, scores, positive);
        const auto interval = average_precision(scores, positive, {.seed = seed, .replicates = 300}).interval.value();
        held += interval.low <= expected && expected <= interval.high;
    }
    CHECK(held > 200 * 0.88);
    CHECK(held < 200);
}

TEST_CASE("F1 says its average, and averages differ", "[classification]") {
    // scikit-learn's f1_score: macro 0.26…, micro 0.33…, weighted 0.26… of these.
    const Classes truth{0, 1, 2, 0, 1, 2}, predicted{0, 2, 1, 0, 0, 1};
    const auto of = [&](Average average) { return f1_score(truth, predicted, 3, average, 1, {.replicates = 100}); };
    CHECK(of(Average::macro).value.value() == Approx(0.8 / 3));
    CHECK(of(Average::micro).value.value() == Approx(2.0 / 6));
    CHECK(of(Average::weighted).value.value() == Approx(0.8 / 3));
    CHECK(of(Average::binary).value.value() == 0);
    CHECK(f1_score(truth, predicted, 3, Average::binary, 0).value.value() == Approx(0.8));
    CHECK(name_of(of(Average::macro).average) == "macro");
    CHECK(name_of(Average::binary) == "binary");
    CHECK(name_of(Average::weighted) == "weighted");
    CHECK(name_of(Average::micro) == "micro");
    const auto interval = of(Average::macro).interval.value();
    CHECK(interval.low < 0.8 / 3);
    CHECK(interval.high > 0.8 / 3);
}

TEST_CASE("On a rare class the weighted F1 hides what the binary one shows", "[classification]") {
    Classes truth(100, 0), nothing(100, 0);
    for (std::size_t i = 0; i < 5; ++i) truth[i] = 1;
    CHECK(f1_score(truth, nothing, 2, Average::weighted).value.value() == Approx(0.95 * 190 / 195));
    CHECK(f1_score(truth, nothing, 2, Average::binary).value.value() == 0);
    CHECK(f1_score(truth, nothing, 2, Average::macro).value.value() == Approx(95.0 / 195));
}

TEST_CASE("What a confusion matrix does not know is NaN", "[classification]") {
    const ConfusionMatrix confusion = confusion_matrix(Classes{0, 0, 1}, Classes{0, 2, 0}, 4);
    CHECK(confusion.counts == Classes{1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    const auto scores = class_scores(confusion);
    CHECK(scores[0].precision == 0.5);
    CHECK(scores[0].recall == 0.5);
    CHECK(std::isnan(scores[1].precision));
    CHECK(scores[1].recall == 0);
    CHECK(scores[1].f1 == 0);
    CHECK(std::isnan(scores[2].recall));
    CHECK(std::isnan(scores[3].f1));
    CHECK(f1_score(Classes{0, 0, 1}, Classes{0, 2, 0}, 4, Average::macro).value.value() == Approx(0.5 / 3));
    CHECK_FALSE(f1_score(Classes{0, 0}, Classes{0, 0}, 2, Average::binary).value);
    CHECK_FALSE(f1_score(Classes{}, Classes{}, 2, Average::macro).value);
    CHECK_THROWS_AS(confusion_matrix(Classes{0}, Classes{2}, 2), ValueError);
    CHECK_THROWS_AS(confusion_matrix(Classes{0}, Classes{0, 1}, 2), ShapeError);
    CHECK_THROWS_AS(f1_score(Classes{0}, Classes{0}, 2, Average::binary, 2), ValueError);
}

TEST_CASE("The threshold of the largest F1 is that of all thresholds tried", "[classification]") {
    Rng rng(9);
    for (const ThresholdAim aim : {ThresholdAim::f1, ThresholdAim::youden}) {
        for (int repeat = 0; repeat < 50; ++repeat) {
            std::vector<double> scores;
            Positives positive{1, 0};
            for (int i = 0; i < 30; ++i) scores.push_back(static_cast<double>(rng.integer(0, 12)) / 4);
            while (positive.size() < scores.size()) positive.push_back(rng.uniform() < 0.3);
            const ThresholdChoice choice = choose_threshold(scores, positive, aim);
            double best = -1, at_choice = -1;
            for (double t = -0.125; t < 4; t += 0.0625) {
                double hits = 0, alarms = 0;
                for (std::size_t i = 0; i < scores.size(); ++i) {
                    if (scores[i] >= t) (positive[i] ? hits : alarms) += 1;
                }
                const auto p = static_cast<double>(choice.positives), n = static_cast<double>(choice.negatives);
                const double value = aim == ThresholdAim::f1 ? 2 * hits / (hits + alarms + p) : hits / p - alarms / n;
                best = std::max(best, value);
                if (t == choice.threshold) at_choice = value;
            }
            CHECK(choice.value == Approx(best));
            CHECK(at_choice == Approx(best));
        }
    }
}

TEST_CASE("A threshold lies halfway, and its precision and recall are counted", "[classification]") {
    const ThresholdChoice choice = choose_threshold(std::vector<double>{0.2, 0.4, 0.6, 0.9}, Positives{0, 1, 0, 1});
    CHECK(choice.threshold == Approx(0.3));
    CHECK(choice.value == Approx(0.8));
    CHECK(choice.precision == Approx(2.0 / 3));
    CHECK(choice.recall == 1);
    const double low = 1, next = std::nextafter(low, 2.0);
    CHECK(choose_threshold(std::vector<double>{low, next}, Positives{0, 1}).threshold == next);
    CHECK_THROWS_AS(choose_threshold(std::vector<double>{0.1, 0.2}, Positives{1, 1}), ValueError);
    CHECK_THROWS_AS(choose_threshold(std::vector<double>{0.1, INFINITY}, Positives{1, 0}), ValueError);
    CHECK_THROWS_AS(choose_threshold(std::vector<double>{0.1}, Positives{1, 0}), ShapeError);
}
