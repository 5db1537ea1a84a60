#include "assay/data/deid/deidentify.hpp"

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/deid/date_shift.hpp"
#include "assay/data/deid/pseudonymiser.hpp"
#include "assay/data/deid/vault.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

DeidKey deid_key(char first) {
    return DeidKey(Secret(std::string(1, first) + "00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
}

using Texts = std::vector<std::optional<std::string>>;

/// Made-up patients.
Table patients() {
    const std::vector<std::optional<Date>> births{parse_date("1990-05-06"), parse_date("1930-01-01"), std::nullopt};
    const std::vector<std::optional<Timestamp>> times{Timestamp{Date{19'000}}, Timestamp{Date{19'003}},
                                                      Timestamp{Date{19'000}}};
    const std::vector<std::optional<std::int64_t>> ages{36, 96, 41};
    const std::vector<std::optional<double>> values{5.1, std::nullopt, 6.0};
    return Table(TableSchema{{.name = "patient_id", .type = Type::Utf8, .nullable = false},
                             {.name = "name", .type = Type::Utf8},
                             {.name = "born", .type = Type::Date32},
                             {.name = "age", .type = Type::Int64},
                             {.name = "zip", .type = Type::Utf8},
                             {.name = "observed_at", .type = Type::Timestamp},
                             {.name = "value", .type = Type::Float64, .unit = "mmol/L"},
                             {.name = "note", .type = Type::Utf8},
                             {.name = "internal", .type = Type::Utf8}},
                 {Array::of(Texts{"M001", "M001", " "}), Array::of(Texts{"Rose Sample", "Rose Sample", "Tom Test"}),
                  Array::of(births), Array::of(ages), Array::of(Texts{"02139", "03601", "??"}), Array::of(times),
                  Array::of(values), Array::of(Texts{"Rose (M001) called", std::nullopt, "stable"}),
                  Array::of(Texts{"a", "b", std::nullopt})});
}

DeidPlan patient_plan() {
    DeidPlan plan;
    plan.columns = {{"patient_id", {ColumnRole::identifier}},
                    {"name", {ColumnRole::name}},
                    {"born", {ColumnRole::birth_date}},
                    {"age", {ColumnRole::age}},
                    {"zip", {ColumnRole::zip}},
                    {"observed_at", {ColumnRole::date}},
                    {"value", {ColumnRole::keep}},
                    {"note", {ColumnRole::free_text}},
                    {"internal", {ColumnRole::drop}}};
    plan.as_of = parse_date("2026-06-15");
    return plan;
}

}  // namespace

TEST_CASE("deidentify: every column by its role", "[deid]") {
    const DeidKey key = deid_key('0');
    const Table rows = deidentify(patients(), patient_plan(), key).rows;
    CHECK(rows.num_columns() == 8);
    CHECK_FALSE(rows.has_column("name"));
    CHECK_FALSE(rows.has_column("internal"));
    const std::string token = *Pseudonymiser(key, "patient_id").token("M001");
    CHECK(rows.column("patient_id").equals(Array::of(Texts{token, token, std::nullopt})));
    const std::vector<std::optional<std::int32_t>> born{1990, 1936, std::nullopt};
    CHECK(rows.column("born").equals(Array::of(born)));
    const std::vector<std::optional<std::int64_t>> ages{36, 90, 41};
    CHECK(rows.column("age").equals(Array::of(ages)));
    CHECK(rows.column("zip").equals(Array::of(Texts{"021", "000", std::nullopt})));
    const int days = DateShift(key).days(token);
    CHECK(rows.column("observed_at").get<Timestamp>(0)->date().days() == 19'000 + days);
    CHECK(rows.column("observed_at").get<Timestamp>(1)->date().days() == 19'003 + days);
    CHECK(rows.column("observed_at").is_null(2));  // no patient, no shift, no date
    CHECK(rows.column("value").equals(patients().column("value")));
    CHECK(rows.schema().field("value").unit == "mmol/L");
    CHECK(rows.column("note").equals(Array::of(Texts{"[NAME] ([ID]) called", std::nullopt, "stable"})));
    CHECK(rows.column(key_id_column).text(2) == key.key_id());
}

TEST_CASE("deidentify: what was done is counted", "[deid]") {
    const Deidentified done = deidentify(patients(), patient_plan(), deid_key('0'));
    REQUIRE(done.columns.size() == 9);
    CHECK(done.columns[0].values == 3);
    CHECK(done.columns[0].removed == 1);
    CHECK(done.columns[4].removed == 1);
    CHECK(done.columns[7].changed == 1);
    CHECK(done.counts_by_kind == std::map<std::string, assay::index>{{"ID", 1}, {"NAME", 1}});
    CHECK(done.findings.num_rows() == 2);
    CHECK(done.findings.column("column").text(0) == "note");
    const Deidentified none = deidentify(patients().slice(0, 0), patient_plan(), deid_key('0'));
    CHECK(none.rows.num_rows() == 0);
    CHECK(none.findings.num_rows() == 0);
}

TEST_CASE("deidentify: nothing passes by default", "[deid]") {
    const DeidKey key = deid_key('0');
    DeidPlan plan = patient_plan();
    plan.columns.erase("internal");
    CHECK_THROWS_WITH(deidentify(patients(), plan, key), Catch::Contains("'internal'"));
    plan = patient_plan();
    plan.as_of.reset();
    CHECK_THROWS_AS(deidentify(patients(), plan, key), ValueError);
    plan = patient_plan();
    plan.columns["patient_id"].role = ColumnRole::keep;
    CHECK_THROWS_WITH(deidentify(patients(), plan, key), Catch::Contains("dates move together"));
    plan = patient_plan();
    plan.columns["value"].role = ColumnRole::zip;
    CHECK_THROWS_AS(deidentify(patients(), plan, key), SchemaError);
    const Table done = deidentify(patients(), patient_plan(), key).rows;
    plan = patient_plan();
    plan.columns[std::string(key_id_column)] = {ColumnRole::keep};
    CHECK_THROWS_WITH(deidentify(done, plan, key), Catch::Contains("already"));
    CHECK(role_from_name("birth_date") == ColumnRole::birth_date);
    CHECK_THROWS_AS(role_from_name("secret"), ValueError);
}

TEST_CASE("vault: the way back, sealed, and one process at a time", "[deid]") {
    const TemporaryFolder folder;
    const DeidKey key = deid_key('0'), vault_key = deid_key('1');
    const Table rows = deidentify(patients(), patient_plan(), key).rows;
    {
        Vault vault(folder / "vault", vault_key);
        CHECK(vault.size() == 0);
        deidentify(patients(), patient_plan(), key, &vault);
        CHECK(vault.size() == 1);
        vault.save();
    }
    const std::string token(rows.column("patient_id").text(0));
    {
        const Vault vault(folder / "vault", vault_key);
        CHECK(vault.find("patient_id", key.key_id(), token) == "M001");
        CHECK_FALSE(vault.find("specimen_id", key.key_id(), token).has_value());
        CHECK_FALSE(vault.find("patient_id", vault_key.key_id(), token).has_value());
    }
    CHECK_THROWS_AS(Vault(folder / "vault", key), AuthError);
    {
        Vault vault(folder / "vault", vault_key);
        const Array other = Array::of(Texts{"M002"}), tokens = Array::of(Texts{token});
        CHECK_THROWS_AS(vault.add("patient_id", key.key_id(), other, tokens), ValueError);
        CHECK_THROWS_AS(vault.add("patient_id", key.key_id(), other, Array::of(Texts{})), ShapeError);
        vault.rekey(deid_key('2'));
    }
    CHECK_THROWS_AS(Vault(folder / "vault", vault_key), AuthError);
    CHECK(Vault(folder / "vault", deid_key('2')).size() == 1);
}

TEST_CASE("rotate: the same as if the new key had been used at once", "[deid]") {
    const TemporaryFolder folder;
    const DeidKey from = deid_key('0'), to = deid_key('3');
    Vault vault(folder / "vault", deid_key('1'));
    const DeidPlan plan = patient_plan();
    const Table before = deidentify(patients(), plan, from, &vault).rows;
    const Table after = rotate(before, plan, vault, from, to);
    CHECK(after.equals(deidentify(patients(), plan, to).rows));
    CHECK_FALSE(after.column("patient_id").equals(before.column("patient_id")));
    CHECK(vault.find("patient_id", to.key_id(), after.column("patient_id").text(0)) == "M001");
    CHECK_THROWS_AS(rotate(after, plan, vault, from, to), ValueError);
    CHECK_THROWS_AS(rotate(patients(), plan, vault, from, to), SchemaError);
    Vault empty(folder / "other", deid_key('1'));
    CHECK_THROWS_WITH(rotate(before, plan, empty, from, to), Catch::Contains("2 of 'patient_id'"));
}
