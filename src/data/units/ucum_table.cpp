#include "data/units/ucum_table.hpp"

#include <unordered_map>

namespace assay::data::detail {
namespace {

constexpr int kMetric = 1;
constexpr int kSpecial = 2;
constexpr int kArbitrary = 4;

UcumFunction function_named(std::string_view name) {
    struct Named {
        std::string_view name;
        UcumFunction function;
    };
    static constexpr std::array kFunctions = {
        Named{"", UcumFunction::none},
        Named{"Cel", UcumFunction::celsius},
        Named{"degF", UcumFunction::fahrenheit},
        Named{"degRe", UcumFunction::reaumur},
        Named{"tanTimes100", UcumFunction::tangent_100},
        Named{"100tan", UcumFunction::tangent_100},
        Named{"pH", UcumFunction::log10_negative},
        Named{"hpX", UcumFunction::log10_negative},
        Named{"hpC", UcumFunction::log100_negative},
        Named{"hpM", UcumFunction::log1000_negative},
        Named{"hpQ", UcumFunction::log50000_negative},
        Named{"ln", UcumFunction::natural_log},
        Named{"lg", UcumFunction::log10},
        Named{"lgTimes2", UcumFunction::log10_twice},
        Named{"ld", UcumFunction::log2},
        Named{"sqrt", UcumFunction::square_root},
    };
    for (const Named& named : kFunctions) {
        if (named.name == name) return named.function;
    }
    return UcumFunction::none;
}

UcumAtom defined_atom(std::string_view code, std::string_view name, int flags, std::string_view value,
                      std::string_view unit, std::string_view function) {
    // The table gives the slope's angle in degrees, but 100 · tan takes and gives radians.
    if (code == "%[slope]") unit = "rad";
    return {.code = code,
            .name = name,
            .metric = (flags & kMetric) != 0,
            .special = (flags & kSpecial) != 0,
            .arbitrary = (flags & kArbitrary) != 0,
            .base = -1,
            .value = value,
            .unit = unit,
            .function = function_named(function)};
}

UcumAtom base_atom(std::string_view code, std::string_view name, int base) {
    UcumAtom atom;
    atom.code = code;
    atom.name = name;
    atom.metric = true;
    atom.base = base;
    return atom;
}

}  // namespace

const std::vector<UcumPrefix>& ucum_prefixes() {
    static const std::vector<UcumPrefix> kPrefixes = {
#define ASSAY_UCUM_PREFIX(code, name, value) {code, name, Scale::decimal(value)},
#define ASSAY_UCUM_BASE(code, name)
#define ASSAY_UCUM_UNIT(code, name, flags, value, unit, function)
#include "data/units/ucum_table.inc"
#undef ASSAY_UCUM_PREFIX
#undef ASSAY_UCUM_BASE
#undef ASSAY_UCUM_UNIT
    };
    return kPrefixes;
}

const std::vector<UcumAtom>& ucum_atoms() {
    static const std::vector<UcumAtom> kAtoms = [] {
        std::vector<UcumAtom> atoms;
        atoms.reserve(320);
#define ASSAY_UCUM_PREFIX(code, name, value)
#define ASSAY_UCUM_BASE(code, name) atoms.push_back(base_atom(code, name, static_cast<int>(atoms.size())));
#define ASSAY_UCUM_UNIT(code, name, flags, value, unit, function) \
    atoms.push_back(defined_atom(code, name, flags, value, unit, function));
#include "data/units/ucum_table.inc"
#undef ASSAY_UCUM_PREFIX
#undef ASSAY_UCUM_BASE
#undef ASSAY_UCUM_UNIT
        return atoms;
    }();
    return kAtoms;
}

const UcumAtom* find_ucum_atom(std::string_view code) noexcept {
    static const auto kByCode = [] {
        std::unordered_map<std::string_view, const UcumAtom*> by_code;
        for (const UcumAtom& atom : ucum_atoms()) by_code.emplace(atom.code, &atom);
        return by_code;
    }();
    const auto found = kByCode.find(code);
    return found == kByCode.end() ? nullptr : found->second;
}

PrefixedAtom find_ucum_symbol(std::string_view symbol) noexcept {
    if (const UcumAtom* atom = find_ucum_atom(symbol)) return {nullptr, atom};
    for (const UcumPrefix& prefix : ucum_prefixes()) {
        if (!symbol.starts_with(prefix.code)) continue;
        const UcumAtom* atom = find_ucum_atom(symbol.substr(prefix.code.size()));
        if (atom != nullptr && atom->metric) return {&prefix, atom};
    }
    return {};
}

}  // namespace assay::data::detail
