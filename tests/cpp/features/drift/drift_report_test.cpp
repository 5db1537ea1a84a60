#include "assay/features/drift/drift_report.hpp"

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/drift/binned.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using features::ColumnDrift;
using features::DriftVerdict;
using features::TableSample;
using Numbers = std::vector<std::optional<double>>;

namespace {

TableSample one_column(const Array& array) {
    return TableSample::of(data::Table(data::TableSchema({{.name = "x", .type = array.type()}}), {array}));
}

Numbers drawn(int n, const std::function<std::optional<double>(std::mt19937_64&)>& draw, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    Numbers values;
    for (int i = 0; i < n; ++i) values.push_back(draw(random));
    return values;
}

Numbers normal(int n, double mean, unsigned seed) {
    std::normal_distribution<double> law(mean, 12);
    return drawn(
        n, [&](auto& random) { return law(random); }, seed);
}

ColumnDrift compare(const Array& reference, const Array& current) {
    return features::drift_report(one_column(reference), one_column(current)).front();
}

}  // namespace

TEST_CASE("a shift of numbers is judged by p and by effect") {
    const Array reference = Array::of(normal(5000, 95, 1));
    const ColumnDrift none = compare(reference, Array::of(normal(5000, 95, 2)));
    CHECK(none.verdict == DriftVerdict::stable);
    CHECK(none.test == "KS");
    CHECK(none.psi < 3 * none.psi_expected);
    const ColumnDrift slight = compare(Array::of(normal(200'000, 95, 1)), Array::of(normal(200'000, 95.3, 2)));
    CHECK(slight.p_adjusted < 0.001);
    CHECK(slight.verdict == DriftVerdict::slight);
    CHECK_FALSE(slight.drifted());
    const ColumnDrift moderate = compare(reference, Array::of(normal(5000, 98, 2)));
    CHECK(moderate.verdict == DriftVerdict::moderate);
    CHECK(moderate.shift == Approx(moderate.wasserstein / moderate.reference_deviation).epsilon(1e-12));
    CHECK(moderate.shift == Approx(0.25).margin(0.07));  // 3.5 standard errors: sqrt(2 / 5000) = 0.02
    const ColumnDrift severe = compare(reference, Array::of(normal(5000, 105, 2)));
    CHECK(severe.verdict == DriftVerdict::severe);
    CHECK(severe.wasserstein == Approx(10).margin(0.7));
    CHECK(severe.current_mean - severe.reference_mean == Approx(severe.wasserstein).margin(0.01));
    CHECK(severe.reason.empty());
}

TEST_CASE("categories and numbers of few levels are compared by chi-squared") {
    const auto levels = [](int n, unsigned most, unsigned seed) {
        return drawn(
            n, [=](auto& random) { return static_cast<double>(random() % most); }, seed);
    };
    const ColumnDrift same = compare(Array::of(levels(3000, 5, 1)), Array::of(levels(3000, 5, 2)));
    CHECK(same.test == "chi-squared");
    CHECK(same.verdict == DriftVerdict::stable);
    const ColumnDrift another = compare(Array::of(levels(3000, 5, 1)), Array::of(levels(3000, 8, 2)));
    CHECK(another.verdict == DriftVerdict::severe);
    const auto texts = [&](int n, unsigned most, unsigned seed) {
        std::vector<std::string> made;
        for (const auto& level : levels(n, most, seed)) made.push_back("ward " + std::to_string(*level));
        return Array::of_text(made);
    };
    const ColumnDrift wards = compare(texts(3000, 5, 1), texts(3000, 8, 2));
    CHECK(wards.statistic == Approx(another.statistic));
    CHECK(wards.jensen_shannon == Approx(another.jensen_shannon));
    CHECK(wards.verdict == DriftVerdict::severe);
}

TEST_CASE("constant, empty and missing columns are named") {
    const Array varied = Array::of(normal(100, 95, 1));
    const Array constant = Array::of(Numbers(100, 7.0));
    const ColumnDrift both = compare(constant, constant);
    CHECK(both.verdict == DriftVerdict::stable);
    CHECK(both.reason == "constant in both");
    const ColumnDrift moved = compare(constant, Array::of(Numbers(100, 8.0)));
    CHECK(moved.verdict == DriftVerdict::severe);
    CHECK(moved.reason == "constant, with another value than the reference");
    const ColumnDrift varies = compare(constant, varied);
    CHECK(varies.verdict == DriftVerdict::severe);
    CHECK(varies.reason == "constant in the reference, varies now");
    const ColumnDrift froze = compare(varied, constant);
    CHECK(froze.verdict == DriftVerdict::severe);
    CHECK(froze.reason == "varies in the reference, constant now");
    const ColumnDrift gone = compare(varied, Array::nulls(data::Type::Float64, 100));
    CHECK(gone.verdict == DriftVerdict::severe);
    CHECK(gone.reason == "all values are missing now; the share of missing values changed");
    CHECK(gone.current_missing == 1);
    const ColumnDrift empty = compare(varied, Array::of(Numbers{}));
    CHECK(empty.verdict == DriftVerdict::not_judged);
    CHECK(empty.reason == "the window has no rows");
    CHECK(compare(varied, Array::of(normal(19, 95, 1))).reason == "fewer than 20 values now");
    CHECK(compare(varied, Array::of_text(std::vector<std::string>(30, "a"))).reason ==
          "the column has categories in place of numbers");
    const ColumnDrift holes = compare(Array::of(normal(1000, 95, 1)), Array::of(drawn(1000, [](auto& random) {
                                          std::normal_distribution<double> law(95, 12);
                                          const double value = law(random);
                                          return random() % 10 == 0 ? std::nullopt : std::optional(value);
                                      })));
    CHECK(holes.verdict == DriftVerdict::moderate);
    CHECK(holes.reason == "the share of missing values changed");
}

TEST_CASE("columns that are absent or new are named, p is adjusted over the others") {
    std::vector<data::Field> fields;
    std::vector<Array> before, after;
    for (unsigned i = 0; i < 40; ++i) {
        fields.push_back({.name = "c" + std::to_string(i), .type = data::Type::Float64});
        before.push_back(Array::of(normal(500, 95, 100 + i)));
        after.push_back(Array::of(normal(500, i == 7 ? 105 : 95, 200 + i)));
    }
    const data::Table reference(data::TableSchema(fields), before);
    const data::Table window = data::Table(data::TableSchema(fields), after)
                                   .without_column("c39")
                                   .with_column({.name = "new", .type = data::Type::Float64}, after.front());
    const auto found = features::drift_report(TableSample::of(reference), TableSample::of(window));
    REQUIRE(found.size() == 41);
    std::vector<double> p;
    for (std::size_t i = 0; i < 39; ++i) {
        CHECK(found[i].drifted() == (i == 7));
        p.push_back(found[i].p);
    }
    const auto adjusted = features::adjusted_p_values(p);
    for (std::size_t i = 0; i < 39; ++i) CHECK(found[i].p_adjusted == adjusted[i]);
    CHECK(found[39].reason == "the window has no such column");
    CHECK(found[40].name == "new");
    CHECK(found[40].reason == "the reference has no such column");
    CHECK(features::drift_report(TableSample(), TableSample()).empty());
}

TEST_CASE("thresholds that cannot be are refused") {
    features::DriftThresholds thresholds;
    thresholds.psi_severe = 0.05;
    CHECK_THROWS_AS(features::drift_report(TableSample(), TableSample(), thresholds), ValueError);
    thresholds = {};
    thresholds.p = 1;
    CHECK_THROWS_AS(features::drift_report(TableSample(), TableSample(), thresholds), ValueError);
}
