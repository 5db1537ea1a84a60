#include "assay/features/abnormal_labs.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "assay/features/detail/numeric_column.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::LoincReference;
using data::Range;
using data::Table;
using data::Type;

/// The factor that brings a value in this unit to the reference's, or why there is none.
struct Factor {
    LabOutcome outcome = LabOutcome::OtherUnit;
    double factor = 1;
};

Factor factor_of(std::string_view reported, const LoincReference& reference) {
    if (reported.find_first_not_of(" \t") == std::string_view::npos) {
        const bool pure = reference.unit == "{INR}" || reference.unit == "[pH]";
        return {pure ? LabOutcome::Normal : LabOutcome::NoUnit, 1};
    }
    const std::string_view unit = data::laboratory_unit(reported);
    if (reported == reference.unit || unit == reference.unit) return {LabOutcome::Normal, 1};
    for (const auto& other : reference.other_units) {
        if (reported == other.unit || unit == other.unit) return {LabOutcome::Normal, other.factor};
    }
    return {};
}

/// Laboratories print a limit that stands alone as "< 5.7" or "> 40": the limit itself is outside.
bool too_low(double value, Range range) { return std::isinf(range.high) ? value <= range.low : value < range.low; }
bool too_high(double value, Range range) { return std::isinf(range.low) ? value >= range.high : value > range.high; }

/// A judged result.
struct Judged {
    LabOutcome outcome = LabOutcome::NoCode;
    const LoincReference* reference = nullptr;
    double value = 0;
    double factor = 1;
    Range range;
};

class Judge {
  public:
    explicit Judge(const LabOptions& options) {
        for (const LoincReference& reference : options.references) references_.emplace(reference.loinc, &reference);
    }

    Judged judge(std::optional<double> value, std::string_view loinc, std::string_view unit,
                 std::string_view sex) const {
        Judged out;
        if (!value || !std::isfinite(*value)) return with(out, LabOutcome::NoValue);
        if (loinc.empty()) return with(out, LabOutcome::NoCode);
        const auto found = references_.find(loinc);
        const auto range = found == references_.end() ? std::nullopt : found->second->range(sex);
        if (!range) return with(out, LabOutcome::NoReference);
        const Factor factor = factor_of(unit, *found->second);
        if (factor.outcome != LabOutcome::Normal) return with(out, factor.outcome);
        out = {LabOutcome::Normal, found->second, *value, factor.factor, *range};
        const double comparable = *value * factor.factor;
        if (too_low(comparable, *range) || too_high(comparable, *range)) out.outcome = LabOutcome::Abnormal;
        return out;
    }

  private:
    static Judged with(Judged judged, LabOutcome outcome) {
        judged.outcome = outcome;
        return judged;
    }

    std::unordered_map<std::string_view, const LoincReference*> references_;
};

/// The latest comparable result of one patient's test.
struct Latest {
    Judged judged;
    index row = 0;
    std::optional<Timestamp> at;
};

std::optional<double> bound(double limit, double factor) {
    return std::isfinite(limit) ? std::optional<double>(limit / factor) : std::nullopt;
}

AbnormalResult result_of(const Latest& latest, const Array& names, const Array& units) {
    const Judged& j = latest.judged;
    AbnormalResult out;
    out.loinc = j.reference->loinc;
    out.name = names.is_valid(latest.row) && !names.text(latest.row).empty() ? std::string(names.text(latest.row))
                                                                             : j.reference->name;
    out.value = j.value;
    out.unit = units.is_valid(latest.row) ? std::string(units.text(latest.row)) : std::string();
    out.reference_low = bound(j.range.low, j.factor);
    out.reference_high = bound(j.range.high, j.factor);
    out.high = too_high(j.value * j.factor, j.range);
    out.critical = j.reference->critical && !j.reference->critical->contains(j.value * j.factor);
    out.observed_at = latest.at;
    return out;
}

}  // namespace

std::string_view name_of(LabOutcome outcome) noexcept {
    switch (outcome) {
        case LabOutcome::Normal:
            return "normal";
        case LabOutcome::Abnormal:
            return "abnormal";
        case LabOutcome::NoValue:
            return "no_value";
        case LabOutcome::NoCode:
            return "no_code";
        case LabOutcome::NoReference:
            return "no_reference";
        case LabOutcome::NoUnit:
            return "no_unit";
        case LabOutcome::OtherUnit:
            return "other_unit";
    }
    return {};
}

AbnormalLabs abnormal_labs(const Table& labs, const std::map<std::string, std::string, std::less<>>& sex_of,
                           const LabOptions& options) {
    const Array& ids = detail::expect_column(labs, "patient_id", Type::Utf8);
    const Array& times = detail::expect_column(labs, "observed_at", Type::Timestamp);
    const Array& names = detail::expect_column(labs, "test_name", Type::Utf8);
    const Array& codes = detail::expect_column(labs, "loinc", Type::Utf8);
    const Array& units = detail::expect_column(labs, "unit", Type::Utf8);
    const Array values = detail::as_float64(labs.column("value"), "value");
    const Judge judge(options);
    std::map<std::string_view, std::map<std::string_view, Latest>> latest;  // by patient, then code
    AbnormalLabs out;
    for (index row = 0; row < labs.num_rows(); ++row) {
        const std::string_view id = ids.is_valid(row) ? ids.text(row) : std::string_view{};
        const auto sex = sex_of.find(id);
        const Judged judged =
            judge.judge(values.get<double>(row), codes.is_valid(row) ? codes.text(row) : std::string_view{},
                        units.is_valid(row) ? units.text(row) : std::string_view{},
                        sex == sex_of.end() ? std::string_view{} : sex->second);
        ++out.counts[judged.outcome];
        if (judged.reference == nullptr || id.empty()) continue;
        const auto at = times.get<Timestamp>(row);
        const auto [place, added] = latest[id].try_emplace(judged.reference->loinc, Latest{judged, row, at});
        if (!added && at >= place->second.at) place->second = {judged, row, at};
    }
    for (const auto& [id, tests] : latest) {
        std::vector<AbnormalResult> results;
        for (const auto& [code, test] : tests) {
            if (test.judged.outcome == LabOutcome::Abnormal) results.push_back(result_of(test, names, units));
        }
        std::sort(results.begin(), results.end(), [](const AbnormalResult& a, const AbnormalResult& b) {
            return std::tie(a.name, a.loinc) < std::tie(b.name, b.loinc);
        });
        if (!results.empty()) out.by_patient.emplace(std::string(id), std::move(results));
    }
    return out;
}

}  // namespace assay::features
