#include "assay/data/loinc.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/local_tests.hpp"
#include "assay/data/loinc_reference.hpp"
#include "assay/data/names.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "assay/data/units/unit_spelling.hpp"
#include "catch.hpp"

using namespace assay::data;

TEST_CASE("LOINC codes carry a check digit") {
    for (const char* code : {"8867-4", "2951-2", "17861-6", "59408-5", "1746-7"}) CHECK(is_loinc(code));
    for (const char* code : {"8867-5", "-56064", "1746-8", "2951", "2951-", "-2", "", "02951-2", "29a1-2", "2951-2 "}) {
        CHECK_FALSE(is_loinc(code));
    }
    for (const char* deprecated : {"11491-6", "5895-7", "6649-9"}) CHECK(is_loinc(deprecated));
}

TEST_CASE("every reference and every mapped test has a valid code and a sound range") {
    std::set<std::string> seen;
    for (const LoincReference& reference : loinc_references()) {
        INFO(reference.loinc);
        CHECK(is_loinc(reference.loinc));
        CHECK(seen.insert(reference.loinc).second);
        CHECK(reference.both.low < reference.both.high);
        CHECK(reference.female.has_value() == reference.male.has_value());
        CHECK(read_unit(reference.unit, reference.loinc)->code == reference.unit);
    }
    std::set<std::string> codes;
    for (const LocalTest& test : mimic_iv_tests()) {
        CHECK(is_loinc(test.loinc));
        CHECK(codes.insert(test.code).second);
    }
    CHECK(codes.size() >= 60);
}

TEST_CASE("conversion factors agree with published SI factors") {
    const auto factor = [](const char* loinc, const char* unit) {
        return convert(1, find_loinc_term(loinc)->unit, unit, {.loinc = loinc});
    };
    CHECK(factor("2160-0", "umol/L") == Approx(88.40).epsilon(1e-3));
    CHECK(factor("2345-7", "mmol/L") == Approx(0.05551).epsilon(1e-3));
    CHECK(factor("2093-3", "mmol/L") == Approx(0.02586).epsilon(1e-3));
    CHECK(factor("2571-8", "mmol/L") == Approx(0.01129).epsilon(1e-3));
    CHECK(factor("1975-2", "umol/L") == Approx(17.10).epsilon(1e-3));
    CHECK(factor("3094-0", "mmol/L") == Approx(0.3570).epsilon(1e-3));
    CHECK(factor("3024-7", "pmol/L") == Approx(12.87).epsilon(1e-3));
    CHECK(factor("2019-8", "kPa") == Approx(0.13332).epsilon(1e-4));
    CHECK(factor("1742-6", "ukat/L") == Approx(0.016667).epsilon(1e-4));
}

TEST_CASE("ranges by sex need a known sex") {
    LoincReference reference;
    reference.both = {1, 2};
    CHECK(reference.range("") == Range{1, 2});
    reference.female = Range{3, 4};
    reference.male = Range{5, 6};
    CHECK(reference.range("female") == Range{3, 4});
    CHECK(reference.range("male") == Range{5, 6});
    CHECK_FALSE(reference.range(""));
    CHECK_FALSE(reference.range("unknown"));
}

TEST_CASE("local tests get their code and name, given ones stay") {
    using Texts = std::vector<std::optional<std::string>>;
    const TableSchema schema = LabResults::table_schema();
    const Table labs(schema, {Array::of(Texts{"A", "A", "A"}), Array::nulls(Type::Timestamp, 3).with_validity({}, 0),
                              Array::of(Texts{"50983", "1", std::nullopt}), Array::of(Texts{"Na", "x", std::nullopt}),
                              Array::of(Texts{std::nullopt, "9-1", std::nullopt}), Array::of<double>({140.0, 1.0, 1.0}),
                              Array::of(Texts{"mEq/L", "", ""})});
    const Table coded = with_loinc(labs);
    CHECK(coded.column("loinc").get<std::string>(0) == "2951-2");
    CHECK(coded.column("test_name").get<std::string>(0) == "Na");
    CHECK(coded.column("loinc").get<std::string>(1) == "9-1");
    CHECK(coded.column("loinc").is_null(2));
    CHECK(with_loinc(labs.without_column("loinc").without_column("test_name")).column("test_name").text(0) == "Sodium");
    CHECK_THROWS_AS(with_loinc(labs.without_column("local_code")), assay::SchemaError);
}

namespace {

/// A file of this text that is gone with the test.
struct File {
    explicit File(const std::string& name, const std::string& text)
        : path(std::filesystem::temp_directory_path() / name) {
        std::ofstream(path, std::ios::binary) << text;
    }
    ~File() { std::filesystem::remove(path); }
    std::filesystem::path path;
};

const std::string kMapHeader = "itemid (omop_source_code),label,fluid,omop_concept_code\n";

}  // namespace

TEST_CASE("a published map: rows without a code are left out, those whose code is none are named") {
    const File file(
        "assay_local_tests.csv",
        kMapHeader +
            "50912,Creatinine,Blood,2160-0\n1,Other,Blood,\n2,Urine test,Urine,2160-0\n3,Broken,Blood,-56064\n");
    const LocalTestFile read = read_local_tests(file.path);
    CHECK(read.tests == std::vector<LocalTest>{{"50912", "Creatinine", "2160-0"}});
    CHECK(read.remarks.size() == 1);
}

TEST_CASE("a row of another form in a site's file is an error with file and line") {
    const File map("assay_broken_tests.csv",
                   kMapHeader + "50912,Creatinine,Blood,2160-0\n50971,Potassium,Blood,2823-3,too,many\n");
    CHECK_THROWS_WITH(read_local_tests(map.path),
                      Catch::Matchers::Contains("assay_broken_tests.csv") && Catch::Matchers::Contains("line 3"));
    const File names("assay_broken_names.csv", "name,canonical\nbpSys,systolic_bp\nHF,heart_rate\na,b,c\n");
    CHECK_THROWS_WITH(read_name_entries(names.path),
                      Catch::Matchers::Contains("assay_broken_names.csv") && Catch::Matchers::Contains("line 4"));
}
