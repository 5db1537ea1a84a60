#include "assay/data/arrow.hpp"

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

/// A producer that counts its releases: one column made by hand, as another library would.
struct Producer {
    std::vector<const void*> buffers;
    ArrowSchema schema{};
    ArrowArray array{};
    int released = 0;

    Producer(const char* format, std::int64_t length, std::vector<const void*> pointers)
        : buffers(std::move(pointers)) {
        schema.format = format;
        schema.name = "x";
        schema.flags = ARROW_FLAG_NULLABLE;
        schema.release = [](ArrowSchema* mine) { mine->release = nullptr; };
        array.length = length;
        array.null_count = -1;
        array.n_buffers = static_cast<std::int64_t>(buffers.size());
        array.buffers = buffers.data();
        array.private_data = &released;
        array.release = [](ArrowArray* mine) {
            ++*static_cast<int*>(mine->private_data);
            mine->release = nullptr;
        };
    }
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    Array import() { return import_array(schema, &array); }
};

struct OwnedSchema {
    ArrowSchema value{};
    ~OwnedSchema() {
        if (value.release != nullptr) value.release(&value);
    }
};

Field field(const char* name, Type type) {
    Field out;
    out.name = name;
    out.type = type;
    return out;
}

Table round_trip(const Table& table) {
    ArrowArrayStream stream{};
    export_stream(table, &stream);
    return import_stream(&stream);
}

Table vitals() {
    Field rate = field("heart_rate", Type::Float64);
    rate.unit = "/min";
    rate.loinc = "8867-4";
    rate.valid = Range{0.1, 350};
    rate.outlier = Range{-std::numeric_limits<double>::infinity(), 390};
    rate.description = "심박수";
    Field id = field("patient_id", Type::Utf8);
    id.nullable = false;
    return Table({id, rate}, {Array::of_text({"M1", "환자", ""}),
                              Array::of<double>({std::optional<double>(61.5), std::nullopt, 80.0})});
}

}  // namespace

TEST_CASE("a table goes out and in on the same memory with all that is known of its fields") {
    const Table table = vitals();
    const Table back = round_trip(table);
    CHECK(back.equals(table));
    CHECK(back.schema().field("heart_rate").description == "심박수");
    CHECK(back.column(1).buffers().values.data() == table.column(1).buffers().values.data());
    CHECK(back.column(0).buffers().values.data() == table.column(0).buffers().values.data());
    CHECK(back.column(0).buffers().offsets.data() == table.column(0).buffers().offsets.data());
}

TEST_CASE("slices and empty tables go out and in") {
    const Table table = vitals();
    CHECK(round_trip(table.slice(1, 2)).equals(table.slice(1, 2)));
    CHECK(round_trip(table.slice(3, 0)).equals(table.slice(3, 0)));
    CHECK(round_trip(Table::empty(table.schema())).schema() == table.schema());
    CHECK(round_trip(Table()).num_columns() == 0);
    CHECK(round_trip(table.slice(1, 2)).column(1).values<double>().data() ==
          table.column(1).values<double>().data() + 1);
}

TEST_CASE("an exported table outlives the one it came from, and its parts one another") {
    ArrowArray array{};
    OwnedSchema schema;
    {
        const Table table = vitals();
        export_table(table, &array);
        export_schema(table.schema(), &schema.value);
    }
    // A consumer may move a child out and release the parent first.
    ArrowArray child = *array.children[1];
    array.children[1]->release = nullptr;
    array.release(&array);
    CHECK(array.release == nullptr);
    CHECK(static_cast<const double*>(child.buffers[1])[2] == 80.0);
    child.release(&child);
}

TEST_CASE("what is imported is released once, when the last view goes") {
    const std::vector<double> values{1, 2, 3};
    Producer producer("g", 3, {nullptr, values.data()});
    {
        std::optional<Array> column = producer.import();
        CHECK(producer.array.release == nullptr);
        CHECK(column->values<double>().data() == values.data());
        const Array tail = column->slice(1, 2);
        column.reset();
        CHECK(producer.released == 0);
        CHECK(tail.get<double>(1) == 3.0);
    }
    CHECK(producer.released == 1);
    CHECK_THROWS_AS(producer.import(), SchemaError);
}

TEST_CASE("foreign integers and floats widen without loss") {
    const std::vector<std::int8_t> small{-128, 127};
    CHECK(Producer("c", 2, {nullptr, small.data()}).import().get<std::int32_t>(0) == -128);
    const std::vector<std::uint32_t> big{4294967295u};
    CHECK(Producer("I", 1, {nullptr, big.data()}).import().get<std::int64_t>(0) == 4294967295);
    const std::vector<std::uint64_t> huge{1, std::uint64_t{1} << 63};
    CHECK_THROWS_WITH(Producer("L", 2, {nullptr, huge.data()}).import(), Catch::Contains("row 1"));
    CHECK(Producer("L", 1, {nullptr, huge.data()}).import().get<std::int64_t>(0) == 1);
    const std::vector<std::uint16_t> halves{0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00, 0x8000, 0x7bff};
    const Array floats = Producer("e", 7, {nullptr, halves.data()}).import();
    CHECK(floats.get<float>(0) == 1.0f);
    CHECK(floats.get<float>(1) == -2.0f);
    CHECK(floats.get<float>(2) == 0x1p-24f);
    CHECK(std::isinf(*floats.get<float>(3)));
    CHECK(std::isnan(*floats.get<float>(4)));
    CHECK(std::signbit(*floats.get<float>(5)));
    CHECK(floats.get<float>(6) == 65504.0f);
}

TEST_CASE("foreign times become UTC microseconds or an error") {
    const std::vector<std::int64_t> nanos{1'500'000, -3'000, 1'500};
    const Array times = Producer("tsn:Asia/Seoul", 2, {nullptr, nanos.data()}).import();
    CHECK(times.get<Timestamp>(0) == Timestamp{1500});
    CHECK(times.get<Timestamp>(1) == Timestamp{-3});
    CHECK_THROWS_WITH(Producer("tsn:", 3, {nullptr, nanos.data()}).import(), Catch::Contains("row 2"));
    const std::vector<std::int64_t> seconds{-1, std::int64_t{1} << 62};
    CHECK(Producer("tss:", 1, {nullptr, seconds.data()}).import().get<Timestamp>(0) == Timestamp{-1'000'000});
    CHECK_THROWS_AS(Producer("tss:", 2, {nullptr, seconds.data()}).import(), ValueError);
    const std::vector<std::int64_t> days{86'400'000, 86'400'001};
    CHECK(Producer("tdm", 1, {nullptr, days.data()}).import().get<Date>(0) == Date{1});
    CHECK_THROWS_AS(Producer("tdm", 2, {nullptr, days.data()}).import(), ValueError);
}

TEST_CASE("decimals keep every digit or are refused") {
    const std::vector<std::int64_t> words{12345, 0, -150, -1, 1'000'000'000'000'001, 0, 0, 1};
    const Array numbers = Producer("d:38,2", 2, {nullptr, words.data()}).import();
    CHECK(numbers.get<double>(0) == 123.45);
    CHECK(numbers.get<double>(1) == -1.5);
    CHECK_THROWS_WITH(Producer("d:38,2", 3, {nullptr, words.data()}).import(), Catch::Contains("row 2"));
    CHECK(Producer("d:38,0", 3, {nullptr, words.data()}).import().get<std::int64_t>(2) == 1'000'000'000'000'001);
    CHECK_THROWS_AS(Producer("d:38,0", 4, {nullptr, words.data()}).import(), ValueError);
    CHECK_THROWS_AS(Producer("d:76,2,256", 1, {nullptr, words.data()}).import(), SchemaError);
}

TEST_CASE("large text shares its characters, views are decoded") {
    const std::string characters = "xx환자ab";
    const std::vector<std::int64_t> offsets{2, 8, 8, 10};
    const std::uint8_t valid = 0b101;
    Producer texts("U", 3, {&valid, offsets.data(), characters.data()});  // outlives what it lends to
    const Array large = texts.import();
    CHECK(large.text(0) == "환자");
    CHECK(large.is_null(1));
    CHECK(large.text(2) == "ab");
    CHECK(large.buffers().values.as<char>() == characters.data() + 2);
    const std::vector<std::int64_t> beyond{0, std::int64_t{1} << 31};
    CHECK_THROWS_WITH(Producer("Z", 1, {nullptr, beyond.data(), characters.data()}).import(), Catch::Contains("2 GiB"));

    const std::string text = "a text of more than twelve bytes";
    std::vector<std::int32_t> views(8, 0);
    views[0] = 2;
    std::memcpy(&views[1], "ab", 2);
    views[4] = static_cast<std::int32_t>(text.size());
    const auto size = static_cast<std::int64_t>(text.size());
    Producer short_and_long("vu", 2, {nullptr, views.data(), text.data(), &size});
    const Array viewed = short_and_long.import();
    CHECK(viewed.text(0) == "ab");
    CHECK(viewed.text(1) == text);
    views[7] = 1;
    CHECK_THROWS_AS(Producer("vu", 2, {nullptr, views.data(), text.data(), &size}).import(), SchemaError);
}

TEST_CASE("a dictionary is decoded, with nulls in indices and values") {
    const std::vector<std::int32_t> offsets{0, 1, 1};
    const std::uint8_t first_valid = 0b01;
    Producer values("u", 2, {&first_valid, offsets.data(), "a"});
    const std::vector<std::int8_t> indices{0, 1, 0, 7};
    const std::uint8_t valid = 0b0011;
    const auto import = [&](const std::uint8_t* bits) {
        Producer column("c", 4, {bits, indices.data()});
        column.schema.dictionary = &values.schema;
        column.array.dictionary = &values.array;
        return column.import();
    };
    const Array decoded = import(&valid);
    CHECK(decoded.text(0) == "a");
    CHECK(decoded.null_count() == 3);
    CHECK_THROWS_AS(import(nullptr), SchemaError);
}

TEST_CASE("rows that are null as a whole are null in every column, within a struct's offset") {
    const std::vector<double> numbers{0, 1, 2, 3};
    Producer child("g", 4, {nullptr, numbers.data()});
    child.schema.flags = 0;
    const std::uint8_t valid = 0b1010;
    Producer table("+s", 3, {&valid});
    ArrowSchema* schemas[] = {&child.schema};
    ArrowArray* arrays[] = {&child.array};
    table.schema.n_children = table.array.n_children = 1;
    table.schema.children = schemas;
    table.array.children = arrays;
    table.array.offset = 1;
    const Table rows = import_table(table.schema, &table.array);
    REQUIRE(rows.num_rows() == 3);
    CHECK(rows.column(0).get<double>(0) == 1.0);
    CHECK(rows.column(0).is_null(1));
    CHECK(rows.column(0).get<double>(2) == 3.0);
    CHECK(rows.schema()[0].nullable);
}

TEST_CASE("an array that contradicts the interface is an error") {
    const std::vector<double> values{1, 2};
    const auto broken = [&](auto change) {
        Producer producer("g", 2, {nullptr, values.data()});
        change(producer);
        CHECK_THROWS_AS(producer.import(), SchemaError);
        CHECK(producer.released == 1);
    };
    broken([](Producer& p) { p.array.length = -1; });
    broken([](Producer& p) { p.array.offset = -1; });
    broken([](Producer& p) { p.array.null_count = -2; });
    broken([](Producer& p) { p.array.null_count = 3; });
    broken([](Producer& p) { p.array.null_count = 1; });
    broken([](Producer& p) { p.array.n_buffers = 1; });
    broken([](Producer& p) { p.array.buffers = nullptr; });
    broken([](Producer& p) { p.buffers[1] = nullptr; });
    broken([](Producer& p) { p.array.n_children = 1; });
    broken([](Producer& p) { p.array.length = std::numeric_limits<std::int64_t>::max(); });
    broken([](Producer& p) { p.schema.format = nullptr; });
    const std::vector<std::int32_t> falling{0, 2, 1};
    CHECK_THROWS_AS(Producer("u", 2, {nullptr, falling.data(), "ab"}).import(), SchemaError);
    const std::vector<std::int32_t> negative{-1, 0, 1};
    CHECK_THROWS_AS(Producer("u", 2, {nullptr, negative.data(), "ab"}).import(), SchemaError);
}

TEST_CASE("types without a rule are refused with a remedy") {
    const auto words = [](const char* format) {
        Producer producer(format, 0, {});
        try {
            static_cast<void>(import_field(producer.schema));
        } catch (const SchemaError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK_THAT(words("+l"), Catch::Contains("JSON"));
    CHECK_THAT(words("+s"), Catch::Contains("column"));
    CHECK_THAT(words("ttu"), Catch::Contains("time of day"));
    CHECK_THAT(words("tDs"), Catch::Contains("duration"));
    CHECK_THAT(words("+r"), Catch::Contains("decode"));
    CHECK_THAT(words("??"), Catch::Contains("unknown"));
}

TEST_CASE("a failing producer's own words are carried") {
    ArrowArrayStream stream{};
    stream.get_schema = [](ArrowArrayStream*, ArrowSchema*) { return 5; };
    stream.get_next = [](ArrowArrayStream*, ArrowArray*) { return 5; };
    stream.get_last_error = [](ArrowArrayStream*) { return "the disk went away"; };
    stream.release = [](ArrowArrayStream* mine) { mine->release = nullptr; };
    CHECK_THROWS_WITH(import_stream(&stream), Catch::Contains("the disk went away"));
    CHECK(stream.release == nullptr);
    CHECK_THROWS_AS(import_stream(&stream), SchemaError);
}

TEST_CASE("misaligned memory is copied, not misread") {
    alignas(8) unsigned char bytes[17] = {};
    const double value = 61.5;
    std::memcpy(bytes + 1, &value, 8);
    const Array column = Producer("g", 1, {nullptr, bytes + 1}).import();
    CHECK(column.get<double>(0) == 61.5);
    CHECK(reinterpret_cast<std::uintptr_t>(column.values<double>().data()) % 8 == 0);
}

TEST_CASE("a requested schema is followed where nothing is lost") {
    const Table table({field("n", Type::Int64), field("x", Type::Float64)},
                      {Array::of<std::int64_t>(std::vector<std::optional<std::int64_t>>{1}),
                       Array::of<double>({std::optional<double>(0.1)})});
    OwnedSchema wish;
    export_schema(TableSchema{field("n", Type::Int32), field("x", Type::Float32)}, &wish.value);
    const Table given = as_requested(table, wish.value);
    CHECK(given.schema().field("n").type == Type::Int32);
    CHECK(given.schema().field("x").type == Type::Float64);
}
