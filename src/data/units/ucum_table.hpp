#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "data/units/scale.hpp"

namespace assay::data::detail {

struct UcumPrefix {
    std::string_view code;
    std::string_view name;
    Scale scale;
};

/// How a special unit's number becomes a number of its proper unit (UCUM section 21).
enum class UcumFunction : std::uint8_t {
    none,
    celsius,
    fahrenheit,
    reaumur,
    tangent_100,
    log10_negative,     ///< pH, [hp'_X]
    log100_negative,    ///< [hp'_C]
    log1000_negative,   ///< [hp'_M]
    log50000_negative,  ///< [hp'_Q]
    natural_log,
    log10,
    log10_twice,
    log2,
    square_root,
};

struct UcumAtom {
    std::string_view code;
    std::string_view name;
    bool metric = false;  ///< takes prefixes
    bool special = false;
    bool arbitrary = false;
    int base = -1;           ///< index of a base unit, -1 for all others
    std::string_view value;  ///< of a defined unit: value · unit
    std::string_view unit;
    UcumFunction function = UcumFunction::none;
};

const std::vector<UcumPrefix>& ucum_prefixes();
const std::vector<UcumAtom>& ucum_atoms();

/// Base units in UCUM's order: m, s, g, rad, K, C, cd.
inline constexpr int kUcumBases = 7;

/// Null where there is no such unit, or where the code is not only the unit's.
const UcumAtom* find_ucum_atom(std::string_view code) noexcept;

struct PrefixedAtom {
    const UcumPrefix* prefix = nullptr;
    const UcumAtom* atom = nullptr;  ///< null where the symbol is no unit
};
/// An atom, or a prefix and a metric atom. The whole symbol goes first: "cd" is the candela, not a centiday.
PrefixedAtom find_ucum_symbol(std::string_view symbol) noexcept;

}  // namespace assay::data::detail
