#include "assay/data/names.hpp"

#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

TEST_CASE("names become snake_case") {
    CHECK(to_snake_case("heartRate") == "heart_rate");
    CHECK(to_snake_case("Heart Rate") == "heart_rate");
    CHECK(to_snake_case("HEART-RATE (bpm)") == "heart_rate_bpm");
    CHECK(to_snake_case("HTTPServer2x") == "http_server2x");
    CHECK(to_snake_case("already_snake") == "already_snake");
    CHECK(to_snake_case("__x__") == "x");
    CHECK(to_snake_case("체온") == "체온");
    CHECK(to_snake_case("").empty());
    CHECK(to_snake_case(" - ").empty());
}

TEST_CASE("vendor names of vital signs reach the canonical ones") {
    const NameMap& names = NameMap::clinical();
    CHECK(names.canonical("heartRate") == "heart_rate");
    CHECK(names.canonical("bpSys") == "systolic_bp");
    CHECK(names.canonical("bpDia") == "diastolic_bp");
    CHECK(names.canonical("bodyTemp") == "temperature");
    CHECK(names.canonical("respRate") == "respiratory_rate");
    CHECK(names.canonical("spO2") == "spo2");
    CHECK(names.canonical("SpO2") == "spo2");
    CHECK(names.canonical("SPO2") == "spo2");
    CHECK(names.canonical("avgBpSys") == "avg_systolic_bp");
    CHECK(names.canonical("avgHeartRate") == "avg_heart_rate");
    CHECK(names.canonical("avg_body_temp") == "avg_temperature");
    CHECK(names.canonical("overallRiskScore") == "overall_risk_score");
    CHECK(names.canonical("recordCount") == "vital_count");
    CHECK(names.canonical("patientId") == "patient_id");
    CHECK(names.canonical("something else") == "something_else");
}

TEST_CASE("a site extends the map, and its entries win") {
    const NameMap site = NameMap::clinical().with({{"Puls (1/min)", "heart_rate"}, {"temp", "room_temperature"}});
    CHECK(site.canonical("puls 1 min") == "heart_rate");
    CHECK(site.canonical("Temp") == "room_temperature");
    CHECK(NameMap::clinical().canonical("Temp") == "temperature");
    CHECK_THROWS_AS(site.with({{"x", ""}}), ValueError);
}

TEST_CASE("two columns for one name are an error that names both") {
    const std::vector<std::string> clash{"heartRate", "time", "HR"};
    CHECK_THROWS_WITH(NameMap::clinical().canonical(clash), Catch::Contains("'heartRate'") && Catch::Contains("'HR'"));
    const std::vector<std::string> blank{"a", " "};
    CHECK(NameMap::clinical().canonical(blank) == std::vector<std::string>{"a", "column_2"});
}

TEST_CASE("tables are renamed without touching their values") {
    const Table table(TableSchema{Field{.name = "bpSys"}}, {Array::nulls(Type::Float64, 2)});
    CHECK(with_canonical_names(table).column("systolic_bp").null_count() == 2);
}
