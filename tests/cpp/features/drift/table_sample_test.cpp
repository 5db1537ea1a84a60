#include "assay/features/drift/table_sample.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using features::CategoryCounts;
using features::NumericSample;
using features::TableSample;

namespace {

constexpr features::SampleLimits kSmall{8192, 50};

/// Made up: a number with nulls and NaN, one around 0, few and many categories, a flag.
data::Table made_up_table(assay::index rows, unsigned seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(95, 12);
    std::vector<std::optional<double>> glucose, small;
    std::vector<std::optional<std::string>> ward, id;
    std::vector<std::optional<bool>> flag;
    for (assay::index i = 0; i < rows; ++i) {
        const auto draw = random() % 50;
        glucose.push_back(draw == 0 ? std::nullopt : std::optional(draw == 1 ? std::nan("") : normal(random)));
        small.push_back(std::ldexp(normal(random) - 95, -static_cast<int>(random() % 1070)));
        ward.push_back(draw == 2 ? std::nullopt : std::optional("ward " + std::to_string(random() % 7)));
        id.push_back("made up " + std::to_string(random() % 1'000'000));
        flag.push_back(draw == 3 ? std::nullopt : std::optional(draw % 2 == 0));
    }
    return {data::TableSchema({{.name = "glucose", .type = data::Type::Float64},
                               {.name = "small", .type = data::Type::Float64},
                               {.name = "ward", .type = data::Type::Utf8},
                               {.name = "id", .type = data::Type::Utf8},
                               {.name = "flag", .type = data::Type::Bool}}),
            {Array::of(glucose), Array::of(small), Array::of(ward), Array::of(id), Array::of(flag)}};
}

}  // namespace

TEST_CASE("a sample of a table is the same however the table was cut, within its limits, too") {
    const data::Table table = made_up_table(30'000, 1);
    const TableSample whole = TableSample::of(table, kSmall);
    CHECK(whole.find("glucose")->numbers.bits_cut() > 0);
    CHECK(whole.find("small")->numbers.bits_cut() > 0);
    CHECK(whole.find("glucose")->numbers.values().size() <= 8192);
    CHECK(whole.find("id")->categories.grouped());
    CHECK_FALSE(whole.find("ward")->categories.grouped());
    std::mt19937_64 random(2);
    for (int split = 0; split < 20; ++split) {
        std::vector<TableSample> parts;
        for (assay::index at = 0; at < table.num_rows();) {
            const assay::index size =
                std::min<assay::index>(table.num_rows() - at, static_cast<assay::index>(random() % 9000));
            parts.push_back(TableSample::of(table.slice(at, size), kSmall));
            at += size;
        }
        while (parts.size() > 1) {  // merged in any order, as a tree
            const std::size_t into = random() % (parts.size() - 1);
            parts[into].merge(parts.back());
            parts.pop_back();
        }
        REQUIRE(parts.front() == whole);
        REQUIRE(parts.front().to_bytes() == whole.to_bytes());
    }
    const TableSample exact = TableSample::of(table);
    CHECK(exact.find("glucose")->numbers.bits_cut() == 0);
    CHECK(exact.find("glucose")->missing() > 0);
    CHECK(exact.find("flag")->categories.entries().size() == 2);
}

TEST_CASE("cut values are as near as their bits say, and as few bits are cut as will do") {
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal(95, 12);
    std::vector<double> values(20'000);
    for (double& value : values) value = normal(random);
    const NumericSample exact = NumericSample::of(values);
    const NumericSample cut = exact.limited_to(8192);
    const int bits = cut.bits_cut();
    CHECK(exact.cut(bits - 1).values().size() > 8192);
    CHECK(cut == exact.cut(bits));
    CHECK(cut.mean() == Approx(exact.mean()).epsilon(std::ldexp(1.0, bits - 52)));
    CHECK(cut.count() == exact.count());
    CHECK(exact.limited_to(20'000) == exact);
    const std::vector<double> whole{-3, 0, 1, 2, 100};
    CHECK(NumericSample::of(whole).cut(40).values()[4] == 100);
    CHECK(NumericSample::from_bytes(cut.to_bytes()) == cut);
    const double tiny = std::numeric_limits<double>::denorm_min();
    CHECK(NumericSample::of(std::vector<double>{-tiny, 0, tiny}).cut(1).values().size() == 1);
    CHECK_THROWS_AS(exact.limited_to(100), ValueError);
    CHECK_THROWS_AS(exact.cut(53), ValueError);
}

TEST_CASE("saved samples come back, and no damaged byte does") {
    const TableSample sample = TableSample::of(made_up_table(40, 4), kSmall);
    const std::string bytes = sample.to_bytes();
    CHECK(TableSample::from_bytes(bytes) == sample);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
        REQUIRE_THROWS_AS(TableSample::from_bytes(damaged), ValueError);
        REQUIRE_THROWS_AS(TableSample::from_bytes(bytes.substr(0, at)), ValueError);
    }
    std::string later = bytes;
    later[7] = '3';
    CHECK_THROWS_WITH(TableSample::from_bytes(later), Catch::Contains("later release"));
    CHECK(TableSample::from_bytes(TableSample().to_bytes()) == TableSample());
}

TEST_CASE("partitions of another form are refused by name, an empty column takes the other's kind") {
    const auto column = [](const char* name, Array array) {
        return data::Table(data::TableSchema({{.name = name, .type = array.type()}}), {array});
    };
    TableSample numbers = TableSample::of(column("x", Array::of(std::vector<std::optional<double>>{1, 2})));
    const TableSample texts = TableSample::of(column("x", Array::of_text({"a"})));
    CHECK_THROWS_WITH(numbers.merge(texts), Catch::Contains("expected numbers in column 'x', got categories"));
    CHECK_THROWS_WITH(numbers.merge(TableSample::of(column("y", Array::of_text({"a"})))), Catch::Contains("'x'"));
    TableSample missing = TableSample::of(column("x", Array::nulls(data::Type::Utf8, 3)));
    TableSample other_way = numbers;
    other_way.merge(missing);
    missing.merge(numbers);
    CHECK(missing == other_way);
    CHECK(missing.find("x")->kind == features::ColumnKind::numbers);
    CHECK(missing.find("x")->missing() == 3);
    const std::vector<std::optional<double>> infinite{1, std::numeric_limits<double>::infinity()};
    CHECK_THROWS_WITH(TableSample::of(column("ratio", Array::of(infinite))),
                      Catch::Contains("'ratio'") && Catch::Contains("row 1"));
    CHECK_THROWS_AS(CategoryCounts::of(Array::of(infinite)), SchemaError);
}
