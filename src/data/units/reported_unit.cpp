#include "assay/data/units/reported_unit.hpp"

#include <algorithm>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/units/analyte.hpp"
#include "assay/data/units/unit_spelling.hpp"

namespace assay::data {

ReportedUnits::ReportedUnits(std::string to, std::string loinc) : to_(std::move(to)), loinc_(std::move(loinc)) {}

std::string ReportedUnits::code_of(std::string_view reported) {
    const auto reading = read_unit(reported);
    return reading ? reading->code : std::string(reported);
}

std::optional<UnitConverter> ReportedUnits::converter_from(std::string_view reported) const {
    if (reported == to_) return UnitConverter(UcumUnit(), UcumUnit());
    const auto to = UcumUnit::try_parse(to_);
    const auto reading = read_unit(reported, loinc_);
    if (!to || !reading) return std::nullopt;
    Substance substance;
    if (const Analyte* analyte = find_analyte(loinc_)) {
        substance.molar_mass = analyte->molar_mass;
        substance.charge = analyte->charge;
    }
    if (is_hba1c(loinc_)) substance.loinc = loinc_;
    try {
        UnitConverter converter(UcumUnit::parse(reading->code), *to, substance);
        if (to_.starts_with("{") && !converter.is_identity()) return std::nullopt;
        return converter;
    } catch (const ValueError&) {
        return std::nullopt;
    }
}

const UnitConverter* ReportedUnits::from(std::string_view reported) {
    auto found = std::find_if(met_.begin(), met_.end(), [&](const Met& met) { return met.reported == reported; });
    if (found == met_.end()) {
        constexpr std::size_t kMost = 64;  // a column of nonsense must not grow without end
        if (met_.size() >= kMost) met_.pop_back();
        met_.push_back({std::string(reported), converter_from(reported)});
        found = met_.end() - 1;
    }
    return found->converter ? &*found->converter : nullptr;
}

}  // namespace assay::data
