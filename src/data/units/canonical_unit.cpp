#include "data/units/canonical_unit.hpp"

#include <algorithm>
#include <unordered_map>

#include "assay/base/error.hpp"

namespace assay::data::detail {
namespace {

/// Base kinds by their codes' letters: what a canonical code is sorted by.
struct NamedKind {
    std::string_view code;
    BaseKind kind;
};
constexpr std::array kKinds = {
    NamedKind{"C", BaseKind::coulomb}, NamedKind{"cd", BaseKind::candela}, NamedKind{"eq", BaseKind::equivalent},
    NamedKind{"g", BaseKind::gram},    NamedKind{"K", BaseKind::kelvin},   NamedKind{"m", BaseKind::metre},
    NamedKind{"mol", BaseKind::mole},  NamedKind{"osm", BaseKind::osmole}, NamedKind{"rad", BaseKind::radian},
    NamedKind{"s", BaseKind::second},
};

CanonicalUnit one_of(BaseKind kind) {
    CanonicalUnit unit;
    unit.exponents[static_cast<std::size_t>(kind)] = 1;
    unit.names_moles = kind == BaseKind::mole;
    return unit;
}

void add_arbitrary(CanonicalUnit& unit, const UcumAtom* atom, int exponent) {
    auto& held = unit.arbitrary;
    const auto place = std::lower_bound(held.begin(), held.end(), atom,
                                        [](const auto& pair, const UcumAtom* key) { return pair.first < key; });
    if (place == held.end() || place->first != atom) {
        held.insert(place, {atom, exponent});
    } else if ((place->second += exponent) == 0) {
        held.erase(place);
    }
}

/// unit *= factor^exponent
void multiply(CanonicalUnit& unit, const CanonicalUnit& factor, int exponent) {
    unit.scale = unit.scale * factor.scale.power(exponent);
    for (std::size_t i = 0; i < unit.exponents.size(); ++i) unit.exponents[i] += factor.exponents[i] * exponent;
    for (const auto& [atom, power] : factor.arbitrary) add_arbitrary(unit, atom, power * exponent);
    unit.special_in_product = unit.special_in_product || factor.special_in_product || factor.special != nullptr;
    unit.names_moles = unit.names_moles || factor.names_moles;
    if (unit.marker.empty()) unit.marker = factor.marker;
}

const CanonicalUnit& canonical_atom(const UcumAtom& atom);

CanonicalUnit defined(const UcumAtom& atom) {
    if (atom.base >= 0) return one_of(static_cast<BaseKind>(atom.base));
    // UCUM makes these numbers; clinical chemistry cannot afford that.
    if (atom.code == "mol") return one_of(BaseKind::mole);
    if (atom.code == "eq") return one_of(BaseKind::equivalent);
    if (atom.code == "osm") return one_of(BaseKind::osmole);
    CanonicalUnit unit;
    if (atom.arbitrary) {
        if (atom.unit != "1") return canonical_atom(*find_ucum_atom(atom.unit));  // [IU] is [iU]
        add_arbitrary(unit, &atom, 1);
        return unit;
    }
    unit = canonical_unit(parse_unit_terms(atom.unit));
    unit.scale = Scale::decimal(atom.value) * unit.scale;
    if (atom.special) unit.special = &atom;
    return unit;
}

/// Every atom is worked out once, when the first unit is read.
const CanonicalUnit& canonical_atom(const UcumAtom& atom) {
    // thread_local: definitions refer to other atoms, and no lock need be held over that.
    thread_local std::unordered_map<const UcumAtom*, CanonicalUnit> known;
    const auto found = known.find(&atom);
    if (found != known.end()) return found->second;
    CanonicalUnit unit = defined(atom);
    return known.emplace(&atom, std::move(unit)).first->second;
}

CanonicalUnit canonical_symbol(const UnitTerm& term) {
    CanonicalUnit unit = canonical_atom(*term.symbol.atom);
    if (term.symbol.prefix == nullptr) return unit;
    if (unit.special != nullptr) {
        unit.special_prefix = term.symbol.prefix->scale;
    } else {
        unit.scale = term.symbol.prefix->scale * unit.scale;
    }
    return unit;
}

std::string marker_of(std::string_view annotation) {
    return annotation == "FEU" || annotation == "DDU" ? std::string(annotation) : std::string();
}

CanonicalUnit canonical_term(const UnitTerm& term) {
    CanonicalUnit unit;
    switch (term.kind) {
        case UnitTerm::Kind::symbol:
            unit = canonical_symbol(term);
            break;
        case UnitTerm::Kind::number:
            unit.scale = Scale::integer(term.number);
            break;
        case UnitTerm::Kind::group:
            unit = canonical_unit(term.group);
            break;
        case UnitTerm::Kind::annotation:
            break;
    }
    if (!term.annotation.empty()) unit.marker = marker_of(term.annotation);
    return unit;
}

}  // namespace

bool CanonicalUnit::same_kind(const CanonicalUnit& other) const noexcept {
    return exponents == other.exponents && arbitrary == other.arbitrary;
}

CanonicalUnit canonical_unit(const std::vector<UnitTerm>& terms) {
    if (terms.size() == 1 && !terms[0].divided && terms[0].exponent == 1) return canonical_term(terms[0]);
    CanonicalUnit unit;
    for (const UnitTerm& term : terms) {
        const int exponent = term.kind == UnitTerm::Kind::symbol ? term.exponent : 1;
        multiply(unit, canonical_term(term), term.divided ? -exponent : exponent);
    }
    const auto beyond = [](int exponent) { return exponent > kLargestExponent || exponent < -kLargestExponent; };
    if (std::any_of(unit.exponents.begin(), unit.exponents.end(), beyond) ||
        std::any_of(unit.arbitrary.begin(), unit.arbitrary.end(),
                    [&](const auto& held) { return beyond(held.second); })) {
        throw ValueError("unit: expected exponents of base units from -99 to 99, this unit's are beyond");
    }
    const long double size = unit.scale.value();
    if (!(size > 1e-300L && size < 1e300L)) {
        throw ValueError("unit: expected a factor between 1e-300 and 1e300 to base units, this unit's is beyond");
    }
    return unit;
}

std::string canonical_code(const CanonicalUnit& unit) {
    std::string code;
    const auto append = [&](std::string_view symbol, int exponent) {
        if (exponent == 0) return;
        if (!code.empty()) code += '.';
        code += symbol;
        if (exponent != 1) code += std::to_string(exponent);
    };
    for (const NamedKind& named : kKinds) append(named.code, unit.exponent(named.kind));
    for (const auto& [atom, exponent] : unit.arbitrary) append(atom->code, exponent);
    return code;
}

}  // namespace assay::data::detail
