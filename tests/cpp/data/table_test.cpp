#include "assay/data/table.hpp"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/schema.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

struct PatientId : Column<"patient_id", std::string, Required> {};
struct HeartRate : Column<"heart_rate", double, Unit<"/min">, Loinc<"8867-4">, Valid<0, 350>, Outlier<390>> {};
using Vitals = Schema<PatientId, HeartRate>;

Table two_patients() {
    return Table(Vitals::table_schema(),
                 {Array::of_text({"A", "환자"}), Array::of<double>({std::optional<double>(61.0), std::nullopt})});
}

}  // namespace

TEST_CASE("a schema of column types carries name, unit, code and limits") {
    const TableSchema schema = Vitals::table_schema();
    REQUIRE(schema.size() == 2);
    CHECK(schema[0].name == "patient_id");
    CHECK_FALSE(schema[0].nullable);
    const Field& rate = schema.field("heart_rate");
    CHECK(rate.unit == "/min");
    CHECK(rate.loinc == "8867-4");
    CHECK(rate.valid == Range{0, 350});
    CHECK(rate.outlier == Range{0, 390});
    CHECK(Vitals::position<HeartRate>() == 1);
}

TEST_CASE("columns keep nulls, text and slices without a copy") {
    const Table table = two_patients();
    const Array& rate = table.column("heart_rate");
    CHECK(rate.null_count() == 1);
    CHECK(rate.get<double>(0) == 61.0);
    CHECK_FALSE(rate.get<double>(1).has_value());
    const Table last = table.slice(1, 1);
    CHECK(last.column("patient_id").text(0) == "환자");
    CHECK(last.column("heart_rate").null_count() == 1);
    CHECK(last.column("heart_rate").buffers().values.data() == rate.buffers().values.data());
    CHECK(table.slice(2, 0).num_rows() == 0);
    CHECK_THROWS_AS(table.slice(1, 2), ShapeError);
}

TEST_CASE("a typed table gives columns by type") {
    const TypedTable<Vitals> typed(two_patients());
    CHECK(typed.values<HeartRate>()[0] == 61.0);
    CHECK(typed.column<PatientId>().text(0) == "A");
}

TEST_CASE("a table refuses what does not fit its schema and says where") {
    CHECK_THROWS_AS(Table(Vitals::table_schema(), {Array::of_text({"A"})}), ShapeError);
    CHECK_THROWS_AS(Table(Vitals::table_schema(), {Array::of_text({"A"}), Array::nulls(Type::Float64, 2)}), ShapeError);
    CHECK_THROWS_AS(Table(Vitals::table_schema(), {Array::of_text({"A"}), Array::nulls(Type::Int64, 1)}), SchemaError);
    CHECK_THROWS_AS(Table(Vitals::table_schema(), {Array::nulls(Type::Utf8, 1), Array::nulls(Type::Float64, 1)}),
                    SchemaError);
    CHECK_THROWS_WITH(two_patients().column("pulse"), Catch::Contains("patient_id, heart_rate"));
}

TEST_CASE("with_validity marks values of a slice as null and leaves the original alone") {
    const std::vector<double> numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const Array all = Array::of<double>(std::span<const double>(numbers));
    MutableBuffer bits;
    bits.push(std::uint8_t{0b101});
    const Array masked = all.slice(7, 3).with_validity(std::move(bits).freeze());
    CHECK(masked.get<double>(0) == 8.0);
    CHECK(masked.is_null(1));
    CHECK(masked.get<double>(2) == 10.0);
    CHECK(all.null_count() == 0);
}

TEST_CASE("a slice of more rows than there are is refused, however many") {
    const Array column = Array::of(std::vector<std::optional<double>>{1.0, 2.0, 3.0});
    constexpr auto most = std::numeric_limits<assay::index>::max();
    for (const auto& [start, length] :
         {std::pair<assay::index, assay::index>{1, most}, {most, 1}, {most, most}, {4, 0}}) {
        CHECK_THROWS_AS(column.slice(start, length), assay::ShapeError);
    }
    CHECK_THROWS_AS(Array(Type::Float64, most / 8, {}), assay::ShapeError);  // a product of bytes must not overflow
    CHECK(column.slice(3, 0).size() == 0);
}

TEST_CASE("a buffer that grows page by page keeps its bytes") {
    MutableBuffer buffer;
    for (std::int64_t i = 0; i < 400'000; ++i) buffer.push(i);
    const Buffer frozen = std::move(buffer).freeze();
    REQUIRE(frozen.size() == 400'000 * 8);
    CHECK(reinterpret_cast<std::uintptr_t>(frozen.data()) % 64 == 0);
    bool same = true;
    for (std::int64_t i = 0; i < 400'000; ++i) same = same && frozen.as<std::int64_t>()[i] == i;
    CHECK(same);
}
