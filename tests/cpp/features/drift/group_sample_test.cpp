#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/features/drift/drift_report.hpp"
#include "assay/features/drift/table_sample.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using features::DriftVerdict;
using features::GroupColumns;
using features::NumericSample;
using features::TableSample;

namespace {

const GroupColumns kColumns{.group = "test", .value = "value", .unit = "unit", .label = "label"};

struct Rows {
    std::vector<std::optional<std::string>> test, unit, label;
    std::vector<std::optional<double>> value;

    void add(const std::string& code, const std::string& in, const std::string& name, std::optional<double> result) {
        test.push_back(code.empty() ? std::nullopt : std::optional(code));
        unit.push_back(in.empty() ? std::nullopt : std::optional(in));
        label.push_back(name.empty() ? std::nullopt : std::optional(name));
        value.push_back(result);
    }
    data::Table table() const {
        return {data::TableSchema({{.name = "test", .type = data::Type::Utf8},
                                   {.name = "unit", .type = data::Type::Utf8},
                                   {.name = "label", .type = data::Type::Utf8},
                                   {.name = "value", .type = data::Type::Float64}}),
                {Array::of(test), Array::of(unit), Array::of(label), Array::of(value)}};
    }
};

/// Made up: some 40 tests in two units, of which a few have most of the results; nulls, NaN, rows without a test.
Rows made_up_rows(assay::index rows, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(95, 12);
    Rows made;
    for (assay::index i = 0; i < rows; ++i) {
        const auto draw = random() % 100;
        const auto test = random() % 4 == 0 ? random() % 40 : random() % 3;
        const std::string code = draw == 0 ? "" : "code " + std::to_string(test);
        const double result = draw == 1 ? std::nan("") : normal(random);
        made.add(code, random() % 20 == 0 ? "mmol/L" : "mg/dL", random() % 5 == 0 ? "an older name" : "name",
                 draw == 2 ? std::nullopt : std::optional(result));
    }
    return made;
}

}  // namespace

TEST_CASE("groups of a table hold what a naive walk over its rows finds") {
    const Rows rows = made_up_rows(20'000, 1);
    const TableSample sample = TableSample::by_group(rows.table(), kColumns);
    std::map<std::pair<std::string, std::string>, std::vector<double>> naive;
    assay::index unnamed = 0;
    for (std::size_t i = 0; i < rows.test.size(); ++i) {
        if (!rows.test[i]) {
            ++unnamed;
            continue;
        }
        naive[{*rows.test[i], rows.unit[i].value_or("")}].push_back(rows.value[i].value_or(std::nan("")));
    }
    REQUIRE(sample.columns().size() == naive.size());
    CHECK(sample.grouped());
    CHECK(sample.rows() == 20'000);
    CHECK(sample.unnamed() == unnamed);
    std::size_t at = 0;
    for (const auto& [key, values] : naive) {  // in the same order
        const features::ColumnSample& group = sample.columns()[at++];
        REQUIRE(group.name == key.first);
        REQUIRE(group.unit == key.second);
        REQUIRE(group.numbers == NumericSample::of(values));
        CHECK(group.rows == static_cast<assay::index>(values.size()));
        CHECK(sample.find(key.first, key.second) == &group);
    }
    CHECK(sample.find("code 0") == nullptr);  // it has units
    CHECK(sample.find("code 0", "mg/dL")->label() == "name");
    CHECK(sample.find("code 0", "mg/dL")->missing() > 0);
}

TEST_CASE("a sample by group is the same however the table was cut, within its limits, too") {
    const data::Table table = made_up_rows(60'000, 2).table();
    const features::SampleLimits limits{8192, 50};
    const TableSample whole = TableSample::by_group(table, kColumns, limits);
    CHECK(whole.find("code 0", "mg/dL")->numbers.bits_cut() > 0);
    CHECK(whole.find("code 30", "mg/dL")->numbers.bits_cut() == 0);
    std::mt19937_64 random(3);
    for (int split = 0; split < 10; ++split) {
        std::vector<TableSample> parts;
        for (assay::index at = 0; at < table.num_rows();) {
            const assay::index size =
                std::min<assay::index>(table.num_rows() - at, static_cast<assay::index>(random() % 20'000));
            parts.push_back(TableSample::by_group(table.slice(at, size), kColumns, limits));
            at += size;
        }
        while (parts.size() > 1) {
            const std::size_t into = random() % (parts.size() - 1);
            parts[into].merge(parts.back());
            parts.pop_back();
        }
        REQUIRE(parts.front() == whole);
        REQUIRE(parts.front().to_bytes() == whole.to_bytes());
    }
}

TEST_CASE("saved groups come back, and no damaged byte of theirs does") {
    const TableSample sample = TableSample::by_group(made_up_rows(60, 4).table(), kColumns);
    const std::string bytes = sample.to_bytes();
    CHECK(TableSample::from_bytes(bytes) == sample);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        REQUIRE_THROWS_AS(TableSample::from_bytes(damaged), ValueError);
        REQUIRE_THROWS_AS(TableSample::from_bytes(bytes.substr(0, at)), ValueError);
    }
    const TableSample none = TableSample::by_group(Rows().table(), kColumns);
    CHECK(TableSample::from_bytes(none.to_bytes()) == none);
    CHECK(none.columns().empty());
}

TEST_CASE("a group that moved is found by its name and unit, and one that came or went is named") {
    std::mt19937_64 random(5);
    std::normal_distribution<double> normal(0, 1);
    Rows before, now;
    for (int i = 0; i < 400; ++i) {
        before.add("2345-7", "mg/dL", "GLUC", 95 + 12 * normal(random));
        before.add("2345-7", "mmol/L", "GLUC", 5.3 + 0.7 * normal(random));
        before.add("gone", "", "", normal(random));
        now.add("2345-7", "mg/dL", "Glucose", 105 + 12 * normal(random));
        now.add("2345-7", "mmol/L", "Glucose", 5.3 + 0.7 * normal(random));
        now.add("new", "", "", normal(random));
    }
    const auto found = features::drift_report(TableSample::by_group(before.table(), kColumns),
                                              TableSample::by_group(now.table(), kColumns));
    REQUIRE(found.size() == 4);
    CHECK((found[0].unit == "mg/dL" && found[0].label == "Glucose" && found[0].verdict == DriftVerdict::severe));
    CHECK(found[0].shift == Approx(10.0 / 12).margin(0.15));
    CHECK(found[0].reference_missing == 0);
    CHECK((found[1].unit == "mmol/L" && found[1].verdict == DriftVerdict::stable));
    CHECK((found[2].name == "gone" && found[2].reason == "no values now" && found[2].reference_count == 400));
    CHECK((found[3].name == "new" && found[3].reason == "no values in the reference" && found[3].current_count == 400));
    CHECK(found[2].verdict == DriftVerdict::not_judged);
}

TEST_CASE("what is missing counts within its own group") {
    Rows before, now;
    for (int i = 0; i < 200; ++i) {
        for (Rows* rows : {&before, &now}) rows->add("many", "", "", i % 10);
        before.add("few", "", "", i % 10);
        now.add("few", "", "", i % 3 == 0 ? std::nullopt : std::optional<double>(i % 10));
    }
    for (int i = 0; i < 5000; ++i) now.add("many", "", "", i % 10);
    const auto found = features::drift_report(TableSample::by_group(before.table(), kColumns),
                                              TableSample::by_group(now.table(), kColumns));
    CHECK(found[0].name == "few");
    CHECK(found[0].current_missing == Approx(67.0 / 200));
    CHECK(found[0].verdict == DriftVerdict::severe);
    CHECK(found[1].current_missing == 0);
    CHECK(found[1].verdict == DriftVerdict::stable);
}

TEST_CASE("groups and columns are never mixed, and wrong columns are named") {
    const data::Table table = made_up_rows(100, 6).table();
    TableSample groups = TableSample::by_group(table, kColumns);
    TableSample columns = TableSample::of(table);
    CHECK_THROWS_WITH(groups.merge(columns), Catch::Contains("a partition of groups"));
    CHECK_THROWS_WITH(columns.merge(groups), Catch::Contains("a partition of columns"));
    CHECK_THROWS_WITH(features::drift_report(columns, groups), Catch::Contains("got one by group"));
    CHECK_THROWS_WITH(features::drift_report(groups, columns), Catch::Contains("got one by column"));
    CHECK_THROWS_AS(TableSample::by_group(table, {.group = "value"}), SchemaError);
    CHECK_THROWS_AS(TableSample::by_group(table, {.group = "test", .value = "label"}), SchemaError);
    CHECK_THROWS_AS(TableSample::by_group(table, {.group = "test", .unit = "value"}), SchemaError);
    CHECK_THROWS_AS(TableSample::by_group(table, {.group = "absent"}), SchemaError);
    CHECK_THROWS_AS(TableSample::by_group(table, {}), ValueError);
    CHECK_THROWS_AS(TableSample::by_group(table, kColumns, {100, 50}), ValueError);
    Rows infinite;
    infinite.add("a", "", "", 1);
    infinite.add("b", "", "", std::numeric_limits<double>::infinity());
    CHECK_THROWS_WITH(TableSample::by_group(infinite.table(), kColumns), Catch::Contains("in row 1"));
}
