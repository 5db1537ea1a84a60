#include "assay/features/vital_units.hpp"

#include <array>

#include "assay/data/detail/folded.hpp"

namespace assay::features {
namespace {

using data::detail::Spelling;

/// Lower case, without blanks.
constexpr std::array kSpellings = {
    Spelling{"/min", "/min"},
    Spelling{"bpm", "/min"},
    Spelling{"beats/min", "/min"},
    Spelling{"{beats}/min", "/min"},
    Spelling{"insp/min", "/min"},
    Spelling{"breaths/min", "/min"},
    Spelling{"breathsperminute", "/min"},
    Spelling{"1/min", "/min"},
    Spelling{"{breaths}/min", "/min"},
    Spelling{"mmhg", "mm[Hg]"},
    Spelling{"mm[hg]", "mm[Hg]"},
    Spelling{"kpa", "kPa"},
    Spelling{"%", "%"},
    Spelling{"percent", "%"},
    Spelling{"cel", "Cel"},
    Spelling{"°c", "Cel"},
    Spelling{"℃", "Cel"},
    Spelling{"degc", "Cel"},
    Spelling{"deg.c", "Cel"},
    Spelling{"c", "Cel"},
    Spelling{"celsius", "Cel"},
    Spelling{"°f", "[degF]"},
    Spelling{"℉", "[degF]"},
    Spelling{"degf", "[degF]"},
    Spelling{"deg.f", "[degF]"},
    Spelling{"f", "[degF]"},
    Spelling{"fahrenheit", "[degF]"},
    Spelling{"[degf]", "[degF]"},
    Spelling{"cm", "cm"},
    Spelling{"in", "[in_i]"},
    Spelling{"inch", "[in_i]"},
    Spelling{"[in_i]", "[in_i]"},
    Spelling{"kg", "kg"},
    Spelling{"lb", "[lb_av]"},
    Spelling{"lbs", "[lb_av]"},
    Spelling{"[lb_av]", "[lb_av]"},
};

}  // namespace

std::string_view vital_unit(std::string_view spelling) { return data::detail::spelled(spelling, kSpellings); }

std::string_view vital_unit_or_own(std::string_view spelling) {
    const std::string_view known = vital_unit(spelling);
    return known.empty() ? spelling : known;
}

std::optional<UnitConversion> vital_conversion(std::string_view from, std::string_view to) noexcept {
    if (from == to) return UnitConversion{};
    if (from == "[degF]" && to == "Cel") return UnitConversion{32, 5, 9};
    if (from == "[in_i]" && to == "cm") return UnitConversion{0, 254, 100};
    if (from == "[lb_av]" && to == "kg") return UnitConversion{0, 45359237, 100000000};
    return std::nullopt;
}

}  // namespace assay::features
