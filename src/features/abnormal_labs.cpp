#include "assay/features/abnormal_labs.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "assay/data/units/reported_unit.hpp"
#include "assay/data/units/unit_spelling.hpp"
#include "assay/features/detail/numeric_column.hpp"

namespace assay::features {
namespace {

using data::Array;
using data::LoincReference;
using data::Range;
using data::Table;
using data::Type;

/// What brings a value in the unit as reported to the reference's, or why there is nothing.
struct Conversion {
    LabOutcome outcome = LabOutcome::OtherUnit;
    data::UnitConverter to_reference = data::UnitConverter(data::UcumUnit(), data::UcumUnit());
};

/// A reference and the spellings of units met with it.
struct Known {
    const LoincReference* reference;
    data::ReportedUnits units;
};

Conversion conversion_of(std::string_view reported, Known& known) {
    if (data::is_missing_unit(reported)) {
        const std::string& unit = known.reference->unit;
        return {unit == "{INR}" || unit == "[pH]" ? LabOutcome::Normal : LabOutcome::NoUnit};
    }
    const data::UnitConverter* converter = known.units.from(reported);
    return converter == nullptr ? Conversion{} : Conversion{LabOutcome::Normal, *converter};
}

/// Laboratories print a limit that stands alone as "< 5.7" or "> 40": the limit itself is outside.
bool too_low(double value, Range range) { return std::isinf(range.high) ? value <= range.low : value < range.low; }
bool too_high(double value, Range range) { return std::isinf(range.low) ? value >= range.high : value > range.high; }

/// A judged result.
struct Judged {
    LabOutcome outcome = LabOutcome::NoCode;
    const LoincReference* reference = nullptr;
    double value = 0;
    double comparable = 0;  ///< in the reference's unit
    Range range;
};

class Judge {
  public:
    explicit Judge(const LabOptions& options) {
        for (const LoincReference& reference : options.references) {
            references_.emplace(reference.loinc,
                                Known{&reference, data::ReportedUnits(reference.unit, reference.loinc)});
        }
    }

    Judged judge(std::optional<double> value, std::string_view loinc, std::string_view unit, std::string_view sex) {
        Judged out;
        if (!value || !std::isfinite(*value)) return with(out, LabOutcome::NoValue);
        if (loinc.empty()) return with(out, LabOutcome::NoCode);
        const auto found = references_.find(loinc);
        const auto range = found == references_.end() ? std::nullopt : found->second.reference->range(sex);
        if (!range) return with(out, LabOutcome::NoReference);
        const Conversion conversion = conversion_of(unit, found->second);
        if (conversion.outcome != LabOutcome::Normal) return with(out, conversion.outcome);
        out = {LabOutcome::Normal, found->second.reference, *value, conversion.to_reference(*value), *range};
        if (too_low(out.comparable, *range) || too_high(out.comparable, *range)) out.outcome = LabOutcome::Abnormal;
        return out;
    }

  private:
    static Judged with(Judged judged, LabOutcome outcome) {
        judged.outcome = outcome;
        return judged;
    }

    std::unordered_map<std::string_view, Known> references_;
};

/// The latest comparable result of one patient's test.
struct Latest {
    Judged judged;
    index row = 0;
    std::optional<Timestamp> at;
};

/// A limit of the reference in the unit as reported.
std::optional<double> bound(double limit, std::string_view reported, const LoincReference& reference) {
    if (!std::isfinite(limit)) return std::nullopt;
    if (data::is_missing_unit(reported)) return limit;
    const auto reading = data::read_unit(reported, reference.loinc);
    if (!reading || reading->code == reference.unit) return limit;
    data::ReportedUnits back(reading->code, reference.loinc);
    const data::UnitConverter* from = back.from(reference.unit);
    return from == nullptr ? limit : (*from)(limit);
}

AbnormalResult result_of(const Latest& latest, const Array& names, const Array& units) {
    const Judged& j = latest.judged;
    AbnormalResult out;
    out.loinc = j.reference->loinc;
    out.name = names.is_valid(latest.row) && !names.text(latest.row).empty() ? std::string(names.text(latest.row))
                                                                             : j.reference->name;
    out.value = j.value;
    out.unit = units.is_valid(latest.row) ? std::string(units.text(latest.row)) : std::string();
    out.reference_low = bound(j.range.low, out.unit, *j.reference);
    out.reference_high = bound(j.range.high, out.unit, *j.reference);
    out.high = too_high(j.comparable, j.range);
    out.critical = j.reference->critical && !j.reference->critical->contains(j.comparable);
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
    Judge judge(options);
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
