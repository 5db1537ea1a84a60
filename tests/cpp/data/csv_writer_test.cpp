#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/csv_writer.hpp"
#include "catch.hpp"
#include "data/csv_helpers.hpp"

namespace csv_test {

namespace {

Table all_types() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const std::vector<Field> fields{
        field("b", Type::Bool),    field("i", Type::Int32),    field("l", Type::Int64),
        field("f", Type::Float32), field("d", Type::Float64),  field("t", Type::Utf8),
        field("x", Type::Binary),  field("day", Type::Date32), field("at", Type::Timestamp)};
    std::vector<Array> columns;
    columns.push_back(Array::of<bool>({true, std::nullopt, false, true}));
    columns.push_back(Array::of<std::int32_t>({std::numeric_limits<std::int32_t>::min(), 7, std::nullopt, 0}));
    columns.push_back(Array::of<std::int64_t>({std::numeric_limits<std::int64_t>::min(), std::nullopt, 1, 2}));
    columns.push_back(Array::of<float>({0.1f, -0.0f, 1e-45f, std::nullopt}));
    columns.push_back(Array::of<double>({0.1, inf, -inf, std::numeric_limits<double>::denorm_min()}));
    columns.push_back(Array::of<std::string>({"", "NA", std::nullopt, "a,\"b\"\r\nc \xc3\xa4"}));
    columns.push_back(Array::of<std::string>({"\\x41", std::string("\0\xff", 2), std::nullopt, "text"}));
    columns.back() = Array(Type::Binary, 4, columns.back().buffers());
    columns.push_back(Array::of<Date>({Date(-719162), std::nullopt, Date(0), Date(19782)}));
    columns.push_back(Array::of<Timestamp>({Timestamp(-1), Timestamp(0), std::nullopt, Timestamp(1704067200123456)}));
    return Table(TableSchema(fields), std::move(columns));
}

}  // namespace

TEST_CASE("csv writer: every type reads back to the same bits") {
    const Table table = all_types();
    const CsvResult back = read(to_csv(table), with_schema(table.schema()));
    CHECK(back.rejected.num_rows() == 0);
    CHECK(back.rows.equals(table));
}

TEST_CASE("csv writer: NaN is a value, not a null") {
    const double values[] = {1.5, std::numeric_limits<double>::quiet_NaN()};
    const Table table(TableSchema{field("v", Type::Float64)}, {Array::of(std::span<const double>(values))});
    const CsvResult back = read(to_csv(table), with_schema(table.schema()));
    REQUIRE(back.rows.column("v").null_count() == 0);
    CHECK(std::isnan(back.rows.column("v").values<double>()[1]));
}

TEST_CASE("csv writer: text as it stands") {
    const Table table = all_types().slice(0, 1).select(std::vector<std::string>{"t", "d", "at"});
    CHECK(to_csv(table) == "t,d,at\n\"\",0.1,1969-12-31T23:59:59.999999Z\n");
    CHECK(to_csv(Table::empty(table.schema())) == "t,d,at\n");
}

TEST_CASE("csv writer: slices and one column of nulls") {
    const Table table = all_types();
    const Table part = table.slice(1, 2);
    CHECK(read(to_csv(part), with_schema(part.schema())).rows.equals(part));
    const Table one(TableSchema{field("n", Type::Int64)}, {Array::of<std::int64_t>({1, std::nullopt, 3})});
    CHECK(read(to_csv(one), with_schema(one.schema())).rows.equals(one));
}

TEST_CASE("csv writer: the file appears whole") {
    const auto folder = std::filesystem::temp_directory_path();
    const auto path = folder / "assay_csv_writer_test.csv";
    write_csv(all_types(), path);
    CHECK(read_file(path) == to_csv(all_types()));
    std::filesystem::remove(path);
    CHECK_THROWS_AS(write_csv(all_types(), folder / "no_such_folder" / "x.csv"), IoError);
}

}  // namespace csv_test
