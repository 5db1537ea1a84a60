#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/units/scale.hpp"
#include "data/units/unit_syntax.hpp"

namespace assay::data::detail {

/// Kinds of unit that are multiplied and divided like base units: UCUM's seven, and three that UCUM counts as numbers.
enum class BaseKind : int { metre, second, gram, radian, kelvin, coulomb, candela, mole, equivalent, osmole };
inline constexpr int kBaseKinds = 10;

/// What a unit means.
struct CanonicalUnit {
    Scale scale;  ///< in base units; of a special unit: of what its function yields
    std::array<int, kBaseKinds> exponents{};
    std::vector<std::pair<const UcumAtom*, int>> arbitrary;  ///< by place in the table, exponents not 0
    const UcumAtom* special = nullptr;                       ///< the special unit, where it stands alone
    Scale special_prefix;                                    ///< of that unit: 1/1000 in "mCel"
    bool special_in_product = false;                         ///< valid by UCUM's grammar, but cannot be converted
    bool names_moles = false;                                ///< "mmol/mol" is no "%"
    std::string marker;  ///< FEU or DDU from an annotation: two D-dimers that must not be mixed

    int exponent(BaseKind kind) const noexcept { return exponents[static_cast<std::size_t>(kind)]; }
    bool same_kind(const CanonicalUnit& other) const noexcept;
};

CanonicalUnit canonical_unit(const std::vector<UnitTerm>& terms);

/// "g.m-3": base units by code, then arbitrary ones.
std::string canonical_code(const CanonicalUnit& unit);

}  // namespace assay::data::detail
