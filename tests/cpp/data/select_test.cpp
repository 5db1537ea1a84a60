#include "assay/data/select.hpp"

#include <cmath>
#include <limits>
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
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Field field(const char* name, Type type) {
    Field out;
    out.name = name;
    out.type = type;
    return out;
}

Array flags(const std::vector<std::optional<bool>>& values) {
    ArrayBuilder<bool> builder;
    for (const auto& value : values) builder.append(value);
    return builder.finish();
}

/// Five rows of every kind of column, with nulls and text beyond ASCII.
Table mixed() {
    return Table(
        {field("name", Type::Utf8), field("rate", Type::Float64), field("ok", Type::Bool), field("count", Type::Int32),
         field("at", Type::Timestamp)},
        {Array::of<std::string>(Texts{"환자", std::nullopt, "", "Zürich", "a"}),
         Array::of<double>(Numbers{3.0, 1.0, std::nullopt, kNaN, 2.0}), flags({true, std::nullopt, false, true, false}),
         Array::of<std::int32_t>(std::vector<std::optional<std::int32_t>>{5, 4, 3, std::nullopt, 1}),
         Array::of<Timestamp>(std::vector<std::optional<Timestamp>>{Timestamp{5}, Timestamp{-1}, Timestamp{0},
                                                                    std::nullopt, Timestamp{2}})});
}

std::vector<assay::index> order_by(const Table& table, std::vector<std::string> by, bool descending = false) {
    return sort_order(table, by, descending);
}

}  // namespace

TEST_CASE("take gives the rows in the order asked for, repeats and nulls included") {
    const std::vector<assay::index> rows{3, 0, 0, 1};
    const Table taken = take(mixed(), rows);
    REQUIRE(taken.num_rows() == 4);
    CHECK(taken.column("name").text(0) == "Zürich");
    CHECK(taken.column("name").text(2) == "환자");
    CHECK(taken.column("name").is_null(3));
    CHECK(std::isnan(*taken.column("rate").get<double>(0)));
    CHECK(taken.column("ok").is_null(3));
    CHECK(taken.column("count").is_null(0));
    CHECK(taken.column("at").get<Timestamp>(3) == Timestamp{-1});
}

TEST_CASE("take reads slices from where they begin") {
    const Table tail = mixed().slice(2, 3);
    const std::vector<assay::index> rows{2, 1};
    const Table taken = take(tail, rows);
    CHECK(taken.column("name").text(0) == "a");
    CHECK(taken.column("ok").get<bool>(0) == false);
    CHECK(taken.column("ok").get<bool>(1) == true);
    CHECK(taken.equals(take(mixed(), std::vector<assay::index>{4, 3})));
    CHECK(take(tail, std::vector<assay::index>{}).num_rows() == 0);
    CHECK_THROWS_AS(take(tail, std::vector<assay::index>{3}), ShapeError);
    CHECK_THROWS_AS(take(tail, std::vector<assay::index>{-1}), ShapeError);
}

TEST_CASE("filter keeps the rows that are marked") {
    const Table table = mixed();
    const std::vector<std::uint8_t> keep{1, 0, 0, 1, 0};
    const Table kept = filter(table, keep);
    REQUIRE(kept.num_rows() == 2);
    CHECK(kept.column("name").text(1) == "Zürich");
    const Table all = filter(table, std::vector<std::uint8_t>(5, 1));
    CHECK(all.column("rate").buffers().values.data() == table.column("rate").buffers().values.data());
    CHECK(filter(table, std::vector<std::uint8_t>(5, 0)).num_rows() == 0);
    CHECK_THROWS_WITH(filter(table, std::vector<std::uint8_t>(4, 1)), Catch::Contains("5 rows, got 4"));
}

TEST_CASE("concat joins what slicing took apart, at every position") {
    const Table table = mixed();
    for (assay::index cut = 0; cut <= 5; ++cut) {
        const std::vector<Table> parts{table.slice(0, cut), table.slice(cut, 5 - cut)};
        CHECK(concat(parts).equals(table));
    }
}

TEST_CASE("concat joins bits across byte borders") {
    std::vector<std::optional<bool>> values;
    for (int i = 0; i < 37; ++i) values.emplace_back(i % 3 == 0 ? std::nullopt : std::optional<bool>(i % 2 == 0));
    const Array all = flags(values);
    for (assay::index cut = 0; cut <= 37; ++cut) {
        const std::vector<Array> parts{all.slice(0, cut), all.slice(cut, 37 - cut)};
        CHECK(concat(parts).equals(all));
    }
}

TEST_CASE("tables large enough for threads give the same rows") {
    ArrayBuilder<std::int64_t> numbers;
    TextBuilder texts;
    std::vector<assay::index> reversed;
    constexpr std::int64_t rows = 100'000;
    for (std::int64_t i = 0; i < rows; ++i) {
        numbers.append(i);
        texts.append(std::string_view(std::to_string(i)));
        reversed.push_back(rows - 1 - i);
    }
    const Table table({field("n", Type::Int64), field("t", Type::Utf8)}, {numbers.finish(), texts.finish()});
    const Table backwards = take(table, reversed);
    CHECK(backwards.column("t").text(0) == "99999");
    CHECK(take(backwards, reversed).equals(table));
    CHECK(concat(std::vector<Table>{table.slice(0, 7), table.slice(7, rows - 7)}).equals(table));
}

TEST_CASE("concat shares one column, refuses none and others") {
    const Array column = mixed().column("rate");
    CHECK(concat(std::vector<Array>{column}).buffers().values.data() == column.buffers().values.data());
    CHECK_THROWS_AS(concat(std::vector<Array>{}), ShapeError);
    CHECK_THROWS_AS(concat(std::vector<Table>{}), ShapeError);
    CHECK_THROWS_AS(concat(std::vector<Array>{column, mixed().column("name")}), SchemaError);
    const std::vector<std::string> names{"name", "rate", "ok", "count", "when"};
    CHECK_THROWS_WITH(concat(std::vector<Table>{mixed(), mixed().renamed(names)}), Catch::Contains("'when'"));
}

TEST_CASE("sorting puts NaN after numbers and null last in either direction") {
    const Table table = mixed();
    CHECK(order_by(table, {"rate"}) == std::vector<assay::index>{1, 4, 0, 3, 2});
    CHECK(order_by(table, {"rate"}, true) == std::vector<assay::index>{3, 0, 4, 1, 2});
    CHECK(order_by(table, {"name"}) == std::vector<assay::index>{2, 3, 4, 0, 1});
    CHECK(order_by(table, {"at"}) == std::vector<assay::index>{1, 2, 4, 0, 3});
    CHECK(order_by(table, {"ok", "count"}) == std::vector<assay::index>{4, 2, 0, 3, 1});
    CHECK(order_by(table, {}) == std::vector<assay::index>{0, 1, 2, 3, 4});
    CHECK(order_by(table.slice(0, 0), {"rate"}).empty());
    CHECK_THROWS_AS(order_by(table, {"pulse"}), SchemaError);
}

TEST_CASE("sorting is stable and takes -0 and 0 as one") {
    const Array values = Array::of<double>(Numbers{0.0, -0.0, -1.0, 0.0, -std::numeric_limits<double>::infinity()});
    const Table table({field("x", Type::Float64)}, {values});
    CHECK(order_by(table, {"x"}) == std::vector<assay::index>{4, 2, 0, 1, 3});
    CHECK(order_by(table, {"x"}, true) == std::vector<assay::index>{0, 1, 3, 2, 4});
    const Table sliced = table.slice(1, 3);
    CHECK(order_by(sliced, {"x"}) == std::vector<assay::index>{1, 0, 2});
}

TEST_CASE("cast keeps a value or refuses it, naming the row") {
    const auto doubles = [](const Numbers& values) { return Array::of<double>(values); };
    CHECK(cast(doubles({2.0, std::nullopt}), Type::Int32).get<std::int32_t>(0) == 2);
    CHECK(cast(doubles({2.0, std::nullopt}), Type::Int32).is_null(1));
    CHECK_THROWS_WITH(cast(doubles({2.0, 2.5}), Type::Int64), Catch::Contains("row 1"));
    CHECK_THROWS_AS(cast(doubles({kNaN}), Type::Int64), ValueError);
    CHECK_THROWS_AS(cast(doubles({2147483648.0}), Type::Int32), ValueError);
    CHECK(cast(doubles({-2147483648.0}), Type::Int32).get<std::int32_t>(0) == std::numeric_limits<std::int32_t>::min());
    CHECK_THROWS_AS(cast(doubles({9223372036854775808.0}), Type::Int64), ValueError);
    CHECK_THROWS_AS(cast(doubles({0.1}), Type::Float32), ValueError);
    CHECK(cast(doubles({0.5}), Type::Float32).get<float>(0) == 0.5f);
    CHECK(std::isnan(*cast(doubles({kNaN}), Type::Float32).get<float>(0)));
    CHECK_THROWS_AS(cast(doubles({1e300}), Type::Float32), ValueError);
}

TEST_CASE("cast of integers knows where floats stop being exact") {
    const auto integers = [](std::int64_t value) {
        return Array::of<std::int64_t>(std::vector<std::optional<std::int64_t>>{value});
    };
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    CHECK(cast(integers(exact), Type::Float64).get<double>(0) == 9007199254740992.0);
    CHECK_THROWS_AS(cast(integers(exact + 1), Type::Float64), ValueError);
    CHECK_THROWS_AS(cast(integers(std::numeric_limits<std::int64_t>::max()), Type::Float64), ValueError);
    CHECK_THROWS_AS(cast(integers(exact), Type::Int32), ValueError);
    CHECK(cast(integers(1), Type::Bool).get<bool>(0) == true);
    CHECK_THROWS_AS(cast(integers(2), Type::Bool), ValueError);
    CHECK(cast(integers(7), Type::Timestamp).get<Timestamp>(0) == Timestamp{7});
}

TEST_CASE("cast to and from text is what CSV holds") {
    const Array rates = mixed().column("rate");
    const Array text = cast(rates, Type::Utf8);
    CHECK(text.text(0) == "3");
    CHECK(text.text(3) == "nan");
    CHECK(text.is_null(2));
    CHECK(cast(text, Type::Float64).equals(rates));
    CHECK(cast(mixed().column("ok"), Type::Utf8).text(0) == "true");
    CHECK(cast(cast(mixed().column("ok"), Type::Utf8), Type::Bool).equals(mixed().column("ok")));
    CHECK(cast(cast(mixed().column("at"), Type::Utf8), Type::Timestamp).equals(mixed().column("at")));
    CHECK_THROWS_AS(cast(Array::of_text({"1x"}), Type::Int64), ValueError);
    CHECK_THROWS_AS(cast(Array::of_text({""}), Type::Float64), ValueError);
    CHECK_THROWS_AS(cast(Array::of_text({"2021-02-30"}), Type::Date32), ValueError);
}

TEST_CASE("cast of days, moments and bytes") {
    const Array days = cast(Array::of_text({"1969-12-31", "2024-02-29"}), Type::Date32);
    CHECK(days.get<Date>(0) == Date{-1});
    const Array midnights = cast(days, Type::Timestamp);
    CHECK(midnights.get<Timestamp>(0) == Timestamp{-Timestamp::micros_per_day});
    CHECK(cast(midnights, Type::Date32).equals(days));
    CHECK_THROWS_AS(cast(mixed().column("at"), Type::Date32), ValueError);
    const Array bytes = cast(Array::of_text({"é"}), Type::Binary);
    CHECK(cast(bytes, Type::Utf8).text(0) == "é");
    TextBuilder broken(Type::Binary);
    broken.append(std::string_view("\xff"));
    CHECK_THROWS_AS(cast(broken.finish(), Type::Utf8), ValueError);
    CHECK_THROWS_AS(cast(days, Type::Float64), SchemaError);
    CHECK(cast(mixed().column("at").slice(1, 2), Type::Int64).get<std::int64_t>(0) == -1);
}
