#include "assay/features/abnormal_labs.hpp"

#include "assay/data/array_builder.hpp"
#include "assay/data/lab_results.hpp"
#include "catch.hpp"

using namespace assay;
using namespace assay::features;
using data::Array;
using data::Table;

namespace {

struct Result {
    int hour;
    const char* loinc;
    std::optional<double> value;
    const char* unit;
};

/// Made-up results of patient A.
Table labs_of(const std::vector<Result>& results) {
    std::vector<std::optional<std::string>> ids, codes, names, loincs, units;
    std::vector<std::optional<Timestamp>> times;
    std::vector<std::optional<double>> values;
    for (const Result& r : results) {
        ids.emplace_back("A");
        times.emplace_back(Timestamp{std::int64_t{r.hour} * 3'600'000'000});
        codes.emplace_back(std::nullopt);
        names.emplace_back(std::nullopt);
        loincs.emplace_back(r.loinc);
        values.emplace_back(r.value);
        units.emplace_back(r.unit);
    }
    return Table(data::LabResults::table_schema(),
                 {Array::of(ids), Array::of(times), Array::of(codes), Array::of(names), Array::of(loincs),
                  Array::of(values), Array::of(units)});
}

LabOutcome outcome_of(const Result& result, const char* sex = "") {
    const AbnormalLabs found = abnormal_labs(labs_of({result}), {{"A", sex}});
    REQUIRE(found.counts.size() == 1);
    return found.counts.begin()->first;
}

}  // namespace

TEST_CASE("results at a limit are normal, one step beyond is not") {
    CHECK(outcome_of({0, "2951-2", 135.0, "mmol/L"}) == LabOutcome::Normal);
    CHECK(outcome_of({0, "2951-2", 145.0, "mEq/L"}) == LabOutcome::Normal);
    CHECK(outcome_of({0, "2951-2", 134.9, "mEq/L"}) == LabOutcome::Abnormal);
    CHECK(outcome_of({0, "2951-2", 145.1, "meq/l"}) == LabOutcome::Abnormal);
}

TEST_CASE("a limit that stands alone is outside: < 5.7 %, > 40 mg/dL") {
    CHECK(outcome_of({0, "4548-4", 5.6, "%"}) == LabOutcome::Normal);
    CHECK(outcome_of({0, "4548-4", 5.7, "%"}) == LabOutcome::Abnormal);
    CHECK(outcome_of({0, "1988-5", 0.5, "mg/dL"}) == LabOutcome::Abnormal);  // 5 mg/L
    CHECK(outcome_of({0, "2085-9", 40.0, "mg/dL"}) == LabOutcome::Abnormal);
    CHECK(outcome_of({0, "2085-9", 41.0, "mg/dL"}) == LabOutcome::Normal);
    const auto high_of = [](const Result& result) {
        return abnormal_labs(labs_of({result})).by_patient.at("A").front().high;
    };
    CHECK(high_of({0, "4548-4", 5.7, "%"}));
    CHECK_FALSE(high_of({0, "2085-9", 40.0, "mg/dL"}));
}

TEST_CASE("what cannot be compared is counted, never judged") {
    CHECK(outcome_of({0, "2951-2", std::nullopt, "mmol/L"}) == LabOutcome::NoValue);
    CHECK(outcome_of({0, "2951-2", std::nan(""), "mmol/L"}) == LabOutcome::NoValue);
    CHECK(outcome_of({0, "", 140.0, "mmol/L"}) == LabOutcome::NoCode);
    CHECK(outcome_of({0, "99999-1", 140.0, "mmol/L"}) == LabOutcome::NoReference);
    CHECK(outcome_of({0, "2951-2", 140.0, ""}) == LabOutcome::NoUnit);
    CHECK(outcome_of({0, "2951-2", 140.0, "U/L"}) == LabOutcome::OtherUnit);
    CHECK(outcome_of({0, "2951-2", 322.0, "mg/dL"}) == LabOutcome::Normal);      // 140 mmol/L
    CHECK(outcome_of({0, "48065-7", 300.0, "ng/mL"}) == LabOutcome::OtherUnit);  // FEU or DDU is not said
    CHECK(outcome_of({0, "6301-6", 1.0, ""}) == LabOutcome::Normal);             // a pure number
}

TEST_CASE("units convert by exact factors of the analyte") {
    CHECK(outcome_of({0, "2160-0", 100.0, "umol/L"}) == LabOutcome::Normal);    // 1.13 mg/dL
    CHECK(outcome_of({0, "2160-0", 110.0, "umol/L"}) == LabOutcome::Abnormal);  // 1.24 mg/dL
    CHECK(outcome_of({0, "777-3", 200.0, "K/uL"}) == LabOutcome::Normal);
    CHECK(outcome_of({0, "777-3", 200.0, "10*9/L"}) == LabOutcome::Normal);
    const AbnormalLabs found = abnormal_labs(labs_of({{0, "2345-7", 12.0, "mmol/L"}}));
    REQUIRE(found.by_patient.at("A").size() == 1);
    const AbnormalResult& glucose = found.by_patient.at("A").front();
    CHECK(glucose.value == 12.0);
    CHECK(glucose.unit == "mmol/L");
    CHECK(glucose.high);
    CHECK(*glucose.reference_high == Approx(5.495).epsilon(1e-3));
    CHECK(glucose.name == "Glucose");
}

TEST_CASE("ranges by sex") {
    CHECK(outcome_of({0, "718-7", 13.0, "g/dL"}, "female") == LabOutcome::Normal);
    CHECK(outcome_of({0, "718-7", 13.0, "g/dL"}, "male") == LabOutcome::Abnormal);
    CHECK(outcome_of({0, "718-7", 13.0, "g/dL"}) == LabOutcome::NoReference);
}

TEST_CASE("only the latest result of a test stands in the list") {
    const AbnormalLabs found = abnormal_labs(labs_of({{2, "2823-3", 3.0, "mEq/L"},
                                                      {1, "2823-3", 6.0, "mEq/L"},
                                                      {0, "2951-2", 120.0, "mEq/L"},
                                                      {5, "2951-2", 140.0, "mEq/L"},
                                                      {6, "2951-2", 150.0, "furlong"}}));
    REQUIRE(found.by_patient.at("A").size() == 1);
    const AbnormalResult& potassium = found.by_patient.at("A").front();
    CHECK(potassium.value == 3.0);
    CHECK_FALSE(potassium.high);
    CHECK_FALSE(potassium.critical);  // no critical limit without a source
    CHECK(found.counts.at(LabOutcome::Abnormal) == 3);
    CHECK(found.counts.at(LabOutcome::OtherUnit) == 1);
    CHECK(abnormal_labs(Table::empty(data::LabResults::table_schema())).by_patient.empty());
}
