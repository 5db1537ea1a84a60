#include "assay/data/laboratory/loinc_suggestion.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/csv.hpp"
#include "assay/data/laboratory/loinc_damage.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/loinc.hpp"
#include "catch.hpp"
#include "test_data.hpp"

using namespace assay;
using namespace assay::data;

namespace {

std::string best(const UnmappedTest& test) {
    static const LoincSuggester kSuggester;
    const auto found = kSuggester.suggest(test, 1);
    return found.empty() ? "" : found.front().loinc;
}

std::vector<std::string> originals(std::string_view text) {
    const auto damage = loinc_damage(text);
    return damage ? damage->candidates : std::vector<std::string>{};
}

std::string kind(std::string_view text) {
    const auto damage = loinc_damage(text);
    return damage ? std::string(damage->kind) : std::string();
}

bool holds(const std::vector<std::string>& codes, const std::string& code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

TEST_CASE("a test's name, unit and specimen lead to its code") {
    CHECK(best({"WBC", "K/uL", "Blood"}) == "6690-2");
    CHECK(best({"Na", "mmol/L"}) == "2951-2");
    CHECK(best({"Sodium, Urine", "mEq/L"}) == "2955-3");
    CHECK(best({"GLUCOSE", "mg/dL", "Serum"}) == "2345-7");
    CHECK(best({"Glucose", "mg/dL", "CSF"}) == "2342-4");
    CHECK(best({"Asparate Aminotransferase (AST)", "IU/L", "Blood"}) == "1920-8");  // the slip is MIMIC's
    CHECK(best({"Hb", "g/dL", "Blood"}) == "718-7");
    CHECK(best({"Neutrophils", "%", "Blood"}) == "770-8");
    CHECK(best({"Neutrophils", "10*9/L", "Blood"}) == "751-8");
    CHECK(best({"Absolute neutrophils", "", "Blood"}) == "751-8");
    CHECK(best({"Lymphs", "%", "CSF"}) == "26479-6");
    CHECK(best({"pCO2", "mm Hg", "Blood"}) == "11557-6");  // arterial is not said
    CHECK(best({"zzz", "mg/dL"}).empty());
    CHECK(best({"", ""}).empty());
}

TEST_CASE("a suggestion tells its parts, and what is against it halves the score") {
    const LoincSuggester suggester;
    const auto glucose = suggester.suggest({"Glucose", "mg/dL", "Serum", {88, 92, 110}}, 20);
    REQUIRE(glucose.size() > 4);
    CHECK(glucose[0].loinc == "2345-7");
    CHECK(glucose[0].by_name == Approx(1));
    CHECK(glucose[0].by_unit == 1);
    CHECK(glucose[0].by_specimen == 1);
    CHECK(glucose[0].by_values == 1);
    CHECK(glucose[0].score == Approx(1));
    for (std::size_t i = 1; i < glucose.size(); ++i) CHECK(glucose[i - 1].score >= glucose[i].score);
    const auto in_moles = suggester.suggest({"Glucose", "mmol/L", "Serum", {5.0, 5.2, 4.9}}, 1);
    CHECK(in_moles[0].loinc == "2345-7");
    CHECK(in_moles[0].by_unit == Approx(0.6));  // mass is said in moles
    CHECK(in_moles[0].by_values == 1);
    const auto wrong = suggester.suggest({"Glucose", "U/L", "Serum"}, 1);
    CHECK(wrong[0].by_unit == 0);
    CHECK(wrong[0].score < 0.5);
    CHECK(suggester.suggest({"Glucose"}, 0).empty());
}

TEST_CASE("long common names say property and system") {
    const LoincCandidate glucose = candidate_of("2345-7", "Glucose [Mass/volume] in Serum or Plasma");
    CHECK(glucose.property == "MCnc");
    CHECK(glucose.system == "SerPl");
    CHECK(candidate_of("770-8", "Neutrophils/100 leukocytes in Blood by Automated count").property == "NFr");
    CHECK(candidate_of("5821-4", "Leukocytes [#/area] in Urine sediment by Microscopy high power field").system ==
          "urine");
}

/// MIMIC-IV's dictionary against the map that MIT-LCP published; the figures stand in
/// docs/laboratory/standardisation.md.
TEST_CASE("suggestions for MIMIC's tests agree with the published map") {
    const auto path = tests::shared_data("mimic_iv_demo/d_labitems_to_loinc.csv");
    if (!path) return;
    CsvOptions options;
    options.infer_types = false;
    const Table rows = read_csv(*path, options).rows;
    const auto share = [&](const std::vector<LoincCandidate>& candidates, const char* name) {
        const LoincSuggester suggester(candidates);
        std::vector<std::string> known;
        for (const LoincCandidate& candidate : candidates) known.push_back(candidate.loinc);
        double asked = 0, first = 0, third = 0;
        const auto text = [&](const char* column, assay::index row) {
            return std::string(rows.column(column).text(row));
        };
        for (assay::index row = 0; row < rows.num_rows(); ++row) {
            const std::string wanted = text("omop_concept_code", row);
            if (!holds(known, wanted)) continue;
            const auto found = suggester.suggest({text("label", row), text("valueuom", row), text("fluid", row)}, 3);
            const auto at = std::find_if(found.begin(), found.end(), [&](const auto& s) { return s.loinc == wanted; });
            asked += 1;
            first += at == found.begin() && at != found.end();
            third += at != found.end();
        }
        INFO(name << ": " << asked << " asked, first " << first / asked << ", among three " << third / asked);
        CHECK(asked > 0);
        return std::array{asked, first / asked, third / asked};
    };
    const auto shipped = share(shipped_candidates(), "shipped");
    const auto all = share(read_loinc_candidates(*path), "published");
    // Of 280 tests whose code Assay ships, and of all 1,397 that are mapped, among 1,145 codes.
    CHECK(shipped[0] == 280);
    CHECK(shipped[1] >= 0.87);
    CHECK(shipped[2] >= 0.92);
    CHECK(all[0] == 1397);
    CHECK(all[1] >= 0.72);
    CHECK(all[2] >= 0.82);
}

TEST_CASE("codes that a spreadsheet turned into dates are recognised") {
    CHECK(kind("-56064") == "date_serial");
    CHECK(originals("-56064") == std::vector<std::string>{"1746-7"});
    CHECK(originals("-56064.0") == std::vector<std::string>{"1746-7"});
    for (const char* text : {"1746/07/01", "01/07/1746", "7/1/1746", "1746-07-01", "1746-07-01 00:00:00", "Jul-1746",
                             "July 1746", "1-Jul-1746", "1746-07"}) {
        INFO(text);
        CHECK(kind(text) == "date_text");
        CHECK(originals(text) == std::vector<std::string>{"1746-7"});
    }
    CHECK(kind("Jul-46") == "date_text");
    CHECK(holds(originals("Jul-46"), "1746-7"));
    for (const std::string& code : originals("Jul-46")) CHECK(is_loinc(code));
    // 2075-0 and 2093-3: a month of 0 is no date, March 2093 is.
    CHECK(originals("2093-03-01") == std::vector<std::string>{"2093-3"});
    CHECK(originals("70554") == std::vector<std::string>{"2093-3"});  // days to it from 1899-12-30
    // Codes that Assay knows come first.
    CHECK(originals("Mar-93").front() == "2093-3");
}

TEST_CASE("other damage to codes is named") {
    CHECK(kind("2345-8") == "check_digit");
    CHECK(originals("2345-8").front() == "2345-7");
    CHECK(holds(originals("2354-7"), "2345-7"));  // two digits exchanged
    CHECK(kind("2345") == "check_digit");
    CHECK(originals("2345") == std::vector<std::string>{"2345-7", "234-5"});  // the known one first
    CHECK(kind("23457") == "hyphen");
    CHECK(originals("23457").front() == "2345-7");
    CHECK(kind("2345\xe2\x80\x93"
               "7") == "hyphen");
    CHECK(kind(" 2345-7 ") == "blanks");
    for (const char* text : {"2345-7", "", "  ", "glucose", "11491-6", "12:30", "2024-02-30x", "-", "1.5"}) {
        INFO(text);
        CHECK_FALSE(loinc_damage(text));
    }
}
