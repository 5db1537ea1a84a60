#include "assay/data/laboratory/result_quality.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

using Texts = std::vector<std::optional<std::string>>;
using Numbers = std::vector<std::optional<double>>;
using Times = std::vector<std::optional<Timestamp>>;
using Counts = std::pair<assay::index, assay::index>;  // checked, failed

Field text(const char* name) { return {.name = name, .type = Type::Utf8}; }
Field number(const char* name) { return {.name = name, .type = Type::Float64}; }
Field moment(const char* name) { return {.name = name, .type = Type::Timestamp}; }
Timestamp hour(int h) { return Timestamp(std::int64_t{h} * 3'600'000'000); }

/// Made-up glucose results of two sources; every defect stands once or twice.
Table results() {
    return Table(
        {text("result_id"), text("patient_id"), text("local_code"), text("loinc"), number("value"), text("unit"),
         number("reference_low"), number("reference_high"), text("flag"), text("comparator"), moment("observed_at"),
         moment("reported_at"), text("source_file")},
        {Array::of(Texts{"1", "2", "3", "3", "5", "6"}), Array::of(Texts{"A", "A", "A", "B", std::nullopt, "C"}),
         Array::of(Texts{"GLU", "GLU", "GLU", "GLU", "GLU", "GLU"}),
         Array::of(Texts{"2345-7", "2345-7", "2345-7", "2345-7", "2345-8", "2345-7"}),
         Array::of(Numbers{100, 20, -999, 120, 90, std::nullopt}),
         Array::of(Texts{"mg/dL", "mg/dL", "mg/dL", "mmol/L", "mg/dL", std::nullopt}),
         Array::of(Numbers{70, 70, 70, 70, 99, 70}), Array::of(Numbers{99, 99, 99, 99, 70, 99}),
         Array::of(Texts{"H", "N", "L", "H", std::nullopt, std::nullopt}),
         Array::of(Texts{std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt}),
         Array::of(Times{hour(1), hour(2), hour(2), hour(3), hour(4), hour(100)}),
         Array::of(Times{hour(2), hour(1), hour(3), hour(40), hour(5), std::nullopt}),
         Array::of(Texts{"a.csv", "a.csv", "a.csv", "a.csv", "a.csv", "b.csv"})});
}

std::map<std::string, Counts> counts(const ResultQualityOptions& options = {}, const std::string& source = "") {
    const Table rows = results();
    std::map<std::string, Counts> out;
    for (const QualityCheck& check : result_quality(rows, standardise_results(rows), options)) {
        if (check.source == source) out[check.check] = {check.checked, check.failed};
    }
    return out;
}

}  // namespace

TEST_CASE("quality of results is counted by check") {
    const auto found = counts({.source_column = "", .now = hour(50), .latest_report = std::chrono::hours(24)});
    const std::map<std::string, Counts> wanted = {
        {"patient_id.present", {6, 1}},   {"test.present", {6, 0}},
        {"observed_at.present", {6, 0}},  {"value.present", {6, 1}},
        {"unit.present", {5, 0}},         {"value.not_finite", {5, 0}},
        {"unit.unknown", {5, 0}},         {"unit.ambiguous", {5, 0}},
        {"unit.other_dimension", {5, 0}}, {"value.impossible", {5, 1}},
        {"value.implausible", {3, 2}},  // 20; 120 mmol/L are 2162 mg/dL
        {"loinc.valid", {4, 1}},        // of those not refused
        {"result_id.unique", {6, 1}},     {"patient_test_time.unique", {5, 1}},
        {"reference.ordered", {6, 1}},    {"flag.reference", {4, 1}},  // 20 is called normal
        {"unit.usual", {5, 1}},           {"reported_after_observed", {5, 1}},
        {"not_in_the_future", {6, 1}},    {"reported_in_time", {5, 1}}};
    for (const auto& [check, count] : wanted) {
        CAPTURE(check);
        REQUIRE(found.count(check) == 1);
        CHECK(found.at(check) == count);
    }
    CHECK(found.size() == wanted.size());
}

TEST_CASE("quality is told apart by source, and an absent column is no failure") {
    const ResultQualityOptions by_file{.source_column = "source_file", .now = {}, .latest_report = {}};
    CHECK(counts(by_file, "a.csv").at("value.present") == Counts{5, 0});
    CHECK(counts(by_file, "b.csv").at("value.present") == Counts{1, 1});
    CHECK(counts(by_file, "b.csv").count("flag.reference") == 0);
    CHECK(counts().count("not_in_the_future") == 0);
    const Table rows = results().without_column("flag").without_column("reported_at");
    for (const QualityCheck& check : result_quality(rows, standardise_results(rows))) {
        CHECK(check.check != "flag.reference");
        CHECK(check.dimension != "timeliness");
    }
}

TEST_CASE("quality asks for results of the same table, and takes an empty one") {
    const Table rows = results();
    CHECK_THROWS_AS(result_quality(rows.slice(0, 2), standardise_results(rows)), ShapeError);
    const Table none = rows.slice(0, 0);
    CHECK(result_quality(none, standardise_results(none)).empty());
}

TEST_CASE("every source has its results and the time of its latest one") {
    const Table rows = results();
    const auto found = results_by_source(rows, "source_file");
    REQUIRE(found.size() == 2);
    CHECK(found[0] == SourceResults{"a.csv", 5, hour(4)});
    CHECK(found[1] == SourceResults{"b.csv", 1, hour(100)});
    CHECK(results_by_source(rows) == std::vector<SourceResults>{{"", 6, hour(100)}});
    CHECK(results_by_source(rows.slice(0, 0), "source_file").empty());
    CHECK(results_by_source(rows.select(std::vector<std::string>{"loinc"})) ==
          std::vector<SourceResults>{{"", 6, std::nullopt}});
    CHECK_THROWS_AS(results_by_source(rows, "absent"), SchemaError);
}
