#include "assay/judge/detail/units.hpp"

#include <algorithm>
#include <array>

#include "assay/models/detail/text.hpp"

namespace assay::judge::detail {
namespace {

using D = Dimension;

constexpr double kFahrenheit = 5.0 / 9.0;
constexpr double kKilopascal = 1.0 / 0.133322387415;  // mmHg

// clang-format off
constexpr std::array kUnits{
    UnitOfNote{"/min", "/min", D::Rate}, UnitOfNote{"/ min", "/min", D::Rate}, UnitOfNote{"/minute", "/min", D::Rate},
    UnitOfNote{"per minute", "/min", D::Rate}, UnitOfNote{"per min", "/min", D::Rate}, UnitOfNote{"1/min", "/min", D::Rate},
    UnitOfNote{"bpm", "beats/min", D::Rate}, UnitOfNote{"beats/min", "beats/min", D::Rate},
    UnitOfNote{"beats per minute", "beats/min", D::Rate}, UnitOfNote{"beats per min", "beats/min", D::Rate},
    UnitOfNote{"breaths/min", "breaths/min", D::Rate}, UnitOfNote{"breaths per minute", "breaths/min", D::Rate},
    UnitOfNote{"breaths per min", "breaths/min", D::Rate},
    UnitOfNote{"mmhg", "mmHg", D::Pressure}, UnitOfNote{"mm hg", "mmHg", D::Pressure}, UnitOfNote{"mm[hg]", "mmHg", D::Pressure},
    UnitOfNote{"kpa", "kPa", D::Pressure, kKilopascal},
    UnitOfNote{"%", "%", D::Percent}, UnitOfNote{"percent", "%", D::Percent},
    UnitOfNote{"\xC2\xB0" "c", "Cel", D::Temperature}, UnitOfNote{"\xC2\xB0 c", "Cel", D::Temperature},
    UnitOfNote{"cel", "Cel", D::Temperature}, UnitOfNote{"c", "Cel", D::Temperature}, UnitOfNote{"degc", "Cel", D::Temperature},
    UnitOfNote{"celsius", "Cel", D::Temperature}, UnitOfNote{"deg c", "Cel", D::Temperature},
    UnitOfNote{"degrees celsius", "Cel", D::Temperature}, UnitOfNote{"\xE2\x84\x83", "Cel", D::Temperature},
    UnitOfNote{"\xC2\xB0" "f", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"\xC2\xB0 f", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"f", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"[degf]", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"degf", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"fahrenheit", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"degrees fahrenheit", "[degF]", D::Temperature, kFahrenheit, -32 * kFahrenheit},
    UnitOfNote{"-year-old", "years", D::Years}, UnitOfNote{"year-old", "years", D::Years}, UnitOfNote{"year old", "years", D::Years},
    UnitOfNote{"-year old", "years", D::Years}, UnitOfNote{"years old", "years", D::Years}, UnitOfNote{"years-old", "years", D::Years},
    UnitOfNote{"y/o", "years", D::Years}, UnitOfNote{"yo", "years", D::Years}, UnitOfNote{"years of age", "years", D::Years},
    UnitOfNote{"points", "points", D::Points}, UnitOfNote{"point", "points", D::Points},
    UnitOfNote{"rows", "rows", D::Rows}, UnitOfNote{"row", "rows", D::Rows},
    UnitOfNote{"readings", "rows", D::Rows}, UnitOfNote{"reading", "rows", D::Rows},
    UnitOfNote{"mmol/l", "mmol/L", D::Laboratory}, UnitOfNote{"meq/l", "meq/L", D::Laboratory},
    UnitOfNote{"mg/dl", "mg/dL", D::Laboratory}, UnitOfNote{"g/dl", "g/dL", D::Laboratory}, UnitOfNote{"g/l", "g/L", D::Laboratory},
    UnitOfNote{"mg/l", "mg/L", D::Laboratory}, UnitOfNote{"umol/l", "umol/L", D::Laboratory},
    UnitOfNote{"\xC2\xB5mol/l", "umol/L", D::Laboratory}, UnitOfNote{"\xCE\xBCmol/l", "umol/L", D::Laboratory},
    UnitOfNote{"u/l", "U/L", D::Laboratory}, UnitOfNote{"iu/l", "U/L", D::Laboratory}, UnitOfNote{"[iu]/l", "U/L", D::Laboratory},
    UnitOfNote{"ng/ml", "ng/mL", D::Laboratory}, UnitOfNote{"ng/l", "ng/L", D::Laboratory}, UnitOfNote{"ug/l", "ng/mL", D::Laboratory},
    UnitOfNote{"pg/ml", "ng/L", D::Laboratory}, UnitOfNote{"ug/dl", "ug/dL", D::Laboratory}, UnitOfNote{"ng/dl", "ng/dL", D::Laboratory},
    UnitOfNote{"k/ul", "10*3/uL", D::Laboratory}, UnitOfNote{"10*3/ul", "10*3/uL", D::Laboratory},
    UnitOfNote{"10^9/l", "10*3/uL", D::Laboratory}, UnitOfNote{"10*9/l", "10*3/uL", D::Laboratory},
    UnitOfNote{"x10^9/l", "10*3/uL", D::Laboratory}, UnitOfNote{"m/ul", "10*6/uL", D::Laboratory},
    UnitOfNote{"10*6/ul", "10*6/uL", D::Laboratory}, UnitOfNote{"10*12/l", "10*6/uL", D::Laboratory},
    UnitOfNote{"fl", "fL", D::Laboratory}, UnitOfNote{"pg", "pg", D::Laboratory}, UnitOfNote{"sec", "s", D::Laboratory},
    UnitOfNote{"mm/h", "mm/h", D::Laboratory}, UnitOfNote{"mm/hr", "mm/h", D::Laboratory},
    UnitOfNote{"mg", "mg", D::Dose}, UnitOfNote{"mcg", "ug", D::Dose, 0.001}, UnitOfNote{"ug", "ug", D::Dose, 0.001},
    UnitOfNote{"\xC2\xB5g", "ug", D::Dose, 0.001}, UnitOfNote{"micrograms", "ug", D::Dose, 0.001}, UnitOfNote{"g", "g", D::Dose, 1000},
    UnitOfNote{"gram", "g", D::Dose, 1000}, UnitOfNote{"grams", "g", D::Dose, 1000}, UnitOfNote{"milligrams", "mg", D::Dose},
    UnitOfNote{"ml", "mL", D::Other}, UnitOfNote{"l", "L", D::Other}, UnitOfNote{"l/min", "L/min", D::Other},
    UnitOfNote{"units", "units", D::Other}, UnitOfNote{"unit", "units", D::Other}, UnitOfNote{"kg", "kg", D::Other},
    UnitOfNote{"cm", "cm", D::Other}, UnitOfNote{"mm", "mm", D::Other}, UnitOfNote{"h", "h", D::Other}, UnitOfNote{"hr", "h", D::Other},
    UnitOfNote{"hrs", "h", D::Other}, UnitOfNote{"hour", "h", D::Other}, UnitOfNote{"hours", "h", D::Other},
    UnitOfNote{"-hour", "h", D::Other}, UnitOfNote{"min", "min", D::Other}, UnitOfNote{"minutes", "min", D::Other},
    UnitOfNote{"day", "d", D::Other}, UnitOfNote{"days", "d", D::Other}, UnitOfNote{"week", "wk", D::Other},
    UnitOfNote{"weeks", "wk", D::Other}, UnitOfNote{"month", "mo", D::Other}, UnitOfNote{"months", "mo", D::Other},
    UnitOfNote{"year", "a", D::Other}, UnitOfNote{"years", "a", D::Other}, UnitOfNote{"times", "times", D::Other},
    UnitOfNote{"working days", "d", D::Other}, UnitOfNote{"pounds", "lb", D::Other}, UnitOfNote{"-lead", "lead", D::Other},
    UnitOfNote{"doses", "doses", D::Other}, UnitOfNote{"tablets", "tablets", D::Other}, UnitOfNote{"more", "more", D::Other},
    UnitOfNote{"/10", "/10", D::Other}, UnitOfNote{"liters", "L", D::Other}, UnitOfNote{"-day", "d", D::Other}};

bool boundary(std::string_view text, std::size_t end, char last) {
    return !models::detail::is_word(last) || end >= text.size() || !models::detail::is_word(text[end]);
}

struct Conversion {
    std::string_view loinc, from, to;
    double factor;
};
// clang-format on

// to = factor × from. Molar masses as in the ADR; a monovalent ion has as many milliequivalents as millimoles.
constexpr std::array kConversions{Conversion{"2345-7", "mg/dL", "mmol/L", 0.05551},
                                  Conversion{"2160-0", "mg/dL", "umol/L", 88.40},
                                  Conversion{"3094-0", "mg/dL", "mmol/L", 0.3570},
                                  Conversion{"17861-6", "mg/dL", "mmol/L", 0.2495},
                                  Conversion{"1975-2", "mg/dL", "umol/L", 17.10},
                                  Conversion{"1968-7", "mg/dL", "umol/L", 17.10},
                                  Conversion{"2093-3", "mg/dL", "mmol/L", 0.02586},
                                  Conversion{"2571-8", "mg/dL", "mmol/L", 0.01129},
                                  Conversion{"19123-9", "mg/dL", "mmol/L", 0.4114},
                                  Conversion{"2777-1", "mg/dL", "mmol/L", 0.3229},
                                  Conversion{"3084-1", "mg/dL", "umol/L", 59.48},
                                  Conversion{"32693-4", "mg/dL", "mmol/L", 0.1110},
                                  Conversion{"718-7", "g/dL", "g/L", 10},
                                  Conversion{"1751-7", "g/dL", "g/L", 10},
                                  Conversion{"2885-2", "g/dL", "g/L", 10},
                                  Conversion{"10839-9", "ng/mL", "ng/L", 1000},
                                  Conversion{"6598-7", "ng/mL", "ng/L", 1000},
                                  Conversion{"2951-2", "meq/L", "mmol/L", 1},
                                  Conversion{"2823-3", "meq/L", "mmol/L", 1},
                                  Conversion{"2075-0", "meq/L", "mmol/L", 1},
                                  Conversion{"2028-9", "meq/L", "mmol/L", 1},
                                  Conversion{"1963-8", "meq/L", "mmol/L", 1},
                                  Conversion{"1988-5", "mg/dL", "mg/L", 10},
                                  Conversion{"2019-8", "mmHg", "kPa", 0.133322387415},
                                  Conversion{"2703-7", "mmHg", "kPa", 0.133322387415}};

}  // namespace

ParsedUnit unit_at(std::string_view lower, index at) {
    auto start = static_cast<std::size_t>(at);
    for (int blanks = 0; blanks < 2 && start < lower.size(); ++blanks) {
        if (lower[start] == ' ') {
            ++start;
        } else if (lower.substr(start).starts_with("\xC2\xA0")) {
            start += 2;
        } else {
            break;
        }
    }
    ParsedUnit best{nullptr, at};
    for (const UnitOfNote& unit : kUnits) {
        const std::size_t end = start + unit.spelling.size();
        if (static_cast<index>(end) <= best.end ||
            !lower.substr(std::min(start, lower.size())).starts_with(unit.spelling))
            continue;
        if (boundary(lower, end, unit.spelling.back())) best = {&unit, static_cast<index>(end)};
    }
    return best;
}

const UnitOfNote* unit_named(std::string_view text) {
    const std::string lower = models::detail::lower(text);
    const ParsedUnit parsed = unit_at(lower, 0);
    return parsed.end == static_cast<index>(lower.size()) ? parsed.unit : nullptr;
}

std::optional<double> convert_result(std::string_view loinc, double value, std::string_view from, std::string_view to) {
    if (from == to) return value;
    for (const Conversion& c : kConversions) {
        if (c.loinc != loinc) continue;
        if (c.from == from && c.to == to) return value * c.factor;
        if (c.from == to && c.to == from) return value / c.factor;
    }
    return std::nullopt;
}

}  // namespace assay::judge::detail
