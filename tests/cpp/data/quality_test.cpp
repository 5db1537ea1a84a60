#include "assay/data/quality.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/vital_signs.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

using Rows = std::vector<assay::index>;

Array numbers(const std::vector<std::optional<double>>& values) { return Array::of<double>(values); }
Array texts(const std::vector<std::optional<std::string>>& values) { return Array::of<std::string>(values); }
Array times(const std::vector<std::int64_t>& micros) {
    ArrayBuilder<Timestamp> builder;
    for (const auto at : micros) builder.append(Timestamp(at));
    return builder.finish();
}

Table one_column(Field field, Array column) { return Table(TableSchema{std::move(field)}, {std::move(column)}); }

Rows failing(const Table& table, Check check) {
    const std::vector<QualityRule> rules{{"rule", RuleSeverity::Error, std::move(check)}};
    return check_quality(table, rules).results.at(0).failing_rows;
}

}  // namespace

TEST_CASE("required finds nulls and blank text") {
    const Table table = one_column({.name = "id", .type = Type::Utf8}, texts({"a", std::nullopt, " \t", "b"}));
    CHECK(failing(table, RequiredCheck{"id"}) == Rows{1, 2});
    CHECK(failing(table.slice(1, 3), RequiredCheck{"id"}) == Rows{0, 1});
    CHECK(failing(table.slice(0, 0), RequiredCheck{"id"}).empty());
}

TEST_CASE("range includes its ends, passes nulls and fails NaN") {
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    const Table table = one_column({.name = "x"}, numbers({0.0, 390.0, 390.1, -0.1, kNan, std::nullopt}));
    CHECK(failing(table, RangeCheck{"x", {0, 390}}) == Rows{2, 3, 4});
    const Table text = one_column({.name = "x", .type = Type::Utf8}, texts({"1"}));
    CHECK_THROWS_AS(failing(text, RangeCheck{"x", {0, 1}}), SchemaError);
    CHECK_THROWS_AS(failing(table, RangeCheck{"y", {0, 1}}), SchemaError);
}

TEST_CASE("unique keys over one and several columns") {
    const Table table(
        TableSchema{{.name = "a", .type = Type::Utf8}, {.name = "b", .type = Type::Utf8}},
        {texts({"a", "ab", "a", "a", std::nullopt, std::nullopt}), texts({"bc", "c", "bc", std::nullopt, "x", "x"})});
    CHECK(failing(table, UniqueCheck{{"a", "b"}}) == Rows{2, 5});
    CHECK(failing(table, UniqueCheck{{"a"}}) == Rows{2, 3, 5});
    CHECK_THROWS_AS(failing(table, UniqueCheck{{}}), ValueError);
}

TEST_CASE("reference to another table's column") {
    const Table table = one_column({.name = "patient_id", .type = Type::Utf8}, texts({"A", "B", std::nullopt, "환자"}));
    CHECK(failing(table, ReferenceCheck{"patient_id", texts({"A", "환자"}), "patients.patient_id"}) == Rows{1});
    CHECK_THROWS_AS(failing(table, ReferenceCheck{"patient_id", numbers({1.0}), "patients.id"}), SchemaError);
}

TEST_CASE("pattern matches the whole text and refuses what is no pattern") {
    const Table table =
        one_column({.name = "id", .type = Type::Utf8}, texts({"M00001", "xM00001", "M0001", std::nullopt}));
    CHECK(failing(table, PatternCheck{"id", "M[0-9]{5}"}) == Rows{1, 2});
    CHECK_THROWS_AS(failing(table, PatternCheck{"id", "("}), ValueError);
}

TEST_CASE("allowed values") {
    const Table table = one_column({.name = "sex", .type = Type::Utf8}, texts({"male", "F", std::nullopt, "female"}));
    CHECK(failing(table, AllowedCheck{"sex", {"male", "female"}}) == Rows{1});
}

TEST_CASE("time must not go back, within a group or at all") {
    const Table table(TableSchema{{.name = "id", .type = Type::Utf8}, {.name = "at", .type = Type::Timestamp}},
                      {texts({"A", "B", "A", "B", "A"}), times({10, 1, 10, 0, 5})});
    CHECK(failing(table, MonotoneCheck{"at", "id"}) == Rows{3, 4});
    CHECK(failing(table, MonotoneCheck{"at", ""}) == Rows{1, 3});
    CHECK_THROWS_AS(failing(table, MonotoneCheck{"id", ""}), SchemaError);
}

TEST_CASE("row count") {
    const Table table = one_column({.name = "x"}, numbers({1.0, 2.0}));
    const std::vector<QualityRule> rules{{"few", RuleSeverity::Error, RowCountCheck{3, std::nullopt}},
                                         {"many", RuleSeverity::Warning, RowCountCheck{std::nullopt, 1}},
                                         {"right", RuleSeverity::Error, RowCountCheck{2, 2}}};
    const QualityReport report = check_quality(table, rules, "t");
    CHECK_FALSE(report.results[0].passed);
    CHECK_FALSE(report.results[1].passed);
    CHECK(report.results[2].passed);
    CHECK_FALSE(report.passed());
}

TEST_CASE("a schema implies its rules, warnings do not fail a report") {
    const std::vector<QualityRule> rules = rules_of(TableSchema{data::HeartRate::field()});
    REQUIRE(rules.size() == 2);
    const Table table = one_column(data::HeartRate::field(), numbers({0.0, 60.0}));
    const QualityReport report = check_quality(table, rules, "vital_signs");
    CHECK(report.passed());
    CHECK(report.results[0].description == "heart_rate between 0 and 390 /min");
    CHECK(report.results[1].failing_rows == Rows{0});
    const auto json = nlohmann::json::parse(to_json(report));
    CHECK(json["rules"][1]["id"] == "heart_rate.implausible");
    CHECK(json["rules"][1]["failing_rows"] == nlohmann::json::array({0}));
    CHECK(json["passed"] == true);
}

TEST_CASE("an id that stands twice is refused") {
    const Table table = one_column({.name = "x"}, numbers({1.0}));
    const std::vector<QualityRule> rules{{"r", RuleSeverity::Error, RequiredCheck{"x"}},
                                         {"r", RuleSeverity::Error, RequiredCheck{"x"}}};
    CHECK_THROWS_AS(check_quality(table, rules), ValueError);
}
