#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"

namespace assay::data {

namespace detail {
struct CanonicalUnit;
}

/// A unit of measure by its UCUM code, case-sensitive: "mg/dL", "10*3/uL", "mm[Hg]", "m[IU]/L".
///
/// Annotations in braces do not change a unit. One thing is stricter than UCUM: the mole, the equivalent and the osmole
/// are kinds of their own and not pure numbers, for else 1 meq/L of calcium would be 1 mmol/L. Arbitrary units ([iU],
/// [arb'U], …) are commensurable with themselves only. Cheap to copy, immutable, safe between threads.
///
/// Source: The Unified Code for Units of Measure (UCUM), version 2.2, https://ucum.org.
class ASSAY_EXPORT UcumUnit {
  public:
    /// The unity, whose code is empty.
    UcumUnit();

    /// @throws ValueError what is wrong with the code and where. Cost: about half a microsecond.
    static UcumUnit parse(std::string_view code);
    /// The same without a reason: nothing where the code is no unit of UCUM.
    static std::optional<UcumUnit> try_parse(std::string_view code);

    const std::string& code() const noexcept { return code_; }

    /// The unit in base units, without its factor: "g.m-3" of "mg/dL", "mol.m-3" of "mmol/L", "" of "%".
    std::string canonical_code() const;

    /// How many of canonical_code() one of this unit is: 10 of "mg/dL" in g.m-3. Of a special unit (Cel, [pH]), which
    /// has no such factor, that of the unit its function leads to.
    double magnitude() const;

    /// In words, as UCUM's functional tests want it: "(milligram) / (deciliter)".
    std::string display_name() const;

    /// A scale with a function instead of a factor: Cel, [degF], [pH], B[V], …
    bool is_special() const noexcept;
    /// Holds a unit that is defined by a procedure: [iU], [arb'U], [CFU], …
    bool is_arbitrary() const noexcept;

    /// Whether a value in one can be said in the other without knowing the substance.
    bool is_commensurable(const UcumUnit& other) const noexcept;

    /// @throws ValueError for special units, which cannot be multiplied
    UcumUnit operator*(const UcumUnit& other) const;
    UcumUnit operator/(const UcumUnit& other) const;

    /// Same code.
    bool operator==(const UcumUnit& other) const noexcept { return code_ == other.code_; }

    const detail::CanonicalUnit& canonical() const noexcept { return *canonical_; }

  private:
    UcumUnit(std::string code, std::shared_ptr<const detail::CanonicalUnit> canonical);

    std::string code_;
    std::shared_ptr<const detail::CanonicalUnit> canonical_;
};

}  // namespace assay::data
