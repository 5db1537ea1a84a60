#include <algorithm>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/vital_signs.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

TEST_CASE("vendors' header names become canonical before the schema looks for them") {
    CsvOptions options;
    options.names = NameMap::clinical();
    options.schema = VitalSigns::table_schema();
    const CsvResult result = read_csv_bytes(
        "patientId,timestamp,heartRate,bpSys,bpDia,spO2,bodyTemp,respRate,wardBed\n"
        "A,2026-01-04 08:00:00,61,120,80,98,37.0,16,7\n"
        "A,2026-01-04 09:00:00,fast,120,80,98,37.0,16,7\n",
        options);
    CHECK(result.rows.column("heart_rate").get<double>(0) == 61.0);
    CHECK(result.rows.has_column("ward_bed"));
    CHECK(result.rejected.counts_by_rule().at("heart_rate.type") == 1);
    CHECK(std::any_of(result.report.remarks.begin(), result.report.remarks.end(), [](const std::string& remark) {
        return remark.find("bpSys -> systolic_bp") != std::string::npos;
    }));
}

TEST_CASE("two header names for one canonical name are both named, with the file") {
    CsvOptions options;
    options.names = NameMap::clinical();
    CHECK_THROWS_WITH(read_csv_bytes("heartRate,HR\n1,2\n", options, "ward.csv"),
                      Catch::Contains("ward.csv") && Catch::Contains("'heartRate' and 'HR'"));
}
