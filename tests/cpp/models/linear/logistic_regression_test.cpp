#include "assay/models/linear/logistic_regression.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::models;

namespace {

using Codes = std::vector<std::int64_t>;
constexpr double no_penalty = std::numeric_limits<double>::infinity();

/// Temperatures (°F) of 23 flights and whether an O-ring was damaged: Dalal, Fowlkes & Hoadley 1989, J Am Stat Assoc
/// 84:945, table 1.
const std::vector<double> temperature{66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78,
                                      67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58};
const Codes damaged{0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1};

struct Made {
    std::vector<double> rows{};
    Codes labels{};
};

Made made_up(index n, index features, index classes) {
    Rng rng(11);
    Made out;
    for (index i = 0; i < n; ++i) {
        const std::int64_t label = rng.integer(0, classes - 1);
        for (index j = 0; j < features; ++j) {
            out.rows.push_back(rng.normal() + (j == label ? 1.0 : 0.0));
        }
        out.labels.push_back(label);
    }
    return out;
}

/// Penalised loss as it is defined, row by row.
double loss_of(const Made& data, const LogisticRegression& model, double c) {
    const std::vector<double> p = model.probabilities(data.rows);
    double loss = 0;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
        loss -= std::log(p[i * static_cast<std::size_t>(model.classes()) + static_cast<std::size_t>(data.labels[i])]);
    }
    for (const double w : model.coefficients()) loss += w * w / (2 * c);
    return loss / static_cast<double>(data.labels.size());
}

/// Weights of the classes that make their sums equal: at coefficients of 0 the gradient of the intercepts is then 0.
std::vector<double> balanced(const Made& data, index classes) {
    std::vector<double> out;
    for (std::int64_t c = 0; c < classes; ++c) {
        out.push_back(1.0 / static_cast<double>(std::count(data.labels.begin(), data.labels.end(), c)));
    }
    return out;
}

}  // namespace

TEST_CASE("The O-ring data give the published coefficients", "[logistic]") {
    const LogisticFit fit = fit_logistic_regression(temperature, 1, damaged, 2, {}, {.inverse_penalty = no_penalty});
    CHECK(fit.converged);
    CHECK(fit.model.intercepts()[0] == Approx(15.0429).margin(5e-5));
    CHECK(fit.model.coefficients()[0] == Approx(-0.2322).margin(5e-5));
    // At 31 °F, the temperature of the launch, damage is near certain.
    CHECK(fit.model.probabilities(std::vector<double>{31})[1] == Approx(0.9996).margin(5e-5));
    CHECK(fit.loss * 23 * 2 == Approx(20.315).margin(5e-4));  // the residual deviance
}

TEST_CASE("No step in any coordinate lowers the loss", "[logistic]") {
    for (const index classes : {2, 3, 5}) {
        const Made data = made_up(300, 5, classes);
        const double c = 0.7;
        const LogisticFit fit = fit_logistic_regression(data.rows, 5, data.labels, classes, {}, {.inverse_penalty = c});
        REQUIRE(fit.converged);
        const double least = loss_of(data, fit.model, c);
        CHECK(least == Approx(fit.loss).epsilon(1e-12));
        const std::vector<double> w(fit.model.coefficients().begin(), fit.model.coefficients().end());
        const std::vector<double> b(fit.model.intercepts().begin(), fit.model.intercepts().end());
        for (const double step : {-1e-3, 1e-3}) {
            for (std::size_t i = 0; i < w.size() + b.size(); ++i) {
                std::vector<double> moved_w = w, moved_b = b;
                (i < w.size() ? moved_w[i] : moved_b[i - w.size()]) += step;
                CHECK(loss_of(data, LogisticRegression(5, classes, moved_w, moved_b), c) > least);
            }
        }
    }
}

TEST_CASE("Weights count as repeated rows, of rows and of classes", "[logistic]") {
    const Made data = made_up(60, 3, 3);
    std::vector<double> weights;
    Made repeated;
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
        weights.push_back(static_cast<double>(i % 3));
        for (std::size_t times = 0; times < i % 3; ++times) {
            repeated.rows.insert(repeated.rows.end(), data.rows.begin() + static_cast<index>(3 * i),
                                 data.rows.begin() + static_cast<index>(3 * i + 3));
            repeated.labels.push_back(data.labels[i]);
        }
    }
    const auto weighted = fit_logistic_regression(data.rows, 3, data.labels, 3, weights);
    const auto plain = fit_logistic_regression(repeated.rows, 3, repeated.labels, 3);
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(weighted.model.coefficients()[i] == Approx(plain.model.coefficients()[i]).margin(1e-8));
    }
    const LogisticOptions of_class{.class_weights = {1, 2, 0.5}};
    std::vector<double> by_row;
    for (const auto label : data.labels) by_row.push_back(of_class.class_weights[static_cast<std::size_t>(label)]);
    const auto by_class = fit_logistic_regression(data.rows, 3, data.labels, 3, {}, of_class);
    const auto the_same = fit_logistic_regression(data.rows, 3, data.labels, 3, by_row);
    for (std::size_t i = 0; i < 9; ++i) {
        CHECK(by_class.model.coefficients()[i] == Approx(the_same.model.coefficients()[i]).margin(1e-12));
    }
}

TEST_CASE("What has no finite solution is not called converged", "[logistic]") {
    const std::vector<double> x{-2, -1, 1, 2};
    const Codes apart{0, 0, 1, 1};
    CHECK_FALSE(fit_logistic_regression(x, 1, apart, 2, {}, {.inverse_penalty = no_penalty}).converged);
    CHECK(fit_logistic_regression(x, 1, apart, 2).converged);
    CHECK_FALSE(fit_logistic_regression(temperature, 1, damaged, 2, {}, {.max_iterations = 1}).converged);
}

TEST_CASE("Classes that a plane separates but for rows upon it have no finite solution", "[logistic]") {
    struct Quasi {
        std::vector<double> rows;
        index features;
        Codes labels;
        index classes;
    };
    const Quasi cases[] = {
        {{0, 0, 1, 1, 1}, 1, {0, 1, 1, 1, 1}, 2},
        {{0, 0, 1e-6, 1e-6, 1e-6}, 1, {0, 1, 1, 1, 1}, 2},  // in another unit
        {{1e3, 1e3, 1001, 1001, 1001}, 1, {0, 1, 1, 1, 1}, 2},
        {{1e4, 1e4, 10'001, 10'001, 10'001}, 1, {0, 1, 1, 1, 1}, 2},
        {{-1, 0, 0, 0, 2}, 1, {0, 0, 1, 1, 1}, 2},
        // Along the first feature; the second is not separated.
        {{0, 1, 0, 2, 0, 3, 0, 4, 1, 1, 1, 4, 1, 2}, 2, {0, 1, 0, 1, 1, 1, 1}, 2},
        {{0, 0, 1, 1, 1, 2, 2}, 1, {0, 1, 1, 1, 1, 2, 2}, 3},
    };
    for (const Quasi& each : cases) {
        for (const double tolerance : {1e-4, 1e-8, 1e-12}) {
            CAPTURE(each.features, each.classes, tolerance);
            const auto fit = [&](double c) {
                return fit_logistic_regression(each.rows, each.features, each.labels, each.classes, {},
                                               {.inverse_penalty = c, .tolerance = tolerance});
            };
            CHECK_FALSE(fit(no_penalty).converged);
            if (each.rows[0] < 1e3) CHECK(fit(100).converged);
        }
    }
    // One row on the other side among many holds the coefficients back.
    std::vector<double> x(4'000, 0.0);
    Codes y(4'000, 1);
    for (std::size_t i = 0; i < 2'000; ++i) {
        x[i] = 1;
        y[2'000 + i] = static_cast<std::int64_t>(i % 2);
    }
    CHECK_FALSE(fit_logistic_regression(x, 1, y, 2, {}, {.inverse_penalty = no_penalty}).converged);
    y[0] = 0;
    const LogisticFit held = fit_logistic_regression(x, 1, y, 2, {}, {.inverse_penalty = no_penalty});
    CHECK(held.converged);
    CHECK(held.model.coefficients()[0] == Approx(std::log(1999.0)).epsilon(1e-6));
}

TEST_CASE("Constant, equal and unscaled features have a solution", "[logistic]") {
    Made data = made_up(200, 3, 2);
    for (std::size_t i = 0; i < data.labels.size(); ++i) {
        data.rows[3 * i + 1] = 0;                       // constant
        data.rows[3 * i + 2] = 1e6 * data.rows[3 * i];  // the first in another unit
    }
    for (const double c : {1.0, no_penalty}) {
        const LogisticFit fit = fit_logistic_regression(data.rows, 3, data.labels, 2, {}, {.inverse_penalty = c});
        CHECK(fit.converged);
        CHECK(fit.model.coefficients()[1] == 0);
    }
}

TEST_CASE("Probabilities sum to 1 and keep the digits of the rare class", "[logistic]") {
    const LogisticRegression two(1, 2, {1}, {0});
    const std::vector<double> p = two.probabilities(std::vector<double>{-40, 40, 800, 0});
    CHECK(p[1] == Approx(std::exp(-40.0)).epsilon(1e-12));
    CHECK(p[2] == Approx(std::exp(-40.0)).epsilon(1e-12));
    CHECK(p[5] == 1);
    CHECK(p[6] == 0.5);
    CHECK(std::isnan(two.probabilities(std::vector<double>{std::nan("")})[0]));
    const LogisticRegression three(1, 3, {1, 2, 3}, {0, 0, 0});
    const std::vector<double> q = three.probabilities(std::vector<double>{1000});
    CHECK(q[2] == 1);
    CHECK(q[0] == 0);
}

TEST_CASE("A fit is the same at any number of threads", "[logistic]") {
    const Made data = made_up(20'000, 4, 3);
    const int before = num_threads();
    set_num_threads(1);
    const auto one = fit_logistic_regression(data.rows, 4, data.labels, 3);
    set_num_threads(3);
    const auto three = fit_logistic_regression(data.rows, 4, data.labels, 3);
    set_num_threads(before);
    for (std::size_t i = 0; i < 12; ++i) CHECK(one.model.coefficients()[i] == three.model.coefficients()[i]);
}

TEST_CASE("Fits that cannot be are refused", "[logistic]") {
    const std::vector<double> x{1, 2, 3, 4};
    const Codes y{0, 1, 0, 1};
    CHECK_THROWS_AS(fit_logistic_regression(x, 2, y, 2), ShapeError);
    CHECK_THROWS_AS(fit_logistic_regression({}, 1, {}, 2), ShapeError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, y, 1), ShapeError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, Codes{0, 0, 0, 0}, 2), ValueError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, Codes{0, 1, 2, 0}, 2), ValueError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, y, 2, std::vector<double>{1, 0, 1, 0}), ValueError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, y, 2, std::vector<double>{1, -1, 1, 1}), ValueError);
    CHECK_THROWS_AS(fit_logistic_regression(x, 1, y, 2, {}, {.inverse_penalty = 0}), ValueError);
    CHECK_THROWS_AS(fit_logistic_regression(std::vector<double>{1, 2, no_penalty, 4}, 1, y, 2), ValueError);
    CHECK_THROWS_AS(LogisticRegression(1, 2, {1}, {std::nan("")}), ValueError);
    CHECK_THROWS_AS(LogisticRegression(2, 2, {1}, {0}), ShapeError);
    CHECK_THROWS_AS(LogisticRegression(2, 2, {1, 2}, {0}).decision(x).size() &&
                        LogisticRegression(3, 2, {1, 2, 3}, {0}).decision(x).size(),
                    ShapeError);
}

TEST_CASE("The unit of a feature does not decide whether the search has ended", "[logistic]") {
    for (const index classes : {2, 3}) {
        const Made data = made_up(400, 3, classes);
        const LogisticOptions options{.inverse_penalty = no_penalty, .class_weights = balanced(data, classes)};
        const auto plain = fit_logistic_regression(data.rows, 3, data.labels, classes, {}, options);
        REQUIRE(plain.converged);
        for (const double unit : {3e-8, 1e-30, 1e12}) {
            for (const double offset : {0.0, 1e4}) {
                Made moved = data;
                for (double& x : moved.rows) x = (x + offset) * unit;
                const auto fit = fit_logistic_regression(moved.rows, 3, moved.labels, classes, {}, options);
                CAPTURE(classes, unit, offset);
                CHECK(fit.converged);
                CHECK(fit.iterations <= plain.iterations + 1);
                const auto expected = plain.model.probabilities(data.rows), found = fit.model.probabilities(moved.rows);
                double most = 0;
                for (std::size_t i = 0; i < found.size(); ++i) most = std::max(most, std::abs(found[i] - expected[i]));
                CHECK(most < 1e-7);
            }
        }
    }
}

TEST_CASE("What is wrong in the data of a fit is named by row and feature", "[logistic]") {
    const std::vector<double> x{1, 2, 3, 4, 5, 6};
    const Codes y{0, 1, 0};
    const auto message = [](const auto& fit) -> std::string {
        try {
            fit();
        } catch (const ValueError& error) {
            return error.what();
        }
        return "";
    };
    using Catch::Matchers::Contains;
    CHECK_THAT(message([&] {
                   fit_logistic_regression(std::vector<double>{1, 2, 3, 4, 5, std::nan("")}, 2, y, 2);
               }),
               Contains("in row 2, feature 1"));
    CHECK_THAT(message([&] { fit_logistic_regression(x, 2, Codes{0, 2, 0}, 2); }), Contains("outside in row 1"));
    CHECK_THAT(message([&] {
                   fit_logistic_regression(x, 2, y, 2, std::vector<double>{1, 1, -1});
               }),
               Contains("not finite in row 2"));
    CHECK_THAT(message([&] {
                   fit_logistic_regression(x, 2, y, 2, {}, {.class_weights = {1, no_penalty}});
               }),
               Contains("for class 1"));
}
