#include "assay/data/units/unit_spelling.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/data/detail/folded.hpp"
#include "assay/data/laboratory/loinc_term.hpp"
#include "assay/data/units/unit_converter.hpp"

namespace assay::data {
namespace {

using Codes = std::vector<std::string>;

struct Meaning {
    std::string_view text;   ///< lower case, without blanks
    std::string_view codes;  ///< UCUM, readings separated by a blank
};

// What stands for a whole unit.
constexpr std::array kWholes = {
    Meaning{"%", "%"},
    Meaning{"pct", "%"},
    Meaning{"percent", "%"},
    Meaning{"vol%", "%{vol}"},
    Meaning{"promille", "[ppth]"},
    Meaning{"mpas", "mPa.s"},
    Meaning{"mom", "{MoM}"},
    Meaning{"mmhg", "mm[Hg]"},
    Meaning{"torr", "mm[Hg]"},
    Meaning{"cmh2o", "cm[H2O]"},
    Meaning{"ph", "[pH]"},
    Meaning{"phunits", "[pH]"},
    Meaning{"units", "U [pH] [IU]"},
    Meaning{"inr", "{INR}"},
    Meaning{"ratio", "{ratio}"},
    Meaning{"index", "{index}"},
    Meaning{"titer", "{titer}"},
    Meaning{"titre", "{titer}"},
    Meaning{"gpl", "[GPL'U]"},
    Meaning{"mpl", "[MPL'U]"},
    Meaning{"apl", "[APL'U]"},
    Meaning{"c", "Cel"},
    Meaning{"cel", "Cel"},
    Meaning{"\xe2\x84\x83", "Cel"},
    Meaning{"deg.c", "Cel"},
    Meaning{"degc", "Cel"},
    Meaning{"celsius", "Cel"},
    Meaning{"f", "[degF]"},
    Meaning{"[degf]", "[degF]"},
    Meaning{"\xe2\x84\x89", "[degF]"},
    Meaning{"deg.f", "[degF]"},
    Meaning{"degf", "[degF]"},
    Meaning{"fahrenheit", "[degF]"},
    Meaning{"bpm", "/min"},
    Meaning{"beats/min", "/min"},
    Meaning{"breaths/min", "/min"},
    Meaning{"breathsperminute", "/min"},
    Meaning{"insp/min", "/min"},
    Meaning{"in", "[in_i]"},
    Meaning{"inch", "[in_i]"},
    Meaning{"[in_i]", "[in_i]"},
    Meaning{"lb", "[lb_av]"},
    Meaning{"lbs", "[lb_av]"},
    Meaning{"[lb_av]", "[lb_av]"},
    Meaning{"mm[hg]", "mm[Hg]"},
};

// What stands between the solidi.
constexpr std::array kParts = {
    Meaning{"1", "1"},
    Meaning{"kg", "kg"},
    Meaning{"g", "g"},
    Meaning{"gm", "g"},
    Meaning{"gram", "g"},
    Meaning{"grams", "g"},
    Meaning{"mg", "mg"},
    Meaning{"ug", "ug"},
    Meaning{"mcg", "ug"},
    Meaning{"ng", "ng"},
    Meaning{"pg", "pg"},
    Meaning{"l", "L"},
    Meaning{"liter", "L"},
    Meaning{"litre", "L"},
    Meaning{"dl", "dL"},
    Meaning{"cl", "cL"},
    Meaning{"ml", "mL"},
    Meaning{"cc", "mL"},
    Meaning{"ul", "uL"},
    Meaning{"mcl", "uL"},
    Meaning{"mm3", "uL"},
    Meaning{"cmm", "uL"},
    Meaning{"cumm", "uL"},
    Meaning{"nl", "nL"},
    Meaning{"pl", "pL"},
    Meaning{"fl", "fL"},
    Meaning{"mol", "mol"},
    Meaning{"mmol", "mmol"},
    Meaning{"umol", "umol"},
    Meaning{"mcmol", "umol"},
    Meaning{"nmol", "nmol"},
    Meaning{"pmol", "pmol"},
    Meaning{"fmol", "fmol"},
    Meaning{"eq", "eq"},
    Meaning{"meq", "meq"},
    Meaning{"ueq", "ueq"},
    Meaning{"osm", "osm"},
    Meaning{"mosm", "mosm"},
    Meaning{"mosmol", "mosm"},
    Meaning{"u", "U [IU]"},
    Meaning{"unit", "U [IU]"},
    Meaning{"mu", "mU m[IU]"},
    Meaning{"uu", "uU u[IU]"},
    Meaning{"ku", "kU k[IU]"},
    Meaning{"iu", "[IU] U"},
    Meaning{"[iu]", "[IU]"},
    Meaning{"miu", "m[IU] mU"},
    Meaning{"m[iu]", "m[IU]"},
    Meaning{"uiu", "u[IU] uU"},
    Meaning{"u[iu]", "u[IU]"},
    Meaning{"kiu", "k[IU] kU"},
    Meaning{"k[iu]", "k[IU]"},
    Meaning{"au", "[arb'U]"},
    Meaning{"arbu", "[arb'U]"},
    Meaning{"eu", "[EU]"},
    Meaning{"cfu", "[CFU]"},
    Meaning{"pfu", "[PFU]"},
    Meaning{"kat", "kat"},
    Meaning{"mkat", "mkat"},
    Meaning{"ukat", "ukat"},
    Meaning{"nkat", "nkat"},
    Meaning{"s", "s"},
    Meaning{"sec", "s"},
    Meaning{"secs", "s"},
    Meaning{"second", "s"},
    Meaning{"seconds", "s"},
    Meaning{"min", "min"},
    Meaning{"mins", "min"},
    Meaning{"minute", "min"},
    Meaning{"minutes", "min"},
    Meaning{"h", "h"},
    Meaning{"hr", "h"},
    Meaning{"hrs", "h"},
    Meaning{"hour", "h"},
    Meaning{"hours", "h"},
    Meaning{"24h", "(24.h)"},
    Meaning{"24hr", "(24.h)"},
    Meaning{"24hrs", "(24.h)"},
    Meaning{"day", "d"},
    Meaning{"mm", "mm"},
    Meaning{"cm", "cm"},
    Meaning{"m2", "m2"},
    Meaning{"kpa", "kPa"},
    Meaning{"mv", "mV"},
    Meaning{"hpf", "[HPF]"},
    Meaning{"lpf", "[LPF]"},
    Meaning{"1.73m2", "{1.73_m2}"},
    Meaning{"173m2", "{1.73_m2}"},
    Meaning{"1.73", "{1.73_m2}"},
    Meaning{"creat", "{creat}"},
    Meaning{"gcreat", "g{creat}"},
    Meaning{"gcrea", "g{creat}"},
    Meaning{"gcr", "g{creat}"},
    Meaning{"mgcreat", "mg{creat}"},
    Meaning{"mgcr", "mg{creat}"},
    Meaning{"mmolcreat", "mmol{creat}"},
    Meaning{"kgh2o", "kg"},
    Meaning{"#", "{#}"},
    Meaning{"cell", "{cells}"},
    Meaning{"cells", "{cells}"},
    Meaning{"copies", "{copies}"},
    Meaning{"wbc", "{WBC}"},
    Meaning{"100wbc", "100{WBC}"},
    Meaning{"%", "%"},
    Meaning{"lymf", "{lymf}"},
};

// Counts, where they are per volume only: else "m" is a metre.
constexpr std::array kCounts = {
    Meaning{"k", "10*3"},    Meaning{"th", "10*3"},    Meaning{"thou", "10*3"}, Meaning{"thousand", "10*3"},
    Meaning{"m", "10*6"},    Meaning{"mil", "10*6"},   Meaning{"mill", "10*6"}, Meaning{"million", "10*6"},
    Meaning{"giga", "10*9"}, Meaning{"tera", "10*12"},
};

constexpr std::array<std::string_view, 14> kMissing = {"",   "n/a",     "na",      "none",    "null", "nan", "-",
                                                       "--", "#error!", "#value!", "unknown", ".",    "?",   "#n/a"};

struct Replacement {
    std::string_view from;
    std::string_view to;
};
// UTF-8: micro sign, Greek mu, degree, times, superscripts, and the low line that UCUM puts for a blank.
constexpr std::array kReplacements = {
    Replacement{"\xc2\xb5", "u"},     Replacement{"\xce\xbc", "u"}, Replacement{"\xc2\xb0", "deg"},
    Replacement{"\xc3\x97", "x"},     Replacement{"\xc2\xb2", "2"}, Replacement{"\xc2\xb3", "3"},
    Replacement{"\xe2\x81\xb9", "9"}, Replacement{"_", ""},
};

std::string folded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out.push_back(detail::lower(c));
    }
    for (const auto& [from, to] : kReplacements) {
        for (std::size_t at = 0; (at = out.find(from, at)) != std::string::npos; at += to.size()) {
            out.replace(at, from.size(), to);
        }
    }
    return out;
}

Codes separate(std::string_view text, char separator) {
    Codes parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.emplace_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

template <std::size_t N>
Codes meanings(std::string_view text, const std::array<Meaning, N>& table) {
    const auto found = std::find_if(table.begin(), table.end(), [&](const Meaning& m) { return m.text == text; });
    return found == table.end() ? Codes{} : separate(found->codes, ' ');
}

/// "x10^3", "10*3", "10e3", "e12", "x10(9)" as "10*3", "10*12", "10*9"; "" where it is no power of ten.
std::string power_of_ten(std::string_view text) {
    if (text.starts_with("x")) text.remove_prefix(1);
    if (text.starts_with("10"))
        text.remove_prefix(2);
    else if (!text.starts_with("e"))
        return {};
    for (const std::string_view sign : {"^", "*", "e", "("}) {
        if (!text.starts_with(sign)) continue;
        text.remove_prefix(1);
        break;
    }
    if (text.ends_with(")")) text.remove_suffix(1);
    for (const std::string_view cells : {"cells", "cell"}) {
        if (text.ends_with(cells)) text.remove_suffix(cells.size());
    }
    const bool number = !text.empty() && text.size() <= 2 &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return number ? "10*" + std::string(text) : std::string();
}

bool is_volume(std::string_view part) {
    const Codes codes = meanings(part, kParts);
    return codes.size() == 1 && codes[0].ends_with("L");
}

/// What one part can stand for; nothing where it cannot be read.
Codes readings_of_part(std::string_view part, bool counted) {
    if (counted) {
        if (std::string power = power_of_ten(part); !power.empty()) return {power};
        if (Codes counts = meanings(part, kCounts); !counts.empty()) return counts;
    }
    return meanings(part, kParts);
}

/// Everything that a folded spelling can stand for, the likeliest first.
Codes readings_of(std::string text) {
    if (Codes whole = meanings(text, kWholes); !whole.empty()) return whole;
    std::string annotation;
    for (const std::string_view kind : {"feu", "ddu"}) {
        if (!text.ends_with(kind) && !text.ends_with("{" + std::string(kind) + "}")) continue;
        text.erase(text.size() - kind.size() - (text.ends_with("}") ? 2 : 0));
        annotation = kind == "feu" ? "{FEU}" : "{DDU}";
    }
    const Codes parts = separate(text, '/');
    Codes readings = {""};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool counted = i == 0 && parts.size() > 1 && is_volume(parts[1]);
        const Codes codes =
            i == 0 && parts[0].empty() && parts.size() > 1 ? Codes{""} : readings_of_part(parts[i], counted);
        Codes longer;
        for (const std::string& begun : readings) {
            for (const std::string& code : codes) longer.push_back(i == 0 ? code : begun + "/" + code);
        }
        readings = std::move(longer);
    }
    if (!annotation.empty()) {
        for (std::string& reading : readings) reading += annotation;
    }
    return readings;
}

/// The unit in which Assay knows the analyte; nothing for all other codes.
std::optional<UcumUnit> unit_of_analyte(std::string_view loinc) {
    const LoincTerm* term = loinc.empty() ? nullptr : find_loinc_term(loinc);
    return term == nullptr ? std::nullopt : UcumUnit::try_parse(term->unit);
}

bool converts(const std::string& code, const UcumUnit& to, std::string_view loinc) {
    const auto from = UcumUnit::try_parse(code);
    if (!from) return false;
    try {
        UnitConverter(*from, to, {.loinc = std::string(loinc)});
        return true;
    } catch (const ValueError&) {
        return false;
    }
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

}  // namespace

std::string_view name_of(UnitReading::By by) noexcept {
    switch (by) {
        case UnitReading::By::ucum:
            return "ucum";
        case UnitReading::By::spelling:
            return "spelling";
        case UnitReading::By::analyte:
            return "analyte";
    }
    return {};
}

bool is_missing_unit(std::string_view text) {
    const std::string key = folded(text);
    return std::find(kMissing.begin(), kMissing.end(), key) != kMissing.end();
}

std::vector<std::string> unit_readings(std::string_view text) {
    constexpr std::size_t kLongest = 64;
    if (text.size() > kLongest || is_missing_unit(text)) return {};
    const std::string own = trimmed(text);
    Codes readings = readings_of(folded(text));
    std::erase_if(readings, [](const std::string& code) { return !UcumUnit::try_parse(code); });
    // The text itself first, where it is one of its readings letter by letter; alone, where no spelling is known.
    const auto same = std::find(readings.begin(), readings.end(), own);
    if (same != readings.end()) {
        std::rotate(readings.begin(), same, same + 1);
    } else if (readings.empty() && UcumUnit::try_parse(own)) {
        readings.push_back(own);
    }
    return readings;
}

std::optional<UnitReading> read_unit(std::string_view text, std::string_view loinc) {
    Codes readings = unit_readings(text);
    if (readings.empty()) return std::nullopt;
    // What UCUM alone would read, if nothing else fits the analyte.
    const std::string own = trimmed(text);
    const bool is_reading = std::find(readings.begin(), readings.end(), own) != readings.end();
    if (!is_reading && UcumUnit::try_parse(own)) readings.push_back(own);

    std::size_t chosen = 0;
    if (const auto expected = unit_of_analyte(loinc)) {
        for (std::size_t i = 0; i < readings.size(); ++i) {
            if (!converts(readings[i], *expected, loinc)) continue;
            chosen = i;
            break;
        }
    }
    using By = UnitReading::By;
    const By by = readings[chosen] == own ? By::ucum : chosen == 0 ? By::spelling : By::analyte;
    return UnitReading{readings[chosen], by};
}

}  // namespace assay::data
