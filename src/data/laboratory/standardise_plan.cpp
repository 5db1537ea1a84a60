#include "standardise_plan.hpp"

#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/detail/folded.hpp"
#include "assay/data/loinc.hpp"
#include "assay/data/units/unit_spelling.hpp"

namespace assay::data::detail {
namespace {

/// Blanks never count; letter case does where `folded` is false, as in mg and Mg.
std::string local_unit_key(std::string_view code, std::string_view unit, bool folded) {
    std::string key(code);
    key.push_back('\t');
    for (const char c : unit) {
        if (c != ' ' && c != '\t') key.push_back(folded ? lower(c) : c);
    }
    return key;
}

[[noreturn]] void throw_contradiction(const char* option, const std::string& of) {
    throw ValueError(std::string("standardise_results: ") + option + ": expected one meaning for " + of +
                     ", got two; remove the wrong entry");
}

/// A unit without a measure, or pH: the quantity is a number, and laboratories leave its unit out.
bool needs_no_unit(const LoincTerm& term) { return term.unit.starts_with("{") || term.unit == "[pH]"; }

std::optional<UnitConverter> converter(const UcumUnit& from, const UcumUnit& to, const std::string& loinc) {
    try {
        return UnitConverter(from, to, {.loinc = loinc});
    } catch (const ValueError&) {
        return std::nullopt;
    }
}

/// Readings that do not convert into each other mean different things.
bool is_ambiguous(const std::vector<std::string>& readings) {
    const UcumUnit first = UcumUnit::parse(readings.front());
    for (const std::string& other : readings) {
        if (!converter(first, UcumUnit::parse(other), {})) return true;
    }
    return false;
}

}  // namespace

TestPlanner::TestPlanner(const StandardiseOptions& options) {
    for (const LocalTest& test : options.tests) {
        if (loinc_of_.emplace(test.code, test.loinc).first->second != test.loinc) {
            throw_contradiction("tests", "the code '" + test.code + "'");
        }
    }
    for (const LocalUnit& local : options.units) {
        if (!UcumUnit::try_parse(local.ucum)) {
            throw ValueError("standardise_results: expected a unit of UCUM for test '" + local.code + "', got '" +
                             local.ucum + "'");
        }
        if (units_.emplace(local_unit_key(local.code, local.unit, false), local.ucum).first->second != local.ucum) {
            throw_contradiction("units", "'" + local.unit + "' of test '" + local.code + "'");
        }
        std::string& folded =
            folded_units_.emplace(local_unit_key(local.code, local.unit, true), local.ucum).first->second;
        if (folded != local.ucum) folded.clear();
    }
    for (const LocalLimits& local : options.limits) {
        if (*limits_.emplace(local.loinc, &local.limits).first->second != local.limits) {
            throw_contradiction("limits", "the LOINC code '" + local.loinc + "'");
        }
    }
}

const std::string* TestPlanner::local_unit(const TestKey& key) const {
    if (units_.empty()) return nullptr;
    for (const std::string_view code : {key.local_code, std::string_view{}}) {
        const auto exact = units_.find(local_unit_key(code, key.unit, false));
        if (exact != units_.end()) return &exact->second;
        const auto folded = folded_units_.find(local_unit_key(code, key.unit, true));
        if (folded != folded_units_.end() && !folded->second.empty()) return &folded->second;
    }
    return nullptr;
}

void TestPlanner::read(const TestKey& key, TestPlan& plan) const {
    const LoincTerm* term = find_loinc_term(plan.loinc);
    if (const std::string* local = local_unit(key)) {
        plan.unit_read = *local;
        plan.read_by = "site";
        return;
    }
    if (is_missing_unit(key.unit)) {
        if (term == nullptr || !needs_no_unit(*term)) {
            plan.outcome = Outcome::unit_missing;
            return;
        }
        plan.unit_read = term->unit;
        plan.read_by = "implied";
        return;
    }
    const std::vector<std::string> readings = unit_readings(key.unit);
    if (readings.empty()) {
        plan.outcome = Outcome::unit_unknown;
        return;
    }
    const UnitReading reading = *read_unit(key.unit, plan.loinc);
    plan.unit_read = reading.code;
    plan.read_by = name_of(reading.by);
    if (term == nullptr && reading.by != UnitReading::By::ucum && is_ambiguous(readings)) {
        plan.outcome = Outcome::unit_ambiguous;
    }
}

TestPlan TestPlanner::plan(const TestKey& key) const {
    TestPlan plan;
    if (is_loinc(key.loinc)) {
        plan.loinc = key.loinc;
    } else {
        plan.invalid_code = !key.loinc.empty();
        const auto mapped = loinc_of_.find(key.local_code);
        plan.from_map = mapped != loinc_of_.end();
        if (plan.from_map) plan.loinc = mapped->second;
    }
    read(key, plan);
    if (const auto local = limits_.find(plan.loinc); local != limits_.end()) {
        plan.limits = *local->second;
    } else {
        plan.limits = limits_of(plan.loinc);
    }
    if (plan.outcome != Outcome::kept) return plan;

    const LoincTerm* term = find_loinc_term(plan.loinc);
    plan.unit_standard = term == nullptr ? plan.unit_read : std::string(term->unit);
    plan.convert = converter(UcumUnit::parse(plan.unit_read), UcumUnit::parse(plan.unit_standard), plan.loinc);
    // "%" of an INR is another quantity and not a hundredth.
    const bool other_number =
        term != nullptr && term->unit.starts_with("{") && plan.convert && !plan.convert->is_identity();
    if (!plan.convert || other_number) {
        plan.outcome = Outcome::unit_other_dimension;
        plan.unit_standard.clear();
        plan.convert.reset();
        return plan;
    }
    plan.decreasing = (*plan.convert)(2.0) < (*plan.convert)(1.0);
    return plan;
}

}  // namespace assay::data::detail
