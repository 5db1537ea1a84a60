#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/units/ucum_table.hpp"

namespace assay::data::detail {

/// Of a symbol as written, and of a base unit in what a code comes to.
inline constexpr int kLargestExponent = 99;

/// One component of a UCUM code, in the order of the text.
struct UnitTerm {
    enum class Kind : std::uint8_t { symbol, number, group, annotation };

    Kind kind = Kind::annotation;
    bool divided = false;      ///< "/" stands before it
    PrefixedAtom symbol{};     ///< of a symbol
    int exponent = 1;          ///< of a symbol
    std::uint64_t number = 1;  ///< of a number
    std::string_view annotation{};
    std::vector<UnitTerm> group{};
};

/// Reads a UCUM code (case-sensitive form). The terms look into `code`.
///
/// Source: The Unified Code for Units of Measure, version 2.2, sections 3 to 12.
/// @throws ValueError what is wrong and at which character; codes of more than 256 characters, exponents beyond ±99 and
///         groups nested deeper than 16 are refused
std::vector<UnitTerm> parse_unit_terms(std::string_view code);

}  // namespace assay::data::detail
