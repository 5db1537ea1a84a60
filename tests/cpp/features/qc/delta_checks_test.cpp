#include "assay/features/qc/delta_checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "catch.hpp"

using namespace assay;
using data::Array;
using data::Type;
using features::DeltaRule;

namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();
constexpr std::int64_t kHour = 3'600'000'000;

struct Result {
    std::optional<std::string> patient = "made up";
    std::optional<std::string> loinc = "718-7";
    std::optional<std::string> unit = "g/dL";
    std::optional<std::int64_t> at{};
    std::optional<double> value{};
    std::optional<std::string> comparator{};
    std::optional<std::string> device = "A";
};

data::Table table_of(const std::vector<Result>& results) {
    std::vector<std::optional<std::string>> patient, loinc, unit, comparator, device;
    std::vector<std::optional<double>> value;
    std::vector<std::optional<Timestamp>> at;
    for (const Result& one : results) {
        patient.push_back(one.patient);
        loinc.push_back(one.loinc);
        unit.push_back(one.unit);
        comparator.push_back(one.comparator);
        device.push_back(one.device);
        value.push_back(one.value);
        at.push_back(one.at ? std::optional(Timestamp(*one.at)) : std::nullopt);
    }
    const auto field = [](const char* name, Type type) { return data::Field{.name = name, .type = type}; };
    return {data::TableSchema({field("patient_id", Type::Utf8), field("loinc", Type::Utf8),
                               field("unit_standard", Type::Utf8), field("comparator", Type::Utf8),
                               field("device_id", Type::Utf8), field("value_standard", Type::Float64),
                               field("observed_at", Type::Timestamp)}),
            {Array::of(patient), Array::of(loinc), Array::of(unit), Array::of(comparator), Array::of(device),
             Array::of(value), Array::of(at)}};
}

DeltaRule haemoglobin(double difference, double within = 3) {
    return {.loinc = "718-7", .unit = "g/dL", .limits = {difference, kNone, kNone, within}};
}

using Counts = std::pair<assay::index, assay::index>;

Counts counted(const std::vector<Result>& results, const std::vector<DeltaRule>& rules) {
    const auto found = features::delta_checks(table_of(results), rules);
    if (found.empty()) return {0, 0};
    REQUIRE(found.size() == 1);
    CHECK((found[0].dimension == "plausibility" && found[0].check == "delta" && found[0].source.empty()));
    return {found[0].checked, found[0].failed};
}

}  // namespace

TEST_CASE("a result is compared with the patient's last one, by time and not by row") {
    const std::vector<Result> results{
        {.at = 30 * kHour, .value = 13}, {.at = 0, .value = 13}, {.at = kHour, .value = 6}};
    CHECK(counted(results, {haemoglobin(6)}) == Counts(2, 2));
    CHECK(counted(results, {haemoglobin(7)}) == Counts(2, 0));  // a limit itself is no failure
    CHECK(counted(results, {haemoglobin(6, 1)}) == Counts(1, 1));
    CHECK(counted({results[0]}, {haemoglobin(6)}) == Counts(0, 0));
    CHECK(counted({}, {haemoglobin(6)}) == Counts(0, 0));
    CHECK(counted(results, {}) == Counts(0, 0));
}

TEST_CASE("the window includes its end") {
    const std::vector<Result> results{{.at = 0, .value = 13}, {.at = 72 * kHour, .value = 6}};
    CHECK(counted(results, {haemoglobin(6)}) == Counts(1, 1));
    CHECK(counted({results[0], {.at = 72 * kHour + 1, .value = 6}}, {haemoglobin(6)}) == Counts(0, 0));
}

TEST_CASE("what has no patient, time, exact number or unit of the rule is not compared") {
    const Result first{.at = 0, .value = 13};
    const double nan = std::nan("");
    for (const Result& other : std::vector<Result>{{.patient = std::nullopt, .at = kHour, .value = 6},
                                                   {.patient = "another", .at = kHour, .value = 6},
                                                   {.loinc = std::nullopt, .at = kHour, .value = 6},
                                                   {.loinc = "2951-2", .at = kHour, .value = 6},
                                                   {.unit = "g/L", .at = kHour, .value = 60},
                                                   {.unit = std::nullopt, .at = kHour, .value = 6},
                                                   {.value = 6},
                                                   {.at = kHour},
                                                   {.at = kHour, .value = nan},
                                                   {.at = kHour, .value = kNone},
                                                   {.at = kHour, .value = 6, .comparator = "<"}}) {
        CHECK(counted({first, other}, {haemoglobin(1)}) == Counts(0, 0));
    }
    CHECK(counted({first, {.at = kHour, .value = 6, .comparator = ""}}, {haemoglobin(1)}) == Counts(1, 1));
    DeltaRule any = haemoglobin(1);
    any.unit.clear();  // of any unit, but never of two
    CHECK(counted({first, {.unit = "g/L", .at = kHour, .value = 130}}, {any}) == Counts(0, 0));
}

TEST_CASE("percent and rate are limits, too, and a difference counts for the later result's source") {
    std::vector<Result> results{
        {.at = 0, .value = 10}, {.at = 12 * kHour, .value = 12}, {.at = 36 * kHour, .value = 12}};
    results[1].device = "B";
    results[2].device = std::nullopt;
    const std::vector<DeltaRule> percent{{.loinc = "718-7", .unit = "", .limits = {kNone, 15, kNone, 3}}};
    const std::vector<DeltaRule> rate{{.loinc = "718-7", .unit = "", .limits = {kNone, kNone, 3.5, 3}}};
    for (const auto& rules : {percent, rate}) {
        const auto found = features::delta_checks(table_of(results), rules, "device_id");
        REQUIRE(found.size() == 2);
        CHECK((found[0].source.empty() && found[0].checked == 1 && found[0].failed == 0));
        CHECK((found[1].source == "B" && found[1].checked == 1 && found[1].failed == 1));
    }
}

TEST_CASE("delta checks are those of a naive comparison of every pair of neighbours") {
    std::mt19937_64 random(1);
    const std::vector<std::string> codes{"718-7", "2951-2", "787-2"};
    std::vector<Result> results;
    for (int i = 0; i < 3000; ++i) {
        Result one{.patient = "made up " + std::to_string(random() % 40),
                   .loinc = codes[random() % 3],
                   .unit = random() % 10 == 0 ? "g/L" : "g/dL",
                   .at = static_cast<std::int64_t>(random() % 2000) * kHour,
                   .value = static_cast<double>(random() % 30)};
        one.device = std::to_string(random() % 3);
        results.push_back(one);
    }
    const std::vector<DeltaRule> rules{{.loinc = "718-7", .unit = "g/dL", .limits = {6, kNone, kNone, 3}},
                                       {.loinc = "718-7", .unit = "g/L", .limits = {20, kNone, kNone, 5}},
                                       {.loinc = "2951-2", .unit = "", .limits = {20, 40, kNone, 2}}};
    std::map<std::string, Counts> naive;
    for (std::size_t i = 0; i < results.size(); ++i) {
        for (const DeltaRule& rule : rules) {
            const Result& now = results[i];
            if (now.loinc != rule.loinc || (!rule.unit.empty() && now.unit != rule.unit)) continue;
            std::optional<std::size_t> last;
            for (std::size_t j = 0; j < results.size(); ++j) {
                const Result& was = results[j];
                const bool same = was.patient == now.patient && was.loinc == now.loinc && was.unit == now.unit;
                const bool before = *was.at < *now.at || (was.at == now.at && j < i);
                if (!same || !before) continue;
                if (!last || *was.at > *results[*last].at || (was.at == results[*last].at && j > *last)) last = j;
            }
            if (!last) continue;
            const double days = static_cast<double>(*now.at - *results[*last].at) / (24.0 * kHour);
            const auto check = features::delta_check(*results[*last].value, *now.value, days, rule.limits);
            if (!check.compared) continue;
            ++naive[*now.device].first;
            naive[*now.device].second += check.failed;
        }
    }
    std::map<std::string, Counts> found;
    for (const auto& check : features::delta_checks(table_of(results), rules, "device_id")) {
        found[check.source] = {check.checked, check.failed};
    }
    CHECK(found == naive);
    CHECK(found.at("0").second > 10);
}

TEST_CASE("columns of other types and rules that overlap are refused") {
    const data::Table rows = table_of({{.at = 0, .value = 13}});
    const std::vector<DeltaRule> twice{haemoglobin(6), haemoglobin(7)};
    CHECK_THROWS_WITH(features::delta_checks(rows, twice), Catch::Contains("one rule for code 718-7"));
    DeltaRule any = haemoglobin(6);
    any.unit.clear();
    CHECK_THROWS_AS(features::delta_checks(rows, std::vector<DeltaRule>{haemoglobin(6), any}), ValueError);
    const std::vector<DeltaRule> rules{haemoglobin(6)};
    CHECK_THROWS_AS(features::delta_checks(rows, rules, "value_standard"), SchemaError);
    CHECK_THROWS_AS(features::delta_checks(rows, rules, "absent"), SchemaError);
    CHECK_THROWS_AS(features::delta_checks(rows.select(std::vector<std::string>{"loinc"}), rules), SchemaError);
}
