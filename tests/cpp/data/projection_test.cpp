#include "assay/data/projection.hpp"

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

Table admissions() {
    const std::vector<std::optional<std::string>> sexes{"F", "m", std::nullopt};
    const std::vector<std::optional<std::string>> codes{"v707", "4139", "a150"};
    const std::vector<std::int64_t> ids{7, 8, 9};
    const std::vector<std::optional<std::int64_t>> versions{9, 9, std::nullopt};
    return Table(TableSchema{{.name = "subject_id", .type = Type::Int64},
                             {.name = "gender", .type = Type::Utf8},
                             {.name = "icd_code", .type = Type::Utf8},
                             {.name = "icd_version", .type = Type::Int64}},
                 {Array::of<std::int64_t>(ids), Array::of(sexes), Array::of(codes), Array::of(versions)});
}

Table one(const ColumnRule& rule) { return project(admissions(), std::span(&rule, 1)); }

}  // namespace

TEST_CASE("project takes a column over, with another type where asked", "[data]") {
    const Table same = one({{.name = "id", .type = Type::Int64}, {"{subject_id}"}, {}});
    CHECK(same.column("id").buffers().values.as<char>() != nullptr);
    CHECK(same.column("id").values<std::int64_t>()[2] == 9);
    const Table text = one({{.name = "id", .type = Type::Utf8}, {"{subject_id}"}, {}});
    CHECK(text.column("id").text(0) == "7");
}

TEST_CASE("project composes text, recodes it and falls back at nulls", "[data]") {
    const Table coded = one({{.name = "code", .type = Type::Utf8},
                             {"icd{icd_version}|{icd_code:upper}", "unversioned|{icd_code:upper}"},
                             {}});
    CHECK(coded.column("code").text(0) == "icd9|V707");
    CHECK(coded.column("code").text(2) == "unversioned|A150");

    const Table sex = one({{.name = "sex", .type = Type::Utf8}, {"{gender:lower}"}, {{"f", "female"}, {"m", "male"}}});
    CHECK(sex.column("sex").text(0) == "female");
    CHECK(sex.column("sex").text(1) == "male");
    CHECK(sex.column("sex").is_null(2));
}

TEST_CASE("project writes a coded value as system in lower and code in upper case", "[data]") {
    const std::vector<std::string> codes{"ICD9|v707", "icd10|A15.0", "plain"};
    const Table table(TableSchema{{.name = "code", .type = Type::Utf8}}, {Array::of_text(codes)});
    const ColumnRule rule{{.name = "code", .type = Type::Utf8}, {"{code:coding}"}, {}};
    const Table out = project(table, std::span(&rule, 1));
    CHECK(out.column(0).text(0) == "icd9|V707");
    CHECK(out.column(0).text(1) == "icd10|A15.0");
    CHECK(out.column(0).text(2) == "plain");
}

TEST_CASE("project asks whether a value is given", "[data]") {
    const Table out = one({{.name = "status", .type = Type::Utf8}, {"versioned{icd_version:given}", "plain"}, {}});
    CHECK(out.column(0).text(0) == "versioned");
    CHECK(out.column(0).text(2) == "plain");
}

TEST_CASE("project leaves out templates whose column is missing", "[data]") {
    const Table constant = one({{.name = "category", .type = Type::Utf8}, {"{absent}", "diagnosis"}, {}});
    CHECK(constant.column(0).text(1) == "diagnosis");
    const Table nulls = one({{.name = "at", .type = Type::Timestamp}, {"{absent}"}, {}});
    CHECK(nulls.column(0).null_count() == 3);
}

TEST_CASE("project says what it expected", "[data]") {
    CHECK_THROWS_AS(one({{.name = "id", .type = Type::Utf8, .nullable = false}, {"{absent}"}, {}}), SchemaError);
    CHECK_THROWS_AS(one({{.name = "sex", .type = Type::Utf8, .nullable = false}, {"{gender}"}, {}}), SchemaError);
    CHECK_THROWS_AS(one({{.name = "n", .type = Type::Int64}, {"{icd_code}"}, {}}), ValueError);
    CHECK_THROWS_AS(one({{.name = "n", .type = Type::Utf8}, {"{gender"}, {}}), ValueError);
    CHECK_THROWS_AS(one({{.name = "n", .type = Type::Utf8}, {"{gender:title}"}, {}}), ValueError);
}

TEST_CASE("project of an empty table has the columns and no rows", "[data]") {
    const ColumnRule rule{{.name = "sex", .type = Type::Utf8}, {"x{gender}"}, {}};
    const Table out = project(admissions().slice(0, 0), std::span(&rule, 1));
    CHECK(out.num_rows() == 0);
    CHECK(out.has_column("sex"));
}
