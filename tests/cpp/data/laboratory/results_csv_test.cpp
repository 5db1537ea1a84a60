#include <fstream>

#include "assay/base/error.hpp"
#include "assay/data/laboratory/read_results.hpp"
#include "assay/data/laboratory/read_results_csv.hpp"
#include "catch.hpp"

using namespace assay;
namespace fs = std::filesystem;

namespace {

/// A file in a folder of its own; made-up patients.
class ResultFile {
  public:
    explicit ResultFile(const std::string& text, const std::string& name = "results.csv")
        : folder_(fs::temp_directory_path() / fs::path("assay_results_" + std::to_string(++count_))) {
        fs::create_directories(folder_);
        std::ofstream(folder_ / name, std::ios::binary) << text;
        path_ = folder_ / name;
    }
    ~ResultFile() { fs::remove_all(folder_); }
    ResultFile(const ResultFile&) = delete;
    ResultFile& operator=(const ResultFile&) = delete;

    const fs::path& path() const { return path_; }
    const fs::path& folder() const { return folder_; }

  private:
    static inline int count_ = 0;
    fs::path folder_;
    fs::path path_;
};

std::string text(const data::Table& rows, const char* column, assay::index row) {
    const data::Array& found = rows.column(column);
    return found.is_null(row) ? "null" : std::string(found.text(row));
}

}  // namespace

TEST_CASE("a laboratory's export ends in LaboratoryResults, by its usual names", "[laboratory]") {
    const ResultFile file(
        "MRN,Accession,Collection Time,Result Date,Test Code,Test,Result,UOM,Reference Range,Abnormal "
        "Flag,Status,Analyzer,"
        "Ward,Phone\n"
        "p1,A1,2024-05-01 08:30:00,2024-05-01 09:00:00,GLU,Glucose,95,mg/dL,70-99,N,F,XYZ,W1,1\n"
        "p1,A1,2024-05-01 08:30:00,,TSH,TSH,<0.01,mIU/L,0.4 - 4.0,LOW,C,XYZ,,1\n"
        "p2,A2,2024-05-01T10:30:00+02:00,,NA,Sodium,\u2265140,mmol/L,,,P,,,1\n"
        "p2,A2,2024-05-01 08:30:00,,UGLU,Urine glucose,1+,,negative,A,F,,,1\n"
        "p2,A2,2024-05-01 08:30:00,,CREA,Creatinine,,mg/dL,,,X,,,1\n");
    const data::ResultsReading read = data::read_results_csv(file.path());
    CHECK(read.rows.schema() == data::LaboratoryResults::table_schema());
    REQUIRE(read.rows.num_rows() == 5);
    CHECK(read.rows_read == 5);
    CHECK(read.rejected.num_rows() == 0);
    const data::Table& rows = read.rows;
    CHECK(rows.column("value").get<double>(0) == 95.0);
    CHECK(rows.column("reference_low").get<double>(0) == 70.0);
    CHECK(rows.column("reference_high").get<double>(1) == 4.0);
    CHECK(text(rows, "comparator", 0) == "null");
    CHECK(text(rows, "comparator", 1) == "<");
    CHECK(rows.column("value").get<double>(1) == 0.01);
    CHECK(text(rows, "status", 1) == "corrected");
    CHECK(text(rows, "flag", 1) == "L");
    CHECK(text(rows, "comparator", 2) == ">=");
    CHECK(text(rows, "local_code", 2) == "NA");  // sodium, not a null
    CHECK(rows.column("observed_at").get<Timestamp>(2) == rows.column("observed_at").get<Timestamp>(0));
    CHECK(text(rows, "text", 3) == "1+");
    CHECK(rows.column("value").is_null(3));
    CHECK(text(rows, "absent_reason", 4) == "unknown");
    CHECK(text(rows, "absent_reason", 3) == "null");
    CHECK(text(rows, "status", 4) == "cancelled");
    CHECK(text(rows, "device_id", 0) == "XYZ");
    CHECK(text(rows, "location", 0) == "W1");
    CHECK(text(rows, "result_id", 4) == "results.csv:6");
    CHECK(rows.column("source_line").get<std::int64_t>(4) == 6);
    REQUIRE(!read.remarks.empty());
}

TEST_CASE("rows without a patient or a readable time are quarantined with their bytes", "[laboratory]") {
    const ResultFile file(
        "patient_id,observed_at,test,value\n"
        ",2024-05-01,Glucose,95\n"
        "p1,03/04/2024,Glucose,95\n"
        "p1,\"2024-05-01\n\",Glucose,95\n"
        "p1,2024-05-01,Glucose,96,extra\n"
        "p1,2024-05-02,Glucose,97\n");
    data::ReadingOptions options;
    const data::ResultsReading read = data::read_results_csv(file.path(), options);
    CHECK(read.rows_read == 5);
    CHECK(read.rejected.counts_by_rule() == std::map<std::string, assay::index>{{"patient_id.required", 1},
                                                                                {"observed_at.type", 2},
                                                                                {"row.field_count", 1}});
    REQUIRE(read.rows.num_rows() == 1);
    CHECK(read.rows.column("source_line").get<std::int64_t>(0) == 7);  // a quoted line end counts
    options.times.order = data::DateOrder::DayFirst;
    CHECK(data::read_results_csv(file.path(), options).rows.num_rows() == 2);
}

TEST_CASE("a value column and a numeric one must agree", "[laboratory]") {
    const ResultFile file(
        "patient_id,observed_at,test,value,valuenum,comments\n"
        "p1,2024-05-01,Glucose,<5,5,\n"
        "p1,2024-05-01,Glucose,95,59,\n"
        "p1,2024-05-01,Gravity,GREATER THAN 1.050,,\n"
        "p1,2024-05-01,Culture,___,,NEG\n"
        "p1,2024-05-01,Glucose,about 5,5,\n"
        "p1,2024-05-01,Glucose,,7.5,\n");
    const data::ResultsReading read = data::read_results_csv(file.path());
    const data::Table& rows = read.rows;
    REQUIRE(rows.num_rows() == 6);
    CHECK(text(rows, "comparator", 0) == "<");
    CHECK(rows.column("value").is_null(1));
    CHECK(text(rows, "absent_reason", 1) == "error");
    CHECK(text(rows, "text", 1) == "95; 59");
    CHECK(text(rows, "comparator", 2) == ">");
    CHECK(text(rows, "text", 3) == "NEG");
    CHECK(rows.column("value").get<double>(4) == 5.0);
    CHECK(text(rows, "text", 4) == "about 5");
    CHECK(rows.column("value").get<double>(5) == 7.5);
}

TEST_CASE("a list of tests has neither patients nor times", "[laboratory]") {
    const ResultFile file("Test Code,Label,LOINC Code,UOM,Result\nGLU,Glucose,2345-7,mg/dL,<5\n,,,K/uL,\n");
    data::ReadingOptions options;
    CHECK_THROWS_AS(data::read_results_csv(file.path(), options), SchemaError);
    options.partial = true;
    const data::ResultsReading read = data::read_results_csv(file.path(), options);
    REQUIRE(read.rows.num_rows() == 2);
    CHECK(read.rows.column("patient_id").null_count() == 2);
    CHECK(text(read.rows, "local_code", 0) == "GLU");
    CHECK(text(read.rows, "comparator", 0) == "<");
    CHECK(text(read.rows, "unit", 1) == "K/uL");
    const ResultFile other("Name,Town\na,b\n");
    CHECK_THROWS_AS(data::read_results_csv(other.path(), options), SchemaError);
}

TEST_CASE("a time that the clocks leave out has a rule of its own", "[laboratory]") {
    const ResultFile file(
        "patient_id,Drawn at,Report date,test,value\n"
        "p1,2024-03-31 02:30:00,,Glucose,95\n"
        "p1,2024-03-31 25:30:00,,Glucose,95\n"
        "p1,2024-03-31 03:00:00,2024-03-31 02:10,Glucose,96\n"
        "p1,2024-03-31 03:00:00,,Glucose,97\n");
    data::ReadingOptions options;
    options.times = {60, {}, {{1711846800, 7200}, {1729990800, 3600}}};  // Berlin
    const data::ResultsReading read = data::read_results_csv(file.path(), options);
    CHECK(read.rows.num_rows() == 1);
    CHECK(read.rejected.counts_by_rule() ==
          std::map<std::string, assay::index>{{"Drawn at.zone", 1}, {"Drawn at.type", 1}, {"Report date.zone", 1}});
}

TEST_CASE("flags and statuses in words are left out and counted", "[laboratory]") {
    const ResultFile file(
        "patient_id,observed_at,test,value,flag,status\n"
        "p1,2024-05-01,Glucose,95,h,Canceled\n"
        "p1,2024-05-01,Glucose,95,HIGH~A,told Dr Mabuse\n"
        "p1,2024-05-01,Glucose,95,rang Dr Mabuse,F\n"
        "p1,2024-05-01,Glucose,95,,\n");
    const data::ResultsReading read = data::read_results_csv(file.path());
    CHECK(text(read.rows, "flag", 0) == "H");
    CHECK(text(read.rows, "status", 0) == "cancelled");
    CHECK(text(read.rows, "flag", 1) == "H~A");
    CHECK(text(read.rows, "status", 1) == "null");
    CHECK(text(read.rows, "flag", 2) == "null");
    CHECK(text(read.rows, "status", 2) == "final");
    const std::vector<std::string> expected{"1 statuses that are none of HL7 table 0085 or of FHIR were left out",
                                            "1 flags that are none of HL7 table 0078 were left out"};
    CHECK(read.remarks == expected);
}

TEST_CASE("a file of a folder that is not understood stops the reading", "[laboratory]") {
    const ResultFile file("patient_id,observed_at,test,value\np1,2024-05-01,Glucose,95\n");
    std::ofstream(file.folder() / "README.md") << "what the others are\n";
    std::ofstream(file.folder() / "second.csv") << "patient_id,Wann,test,value\np2,2024-05-02,Glucose,96\n";
    fs::create_directories(file.folder() / "older");
    data::ReadingOptions options;
    CHECK_THROWS_WITH(data::read_results(file.folder(), options), Catch::Matchers::Contains("second.csv"));
    options.columns = {{"Wann", "observed_at"}};  // of one of the files
    const data::ResultsReading both = data::read_results(file.folder(), options);
    CHECK(both.rows.num_rows() == 2);
    const std::vector<std::string> remarks{"README.md was left out: by its name it says what the others are",
                                           "older was not read: it is a folder in the folder"};
    CHECK(both.remarks == remarks);
    options.columns = {{"Wann", "observed_at"}, {"Wo", "location"}};
    CHECK_THROWS_AS(data::read_results(file.folder(), options), SchemaError);
    options.columns.clear();
    options.skip = {"second.csv"};
    const data::ResultsReading one = data::read_results(file.folder(), options);
    CHECK(one.rows.num_rows() == 1);
    CHECK(one.remarks.back() == "second.csv was left out, as was asked for");
}

TEST_CASE("a laboratory names its own columns", "[laboratory]") {
    const ResultFile file("Wer;Wann;Was;Wieviel;Einheit\np1;01.05.2024 10:30;Kalium;4,1;mmol/l\n");
    data::ReadingOptions options;
    CHECK_THROWS_AS(data::read_results_csv(file.path(), options), SchemaError);
    options.columns = {{"Wer", "patient_id"},
                       {"Wann", "observed_at"},
                       {"Was", "test_name"},
                       {"Wieviel", "value"},
                       {"Einheit", "unit"}};
    options.decimal_point = ',';
    options.times.utc_offset_minutes = 120;
    const data::ResultsReading read = data::read_results_csv(file.path(), options);
    REQUIRE(read.rows.num_rows() == 1);
    CHECK(read.rows.column("value").get<double>(0) == 4.1);
    CHECK(read.rows.column("observed_at").get<Timestamp>(0) == Timestamp{1714552200'000000});
    options.columns["Wann"] = "when";
    CHECK_THROWS_AS(data::read_results_csv(file.path(), options), ValueError);
    options.columns = {{"Wo", "location"}};
    CHECK_THROWS_AS(data::read_results_csv(file.path(), options), SchemaError);
}

TEST_CASE("MIMIC-IV in PhysioNet's layout", "[laboratory]") {
    const ResultFile file(
        "labevent_id,subject_id,hadm_id,specimen_id,itemid,order_provider_id,charttime,storetime,value,valuenum,"
        "valueuom,"
        "ref_range_lower,ref_range_upper,flag,priority,comments\n"
        "1,10,,77,50931,,2180-03-23 11:51:00,2180-03-23 15:56:00,___,95,mg/dL,70,100,,ROUTINE,IF FASTING\n"
        "2,10,20,77,51003,,2180-03-23 11:51:00,2180-03-23 15:56:00,<0.01,,ng/mL,0,0.01,abnormal,STAT,\n",
        "labevents.csv");
    std::ofstream(file.folder() / "d_labitems.csv")
        << "itemid,label,fluid,category\n50931,Glucose,Blood,Chemistry\n51003,Troponin T,Blood,Chemistry\n";
    std::ofstream(file.folder() / "d_labitems_to_loinc.csv")
        << "itemid "
           "(omop_source_code),label,fluid,omop_vocabulary_id,omop_concept_code\n50931,Glucose,Blood,LOINC,2345-7\n";
    const data::ResultsReading read = data::read_mimic_iv(file.folder());
    const data::Table& rows = read.rows;
    REQUIRE(rows.num_rows() == 2);
    CHECK(text(rows, "result_id", 0) == "1");
    CHECK(text(rows, "patient_id", 0) == "10");
    CHECK(text(rows, "specimen_id", 0) == "77");
    CHECK(text(rows, "specimen", 0) == "Blood");
    CHECK(text(rows, "test_name", 1) == "Troponin T");
    CHECK(text(rows, "loinc", 0) == "2345-7");
    CHECK(text(rows, "loinc", 1) == "null");
    CHECK(rows.column("value").get<double>(0) == 95.0);
    CHECK(text(rows, "text", 0) == "IF FASTING");
    CHECK(text(rows, "comparator", 1) == "<");
    CHECK(text(rows, "flag", 1) == "A");
    CHECK_THROWS_AS(data::read_mimic_iv(file.folder() / "nowhere"), IoError);
}

TEST_CASE("a comparator column is read or the result has no value", "[laboratory]") {
    struct Case {
        const char* written;  ///< comparator, value, valuenum, comments
        const char* comparator;
        std::optional<double> value;
        const char* text;
    };
    const std::vector<Case> cases{{"less than,5,,", "<", 5.0, "null"},
                                  {"LT,5,,", "<", 5.0, "null"},
                                  {" <,5,5,", "<", 5.0, "null"},
                                  {"Greater than or equal to,5,,", ">=", 5.0, "null"},
                                  {"=,5,,", "null", 5.0, "null"},
                                  {"~,5,,", "null", {}, "~; 5"},
                                  {"roughly,,5,hemolysed", "null", {}, "roughly; 5; hemolysed"},
                                  {">,<5,,", "null", {}, ">; <5"},
                                  {"<,<5,,", "<", 5.0, "null"},
                                  {",<5,>5,", "null", {}, "<5; >5"},
                                  {",5,<5,", "<", 5.0, "null"},
                                  {",,>5,<5", "null", {}, ">5; <5"},
                                  {",,5,<5", "<", 5.0, "<5"},
                                  {",,50,<5", "null", {}, "50; <5"},
                                  {",NEG,0,", "null", {}, "NEG; 0"},
                                  {",5 mg,50,", "null", {}, "5 mg; 50"},
                                  {",5 mg,5,", "null", 5.0, "5 mg"},
                                  {",<5 mg,5,", "<", 5.0, "<5 mg"},
                                  {",0-2,2,", "null", 2.0, "0-2"},
                                  {",result <5 mg,5,", "null", {}, "result <5 mg; 5"},
                                  {"<,5 mg,,", "null", {}, "< 5 mg"}};
    std::string text_of_file = "patient_id,observed_at,test,comparator,value,valuenum,comments\n";
    for (const Case& each : cases) text_of_file += std::string("p1,2024-05-01,Glucose,") + each.written + "\n";
    const ResultFile file(text_of_file);
    const data::Table rows = data::read_results_csv(file.path()).rows;
    REQUIRE(rows.num_rows() == static_cast<assay::index>(cases.size()));
    for (std::size_t i = 0; i < cases.size(); ++i) {
        INFO(cases[i].written);
        const auto row = static_cast<assay::index>(i);
        CHECK(text(rows, "comparator", row) == cases[i].comparator);
        CHECK(rows.column("value").get<double>(row) == cases[i].value);
        CHECK(text(rows, "text", row) == cases[i].text);
        const bool error = !cases[i].value && std::string(cases[i].text) != "< 5 mg";
        CHECK(text(rows, "absent_reason", row) == (error ? "error" : "null"));
    }
}
