#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "assay/base/error.hpp"
#include "assay/data/vital_signs.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"
#include "data/csv_helpers.hpp"

namespace csv_test {
using Catch::Matchers::Contains;

namespace {

std::string error_of(std::string_view text, const CsvOptions& options = {}) {
    try {
        read(text, options);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("csv: fields, quotes and line ends by RFC 4180") {
    const CsvResult result = read("a,b,c\r\n1,\"x, \"\"y\"\"\r\nz\",true\r\n2,plain,false\r\n");
    REQUIRE(result.rows.num_rows() == 2);
    CHECK(result.rejected.num_rows() == 0);
    CHECK(result.rows.column("a").get<std::int64_t>(0) == 1);
    CHECK(text_of(result.rows, "b", 0) == "x, \"y\"\r\nz");
    CHECK(text_of(result.rows, "b", 1) == "plain");
    CHECK(result.rows.column("c").get<bool>(0) == true);
    CHECK(result.rows.column("c").get<bool>(1) == false);
    CHECK(result.report.rows_read == 2);
}

TEST_CASE("csv: the last row needs no line end") {
    const CsvResult result = read("a,b\n1,2\n3,4");
    REQUIRE(result.rows.num_rows() == 2);
    CHECK(result.rows.column("b").get<std::int64_t>(1) == 4);
}

TEST_CASE("csv: a quote inside an unquoted field is text") {
    const CsvResult result = read("height,n\n5'11\",1\n6'0\",2\n");
    REQUIRE(result.rows.num_rows() == 2);
    CHECK(text_of(result.rows, "height", 0) == "5'11\"");
}

TEST_CASE("csv: null, empty text and quoted null texts") {
    const CsvResult result = read("id,t,n\n1,,\n2,\"\",\"\"\n3,\"NA\",NA\n4,NA,7\n");
    const Array& t = result.rows.column("t");
    CHECK(t.is_null(0));
    CHECK(t.get<std::string>(1) == "");
    CHECK(t.get<std::string>(2) == "NA");
    CHECK(t.is_null(3));
    const Array& n = result.rows.column("n");
    REQUIRE(n.type() == Type::Int64);
    CHECK(n.null_count() == 3);
    CHECK(n.get<std::int64_t>(3) == 7);
}

TEST_CASE("csv: blank lines are rows only where there is one column") {
    const CsvResult two = read("a,b\n\n1,2\n\r\n\n3,4\n\n");
    CHECK(two.report.rows_read == 2);
    CHECK(two.rows.num_rows() == 2);
    const CsvResult one = read("a\n1\n\n3\n");
    REQUIRE(one.rows.num_rows() == 3);
    CHECK(one.rows.column("a").is_null(1));
}

TEST_CASE("csv: types are inferred from all rows") {
    std::string text = "whole,real,day,time,flag,id,mixed,none\n";
    for (int i = 0; i < 5000; ++i) {
        text += std::to_string(i) + "," + std::to_string(i) + ".5,2024-02-29,2024-02-29 12:34:56,true,007," +
                (i == 4999 ? "x" : std::to_string(i)) + ",\n";
    }
    const CsvResult result = read(text);
    REQUIRE(result.rows.num_rows() == 5000);
    CHECK(result.rejected.num_rows() == 0);
    const auto type = [&](const char* name) { return result.rows.column(name).type(); };
    CHECK(type("whole") == Type::Int64);
    CHECK(type("real") == Type::Float64);
    CHECK(type("day") == Type::Date32);
    CHECK(type("time") == Type::Timestamp);
    CHECK(type("flag") == Type::Bool);
    CHECK(type("id") == Type::Utf8);
    CHECK(type("mixed") == Type::Utf8);
    CHECK(type("none") == Type::Utf8);
    CHECK(text_of(result.rows, "mixed", 4998) == "4998");
    CHECK(text_of(result.rows, "id", 1) == "007");
    REQUIRE(result.report.remarks.size() == 1);
    CHECK_THAT(result.report.remarks[0], Contains("whole int64"));
}

TEST_CASE("csv: inference never loses digits") {
    CHECK(read("n\n1\n9007199254740993\n").rows.column("n").type() == Type::Int64);
    CHECK(read("n\n1.5\n9007199254740993\n").rows.column("n").type() == Type::Utf8);
    CHECK(read("n\n1\n99999999999999999999\n").rows.column("n").type() == Type::Utf8);
    CHECK(read("n\n1\n2.5\n").rows.column("n").type() == Type::Float64);
    CHECK(read("n\n1\ninf\n").rows.column("n").type() == Type::Utf8);
}

TEST_CASE("csv: no inference on request") {
    const CsvResult result = read("a,b\n1,2.5\n", as_text());
    CHECK(text_of(result.rows, "a", 0) == "1");
    CHECK(text_of(result.rows, "b", 0) == "2.5");
}

TEST_CASE("csv: every rule that a row broke is named, with its bytes and place") {
    auto options = with_schema({field("id", Type::Utf8, false), field("n", Type::Int64), field("x", Type::Float64)});
    const CsvResult result = read("id,n,x\na,1,1.5\n,one,two\nb,2,2.5\nc,3\nd,x,4,5\n", options);
    CHECK(result.rows.num_rows() == 2);
    REQUIRE(result.rejected.num_rows() == 3);
    CHECK(rules_of(result) ==
          std::vector<std::string>{"id.required;n.type;x.type", "row.field_count", "row.field_count"});
    const Table& table = result.rejected.table();
    CHECK(text_of(table, "columns", 0) == "id;n;x");
    CHECK(text_of(table, "raw", 0) == ",one,two");
    CHECK(text_of(table, "raw", 2) == "d,x,4,5");
    CHECK(table.column("line").get<std::int64_t>(0) == 3);
    CHECK(table.column("line").get<std::int64_t>(1) == 5);
    CHECK(table.column("byte_offset").get<std::int64_t>(0) == 15);
    CHECK(table.column("byte_length").get<std::int64_t>(0) == 8);
    CHECK(text_of(table, "file", 0) == "<memory>");
    CHECK(result.rejected.counts_by_rule().at("row.field_count") == 2);
}

TEST_CASE("csv: limits of the schema quarantine rows, or do not") {
    Field rate = field("heart_rate", Type::Float64);
    rate.outlier = Range{0, 390};
    auto options = with_schema({rate});
    const char* text = "heart_rate\n72\n391\n-1\n390\n\n0\n";
    const CsvResult result = read(text, options);
    CHECK(result.rows.num_rows() == 4);
    CHECK(rules_of(result) == std::vector<std::string>{"heart_rate.outlier", "heart_rate.outlier"});
    options.enforce_limits = false;
    CHECK(read(text, options).rejected.num_rows() == 0);
}

TEST_CASE("csv: lines are counted through quoted line ends") {
    auto options = with_schema({field("a", Type::Utf8), field("n", Type::Int64)});
    const CsvResult result = read("a,n\n\"x\ny\nz\",1\nq,bad\n\"1\n2\",worse\n", options);
    const Table& table = result.rejected.table();
    REQUIRE(table.num_rows() == 2);
    CHECK(table.column("line").get<std::int64_t>(0) == 5);
    CHECK(table.column("line").get<std::int64_t>(1) == 6);
    CHECK(text_of(table, "raw", 1) == "\"1\n2\",worse");
}

TEST_CASE("csv: broken quotes cost one line, not the rest of the file") {
    const CsvResult junk = read("a,b\n\"x\"y,1\nz,2\n");
    CHECK(rules_of(junk) == std::vector<std::string>{"row.quote"});
    CHECK(junk.rows.num_rows() == 1);
    const CsvResult open = read("a,b\n\"x,1\ny,2\nz,3\n");
    CHECK(rules_of(open) == std::vector<std::string>{"row.quote"});
    CHECK(text_of(open.rejected.table(), "raw", 0) == "\"x,1");
    CHECK(open.rows.num_rows() == 2);
}

TEST_CASE("csv: invalid UTF-8 is quarantined") {
    const CsvResult result = read("name,n\nM\xc3\xbcller,1\nM\xfcller,2\nx,3\n");
    CHECK(result.rows.num_rows() == 2);
    REQUIRE(rules_of(result) == std::vector<std::string>{"row.encoding"});
    CHECK(text_of(result.rejected.table(), "columns", 0) == "name");
    CHECK(text_of(result.rejected.table(), "raw", 0) == "M\xfcller,2");
    CHECK(result.rows.column("n").type() == Type::Int64);
}

TEST_CASE("csv: a row beyond the limit is quarantined with its first bytes") {
    CsvOptions options = as_text();
    options.max_row_bytes = 100;
    const std::string huge(1'000'000, 'x');
    const CsvResult result = read("a,b\n1,2\n" + huge + "\n3,4\n", options);
    CHECK(result.rows.num_rows() == 2);
    REQUIRE(rules_of(result) == std::vector<std::string>{"row.too_long"});
    const Table& table = result.rejected.table();
    CHECK(table.column("byte_length").get<std::int64_t>(0) == 1'000'000);
    CHECK(table.column("raw").text(0).size() == 65536);
    CHECK(table.column("line").get<std::int64_t>(0) == 3);
    CHECK(table.column("byte_offset").get<std::int64_t>(0) == 8);
}

TEST_CASE("csv: schema columns are found by name, others stay as text") {
    auto options = with_schema({field("b", Type::Float64), field("a", Type::Int64)});
    const CsvResult all = read("a,extra,b\n1,x,2.5\n", options);
    REQUIRE(all.rows.num_columns() == 3);
    CHECK(all.rows.column(0).get<double>(0) == 2.5);
    CHECK(all.rows.column(1).get<std::int64_t>(0) == 1);
    CHECK(text_of(all.rows, "extra", 0) == "x");
    options.keep_extra_columns = false;
    CHECK(read("a,extra,b\n1,x,2.5\n", options).rows.num_columns() == 2);
}

TEST_CASE("csv: bad files give one clear sentence") {
    CHECK_THAT(error_of(""), Contains("empty file"));
    CHECK_THAT(error_of("\n\n"), Contains("empty file"));
    CHECK_THAT(error_of("a,b,a\n1,2,3\n"), Contains("columns 1 and 3 have the same name"));
    CHECK_THAT(error_of(std::string_view("PK\3\4\0\0\0abc", 10)), Contains("binary file"));
    const auto options = with_schema({field("id", Type::Utf8), field("heart_rate", Type::Float64)});
    const std::string missing = error_of("id,pulse\nx,72\n", options);
    CHECK_THAT(missing, Contains("expected a column 'heart_rate', got columns: id, pulse"));
    CHECK_THROWS_AS(read("id,pulse\nx,72\n", options), SchemaError);
    // Where the schema knows no name, the first line may be a patient's.
    CHECK_THAT(error_of("M00001,tuberculosis\nx,72\n", options),
               Contains("got 2 columns that the schema does not know") && !Contains("M00001"));
    CHECK_THROWS_AS(read_csv("/nonexistent/file.csv"), IoError);
}

TEST_CASE("csv: a schema column may be missing where that is allowed") {
    auto options = with_schema({field("a", Type::Int64), field("b", Type::Float64)});
    options.missing_as_null = true;
    const CsvResult result = read("a\n1\n2\n", options);
    CHECK(result.rows.column("b").null_count() == 2);
    CHECK(result.report.remarks.size() == 1);
}

TEST_CASE("csv: a header without rows is an empty table") {
    const CsvResult result = read("a,b\n");
    CHECK(result.rows.num_rows() == 0);
    CHECK(result.rows.num_columns() == 2);
    CHECK_THAT(result.report.remarks.back(), Contains("no rows"));
}

TEST_CASE("csv: null texts that look like numbers") {
    CsvOptions options;
    options.null_values = {"", "-999"};
    const CsvResult result = read("n\n1\n-999\n3\n", options);
    REQUIRE(result.rows.column("n").type() == Type::Int64);
    CHECK(result.rows.column("n").is_null(1));
}

TEST_CASE("csv: a pipe is refused, for a file is opened more than once") {
    const TemporaryFolder folder;
    const auto pipe = folder / "rows.csv";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(read_csv(pipe), Contains("expected a regular file, got a pipe or device"));
}

TEST_CASE("csv: typed reading by a compile-time schema") {
    const TemporaryFolder folder;
    const auto path = folder / "vitals.csv";
    std::ofstream(path)
        << "patient_id,observed_at,heart_rate,systolic_bp,diastolic_bp,spo2,temperature,respiratory_rate\n"
           "M00001,2024-01-01 08:00:00,105.6,136.7,80,91.9,37.96,20\n"
           "M00001,2024-01-01 09:00:00,500,136.7,80,,37.96,20\n"
           "M00001,yesterday,90,136.7,80,,37.96,20\n";
    const auto [vitals, rejected, report] = read_csv<VitalSigns>(path);
    REQUIRE(vitals.num_rows() == 1);
    CHECK(vitals.values<HeartRate>()[0] == 105.6);
    CHECK(vitals.values<Temperature>()[0] == 37.96);
    CHECK(vitals.values<ObservedAt>()[0] == *parse_timestamp("2024-01-01T08:00:00Z"));
    CHECK(rejected.counts_by_rule() ==
          std::map<std::string, index>{{"heart_rate.outlier", 1}, {"observed_at.type", 1}});
    CHECK(report.rows_read == 3);
}

}  // namespace csv_test
