#include "assay/data/laboratory/standardise.hpp"

#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/lab_results.hpp"
#include "assay/data/loinc.hpp"
#include "assay/data/units/unit.hpp"
#include "assay/data/units/unit_spelling.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::data;

namespace {

using Text = std::optional<std::string>;

/// A result as a source sends it; the values of all tests here are made up.
struct Result {
    Text local_code{};
    Text loinc{};
    std::optional<double> value{};
    Text unit{};
    Text text{};
    Text absent_reason{};
    Text comparator{};
    Text status{};
};

Table table_of(const std::vector<Result>& results) {
    std::vector<Text> codes, loincs, units, texts, reasons, comparators, statuses;
    std::vector<std::optional<double>> values;
    for (const Result& r : results) {
        codes.push_back(r.local_code);
        loincs.push_back(r.loinc);
        values.push_back(r.value);
        units.push_back(r.unit);
        texts.push_back(r.text);
        reasons.push_back(r.absent_reason);
        comparators.push_back(r.comparator);
        statuses.push_back(r.status);
    }
    const auto field = [](const char* name, Type type = Type::Utf8) { return Field{.name = name, .type = type}; };
    return Table({field("local_code"), field("loinc"), field("value", Type::Float64), field("unit"), field("text"),
                  field("absent_reason"), field("comparator"), field("status")},
                 {Array::of(codes), Array::of(loincs), Array::of(values), Array::of(units), Array::of(texts),
                  Array::of(reasons), Array::of(comparators), Array::of(statuses)});
}

/// The rule that refuses this one result; "" where it is kept.
std::string rule_of(const Result& result, const StandardiseOptions& options = {}) {
    const StandardisedResults out = standardise_results(table_of({result}), options);
    REQUIRE(out.rows.num_rows() + out.refused.num_rows() == out.rows_read);
    return out.refused.num_rows() == 0 ? "" : std::string(out.refused.column("rule").text(0));
}

/// The one result in its standard unit.
std::pair<double, std::string> standard_of(const Result& result, const StandardiseOptions& options = {}) {
    const StandardisedResults out = standardise_results(table_of({result}), options);
    REQUIRE(out.rows.num_rows() == 1);
    return {out.rows.column("value_standard").get<double>(0).value(),
            std::string(out.rows.column("unit_standard").text(0))};
}

const Result kGlucose{.local_code = "GLU", .loinc = "2345-7", .value = 5.0, .unit = "mmol/L"};

}  // namespace

TEST_CASE("terms have valid codes, units and limits, and every code once") {
    std::set<std::string_view> codes;
    for (const LoincTerm& term : loinc_terms()) {
        INFO(term.loinc);
        CHECK(is_loinc(term.loinc));
        CHECK(codes.insert(term.loinc).second);
        CHECK(UcumUnit::try_parse(term.unit));
        CHECK_FALSE(term.name.empty());
        CHECK_FALSE(term.property.empty());
        CHECK_FALSE(term.system.empty());
        const auto limits = limits_of(term.loinc);
        REQUIRE(limits);
        CHECK(limits->possible.low < limits->possible.high);
        CHECK_FALSE(limits->source.empty());
        if (limits->plausible) {
            CHECK(limits->possible.low <= limits->plausible->low);
            CHECK(limits->plausible->high <= limits->possible.high);
        }
        if (term.reference) {
            CHECK(limits->possible.high > term.reference->low);
        }
    }
    CHECK(codes.size() >= 200);
    CHECK(find_loinc_term("2345-7")->name == "Glucose");
    CHECK(find_loinc_term("9-1") == nullptr);
    CHECK_FALSE(limits_of("9-1"));
}

TEST_CASE("values come in the unit of their LOINC code") {
    CHECK(standard_of(kGlucose).first == Approx(90.08).epsilon(1e-4));
    CHECK(standard_of(kGlucose).second == "mg/dL");
    CHECK(standard_of({.loinc = "6690-2", .value = 7.5, .unit = "K/uL"}) == std::pair(7.5, std::string("10*3/uL")));
    CHECK(standard_of({.loinc = "6690-2", .value = 7500, .unit = "/mm3"}).first == Approx(7.5));
    CHECK(standard_of({.loinc = "17861-6", .value = 5, .unit = "mEq/L"}).first == Approx(10.0195));
    CHECK(standard_of({.loinc = "1742-6", .value = 30, .unit = "IU/L"}) == std::pair(30.0, std::string("U/L")));
    CHECK(standard_of({.loinc = "11558-4", .value = 7.4, .unit = "units"}) == std::pair(7.4, std::string("[pH]")));
    CHECK(standard_of({.loinc = "4548-4", .value = 48, .unit = "mmol/mol"}).first == Approx(6.54).margin(0.005));
    // Without a term the unit read stays.
    CHECK(standard_of({.local_code = "X", .value = 3, .unit = "MG/DL"}) == std::pair(3.0, std::string("mg/dL")));
}

TEST_CASE("what would have to be guessed is refused by its rule") {
    CHECK(rule_of({.loinc = "2345-7", .unit = "mg/dL"}) == "value.missing");
    CHECK(rule_of({.loinc = "2345-7", .value = std::numeric_limits<double>::quiet_NaN(), .unit = "mg/dL"}) ==
          "value.not_finite");
    CHECK(rule_of({.loinc = "2345-7", .value = 90}) == "unit.missing");
    CHECK(rule_of({.loinc = "2345-7", .value = 90, .unit = "#ERROR!"}) == "unit.missing");
    CHECK(rule_of({.loinc = "2345-7", .value = 90, .unit = "furlongs"}) == "unit.unknown");
    CHECK(rule_of({.local_code = "X", .value = 90, .unit = "iu/l"}) == "unit.ambiguous");
    CHECK(rule_of({.local_code = "X", .value = 6, .unit = "units"}) == "unit.ambiguous");
    CHECK(rule_of({.loinc = "2345-7", .value = 90, .unit = "U/L"}) == "unit.other_dimension");
    CHECK(rule_of({.loinc = "786-4", .value = 33, .unit = "%"}) == "unit.other_dimension");
    CHECK(rule_of({.loinc = "6301-6", .value = 70, .unit = "%"}) == "unit.other_dimension");
    CHECK(rule_of({.loinc = "2345-7", .value = -999, .unit = "mg/dL"}) == "value.impossible");
    CHECK(rule_of({.loinc = "2345-7", .value = 2200.1, .unit = "mg/dL"}) == "value.impossible");
    CHECK(rule_of({.loinc = "2345-7", .value = 2200, .unit = "mg/dL"}).empty());
    CHECK(rule_of({.loinc = "736-9", .value = 100.5, .unit = "%"}) == "value.impossible");
}

TEST_CASE("quantities that are numbers need no unit") {
    CHECK(standard_of({.loinc = "6301-6", .value = 1.1}) == std::pair(1.1, std::string("{INR}")));
    CHECK(standard_of({.loinc = "2744-1", .value = 7.38, .unit = "N/A"}) == std::pair(7.38, std::string("[pH]")));
}

TEST_CASE("what is kept and counted") {
    const StandardisedResults out = standardise_results(
        table_of({{.local_code = "A", .value = 1, .unit = "mg/dL"},                           // unmapped
                  {.local_code = "B", .loinc = "-56064", .value = 1, .unit = "mg/dL"},        // a date's number
                  {.loinc = "2345-7", .value = 20, .unit = "mg/dL"},                          // implausibly low
                  {.loinc = "2345-7", .value = 100, .unit = "mg/dL"},                         // plausible
                  {.loinc = "2345-7", .text = "hemolyzed"},                                   // in words
                  {.loinc = "2345-7", .absent_reason = "not-performed"},                      // with a reason
                  {.loinc = "1994-3", .value = 1.2, .unit = "mmol/L", .comparator = ">"}}));  // no second tier
    CHECK(out.counts == std::map<std::string, assay::index, std::less<>>{{"loinc.invalid", 1},
                                                                         {"loinc.unmapped", 2},
                                                                         {"value.absent", 1},
                                                                         {"value.implausible", 1},
                                                                         {"value.text", 1}});
    REQUIRE(out.rows.num_rows() == 7);
    const Array& implausible = out.rows.column("implausible");
    CHECK(implausible.is_null(0));
    CHECK(implausible.flag(2));
    CHECK_FALSE(implausible.flag(3));
    CHECK(implausible.is_null(6));
    CHECK(out.rows.column("loinc").is_null(1));
    CHECK(out.rows.column("value_standard").is_null(4));
    CHECK(out.rows.column("unit_standard").is_null(4));
    CHECK(out.rows.column("comparator").text(6) == ">");
}

TEST_CASE("the laboratory's own maps, units and limits win") {
    StandardiseOptions options;
    options.tests = {{"M", "MCHC", "786-4"}};
    CHECK(rule_of({.local_code = "M", .value = 33, .unit = "%"}, options) == "unit.other_dimension");
    options.units = {{"M", " % ", "g/dL"}};
    CHECK(standard_of({.local_code = "M", .value = 33, .unit = "%"}, options) == std::pair(33.0, std::string("g/dL")));
    CHECK(rule_of({.local_code = "N", .loinc = "786-4", .value = 33, .unit = "%"}, options) == "unit.other_dimension");
    // The source's own valid code goes before the map.
    CHECK(standard_of({.local_code = "M", .loinc = "718-7", .value = 120, .unit = "g/L"}, options) ==
          std::pair(12.0, std::string("g/dL")));
    options.limits = {{"2345-7", {{0, 50}, Range{1, 2}, "the laboratory"}}};
    CHECK(rule_of(kGlucose, options) == "value.impossible");
    options.units = {{"M", "%", "furlongs"}};
    CHECK_THROWS_WITH(rule_of(kGlucose, options), Catch::Matchers::Contains("'furlongs'"));
}

TEST_CASE("a table of tests without patients' data") {
    const StandardisedResults out =
        standardise_results(table_of({kGlucose,
                                      kGlucose,
                                      {.local_code = "GLU", .loinc = "2345-7", .value = 90, .unit = "mg/dL"},
                                      {.local_code = "GLU", .loinc = "2345-7", .value = 90}}));
    REQUIRE(out.tests.num_rows() == 3);
    CHECK(out.tests.column("rows").values<std::int64_t>()[0] == 2);
    CHECK(out.tests.column("unit_read").text(0) == "mmol/L");
    CHECK(out.tests.column("unit_standard").text(1) == "mg/dL");
    CHECK(out.tests.column("loinc_by").text(0) == "source");
    CHECK(out.tests.column("rule").text(2) == "unit.missing");
    CHECK(out.tests.column("refused").values<std::int64_t>()[2] == 1);
    CHECK_FALSE(out.tests.has_column("value"));
}

TEST_CASE("standardised results do not depend on blocks, threads or slices") {
    std::vector<Result> results;
    const std::vector<Text> units = {"mg/dL", "mmol/L", "MG/DL", std::nullopt, "furlongs", "g/L"};
    for (int i = 0; i < 140000; ++i) {
        results.push_back({.local_code = "T" + std::to_string(i % 700),
                           .loinc = i % 3 == 0 ? Text("2345-7") : std::nullopt,
                           .value = i % 11 == 0 ? std::nullopt : std::optional<double>(i % 2300),
                           .unit = units[static_cast<std::size_t>(i) % units.size()],
                           .text = i % 22 == 0 ? Text("words") : std::nullopt});
    }
    const Table table = table_of(results);
    const int threads = num_threads();
    set_num_threads(1);
    const StandardisedResults one = standardise_results(table);
    set_num_threads(4);
    const StandardisedResults four = standardise_results(table);
    set_num_threads(threads);
    CHECK(one.rows.equals(four.rows));
    CHECK(one.refused.equals(four.refused));
    CHECK(one.tests.equals(four.tests));
    CHECK(one.counts == four.counts);
    CHECK(one.rows.num_rows() + one.refused.num_rows() == 140000);
    // A slice is standardised as its rows are.
    const StandardisedResults slice = standardise_results(table.slice(65537, 10));
    const auto& positions = slice.refused.column("row").values<std::int64_t>();
    for (const std::int64_t row : positions) CHECK((row >= 0 && row < 10));
    CHECK(slice.rows_read == 10);
}

TEST_CASE("standardising asks for its columns, and takes an empty table") {
    const Table table = table_of({kGlucose});
    CHECK_THROWS_AS(standardise_results(table.without_column("unit")), SchemaError);
    CHECK_THROWS_AS(standardise_results(table.without_column("value")), SchemaError);
    CHECK_THROWS_AS(
        standardise_results(table.with_column({.name = "unit", .type = Type::Float64}, Array::nulls(Type::Float64, 1))),
        SchemaError);
    const StandardisedResults none = standardise_results(table.slice(0, 0));
    CHECK(none.rows.num_rows() == 0);
    CHECK(none.counts.empty());
    CHECK(standardise_results(Table::empty(LabResults::table_schema())).rows.has_column("value_standard"));
}

TEST_CASE("every reading of a spelling") {
    CHECK(unit_readings("u/l") == std::vector<std::string>{"U/L", "[IU]/L"});
    CHECK(unit_readings("mg/dL") == std::vector<std::string>{"mg/dL"});
    CHECK(unit_readings("N/A").empty());
    CHECK(unit_readings("furlongs").empty());
    CHECK(unit_readings("K/uL") == std::vector<std::string>{"10*3/uL"});
    CHECK(unit_readings("U/L").front() == "U/L");
    CHECK(read_unit("units", "5803-2")->code == "[pH]");
}

TEST_CASE("withdrawn results are refused") {
    Result result = kGlucose;
    for (const char* status : {"cancelled", "entered-in-error"}) {
        result.status = status;
        CHECK(rule_of(result) == "status.withdrawn");
    }
    for (const char* status : {"final", "corrected", "preliminary", "amended", "registered"}) {
        result.status = status;
        CHECK(rule_of(result).empty());
    }
    result.status = std::nullopt;
    CHECK(rule_of(result).empty());
}

TEST_CASE("a site's units keep their letter case where it matters, and contradictions are told") {
    StandardiseOptions options;
    options.units = {{"X", "mu/l", "m[IU]/L"}, {"X", "Mu/l", "10*6.[IU]/L"}, {"Y", "ug", "ug"}};
    const auto unit_of = [&](const char* code, const char* unit) {
        return standard_of({.local_code = code, .value = 1, .unit = unit}, options).second;
    };
    CHECK(unit_of("X", "mu/l") == "m[IU]/L");
    CHECK(unit_of("X", " Mu/l") == "10*6.[IU]/L");
    CHECK(unit_of("Y", "UG") == "ug");  // one meaning in any case
    options.units.push_back({"X", "mu /l", "m[IU]/L"});
    CHECK(unit_of("X", "mu/l") == "m[IU]/L");
    options.units.push_back({"X", "mu/l", "u[IU]/L"});
    CHECK_THROWS_AS(rule_of(kGlucose, options), ValueError);

    StandardiseOptions tests;
    tests.tests = {{"GLU", "Glucose", "2345-7"}, {"GLU", "Glucose again", "2345-7"}};
    CHECK(rule_of(kGlucose, tests).empty());
    tests.tests.push_back({"GLU", "Glucose", "2339-0"});
    CHECK_THROWS_AS(rule_of(kGlucose, tests), ValueError);

    StandardiseOptions limits;
    limits.limits = {{"2345-7", *limits_of("2345-7")}, {"2345-7", *limits_of("2345-7")}};
    CHECK(rule_of(kGlucose, limits).empty());
    limits.limits[1].limits.possible.high += 1;
    CHECK_THROWS_AS(rule_of(kGlucose, limits), ValueError);
}
