#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/array.hpp"
#include "assay/data/units/unit.hpp"

namespace assay::data {

/// What is measured, where a conversion needs to know it.
struct Substance {
    std::optional<double> molar_mass{};  ///< g/mol: between mass and amount of substance
    std::optional<int> charge{};         ///< of the ion, either sign: between equivalents and amount of substance
    std::string loinc{};                 ///< a LOINC code, which gives both where Assay knows them (see analyte_of())
};

/// Converts values from one unit to another.
///
/// Factors are worked out exactly and applied with at most two roundings, with one where the factor or its inverse is a
/// whole number (mg to g divides by 1000). Between temperatures too: 98.6 [degF] are 37 Cel. NaN gives NaN; a value
/// outside a logarithmic scale's domain gives NaN.
class ASSAY_EXPORT UnitConverter {
  public:
    /// @throws ValueError the units measure different kinds of quantity, the substance lacks what joins them, or they
    /// are
    ///         kinds that are never joined: different arbitrary units, FEU and DDU, osmoles and moles
    UnitConverter(const UcumUnit& from, const UcumUnit& to, const Substance& substance = {});

    double operator()(double value) const noexcept;
    /// Element by element; `out` may be `values`. @throws ShapeError the lengths differ
    void operator()(std::span<const double> values, std::span<double> out) const;

    /// A numeric column as Float64; nulls stay null. @throws SchemaError the column is not numeric
    Array operator()(const Array& values) const;

    /// Whether values come out as they went in.
    bool is_identity() const noexcept;

  private:
    enum class Form : std::uint8_t {
        ratio,        ///< value · numerator / denominator
        shift_first,  ///< (value + shift) · numerator / denominator
        shift_last,   ///< value · numerator / denominator + shift
        function,     ///< through the special units' functions
    };
    double through_functions(double value) const noexcept;
    void set_ratio(const detail::CanonicalUnit& from, const detail::CanonicalUnit& to, long double substance_factor);
    void set_shift(long double from_offset, long double to_offset);

    Form form_ = Form::ratio;
    double numerator_ = 1;
    double denominator_ = 1;
    double shift_ = 0;
    UcumUnit from_;
    UcumUnit to_;
};

/// `value` of unit `from` in unit `to`. The last pairs of units are remembered by each thread: about 50 ns a call.
/// @throws ValueError as UcumUnit::parse and UnitConverter
ASSAY_EXPORT double convert(double value, std::string_view from, std::string_view to, const Substance& substance = {});

}  // namespace assay::data
