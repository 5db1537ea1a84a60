#include "assay/data/look_up.hpp"

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

Table items(const std::vector<std::string>& ids, const std::vector<std::optional<std::string>>& labels) {
    return Table(TableSchema{{.name = "itemid", .type = Type::Utf8}, {.name = "label", .type = Type::Utf8}},
                 {Array::of_text(ids), Array::of(labels)});
}

}  // namespace

TEST_CASE("look_up adds the dictionary's columns, null where the key is unknown", "[data]") {
    const std::vector<std::int64_t> ids{220045, 1, 220210, 220045};
    const Table events(TableSchema{{.name = "itemid", .type = Type::Int64}}, {Array::of<std::int64_t>(ids)});
    const Table out = look_up(events, "itemid", items({"220210", "220045"}, {std::nullopt, "heart rate"}), "itemid");
    REQUIRE(out.num_columns() == 2);
    CHECK(out.column("label").text(0) == "heart rate");
    CHECK(out.column("label").is_null(1));
    CHECK(out.column("label").is_null(2));
    CHECK(out.column("label").text(3) == "heart rate");
}

TEST_CASE("look_up in an empty dictionary gives nulls", "[data]") {
    const std::vector<std::string> ids{"a", "b"};
    const Table events(TableSchema{{.name = "itemid", .type = Type::Utf8}}, {Array::of_text(ids)});
    CHECK(look_up(events, "itemid", items({}, {}), "itemid").column("label").null_count() == 2);
}

TEST_CASE("look_up refuses a key that stands twice, without repeating it", "[data]") {
    const std::vector<std::string> ids{"a"};
    const Table events(TableSchema{{.name = "itemid", .type = Type::Utf8}}, {Array::of_text(ids)});
    try {
        look_up(events, "itemid", items({"secret", "secret"}, {"x", "y"}), "itemid");
        FAIL("expected an error");
    } catch (const SchemaError& error) {
        CHECK(std::string(error.what()).find("secret") == std::string::npos);
        CHECK(std::string(error.what()).find("row 1") != std::string::npos);
    }
    CHECK_THROWS_AS(look_up(events, "absent", items({}, {}), "itemid"), SchemaError);
}
