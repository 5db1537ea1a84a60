#include "assay/data/units/unit_converter.hpp"

#include <cmath>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/select.hpp"
#include "assay/data/units/analyte.hpp"
#include "data/units/canonical_unit.hpp"
#include "data/units/special_functions.hpp"

namespace assay::data {
namespace {

using detail::BaseKind;
using detail::CanonicalUnit;
using detail::Scale;
using detail::UcumFunction;

/// IFCC's master equation: mmol/mol = 10.93 · (NGSP % − 2.15).
constexpr long double kHba1cSlope = 10.93L;
constexpr long double kHba1cShift = -2.15L;

UcumFunction function_of(const CanonicalUnit& unit) {
    return unit.special == nullptr ? UcumFunction::none : unit.special->function;
}

/// Of a special unit with its prefix: one number of the unit in base units, as far as its function is linear.
Scale scale_of(const CanonicalUnit& unit) { return unit.special_prefix * unit.scale; }

bool is_plain_number(const CanonicalUnit& unit) {
    return unit.special == nullptr && unit.arbitrary.empty() && unit.exponents == CanonicalUnit{}.exponents;
}

/// One a plain fraction, one a fraction of moles: of HbA1c no factor joins them.
bool is_fraction_and_mole_fraction(const CanonicalUnit& a, const CanonicalUnit& b) {
    return is_plain_number(a) && is_plain_number(b) && a.names_moles != b.names_moles;
}

std::string kind_text(const UcumUnit& unit) {
    const std::string kind = unit.canonical_code();
    return "'" + unit.code() + "' (" + (kind.empty() ? "a number" : kind) + ")";
}

[[noreturn]] void refuse(const UcumUnit& from, const UcumUnit& to, const std::string& why) {
    throw ValueError("convert: " + kind_text(from) + " cannot become " + kind_text(to) + ": " + why);
}

/// The molar mass or charge that was given, or that of the LOINC code.
template <class T>
std::optional<T> known(const std::optional<T>& given, const std::string& loinc, std::optional<T> Analyte::*member) {
    if (given || loinc.empty()) return given;
    const Analyte* analyte = find_analyte(loinc);
    return analyte == nullptr ? std::nullopt : analyte->*member;
}

/// What a value is multiplied with where mass, amount of substance and equivalents differ: molar mass to the power by
/// which mass grows, charge to that by which equivalents grow.
long double substance_factor(const UcumUnit& from, const UcumUnit& to, const Substance& substance) {
    const CanonicalUnit& a = from.canonical();
    const CanonicalUnit& b = to.canonical();
    const auto grows = [&](BaseKind kind) { return b.exponent(kind) - a.exponent(kind); };
    const int mass = grows(BaseKind::gram);
    const int amount = grows(BaseKind::mole);
    const int equivalents = grows(BaseKind::equivalent);
    auto bridged = a.exponents;
    for (const BaseKind kind : {BaseKind::gram, BaseKind::mole, BaseKind::equivalent}) {
        bridged[static_cast<std::size_t>(kind)] = b.exponent(kind);
    }
    if (bridged != b.exponents || a.arbitrary != b.arbitrary || mass + amount + equivalents != 0) {
        refuse(from, to, "they measure different kinds of quantity");
    }
    long double factor = 1;
    if (mass != 0) {
        const auto molar_mass = known(substance.molar_mass, substance.loinc, &Analyte::molar_mass);
        if (!molar_mass)
            refuse(from, to, "between mass and amount of substance give molar_mass (g/mol) or an analyte that has one");
        if (!(*molar_mass > 0) || !std::isfinite(*molar_mass)) refuse(from, to, "molar_mass must be above 0 g/mol");
        factor *= std::pow(static_cast<long double>(*molar_mass), static_cast<long double>(mass));
    }
    if (equivalents != 0) {
        const auto charge = known(substance.charge, substance.loinc, &Analyte::charge);
        if (!charge)
            refuse(from, to, "between equivalents and amount of substance give charge, or an analyte that has one");
        if (*charge == 0) refuse(from, to, "charge must not be 0");
        factor *= std::pow(std::fabs(static_cast<long double>(*charge)), static_cast<long double>(equivalents));
    }
    return factor;
}

/// FEU and DDU count the same D-dimer by masses that differ by about two: a factor no standard fixes.
void need_same_marker(const UcumUnit& from, const UcumUnit& to, const Substance& substance) {
    const std::string& a = from.canonical().marker;
    const std::string& b = to.canonical().marker;
    constexpr std::string_view kFeu = "48065-7";
    constexpr std::string_view kDdu = "48066-5";
    const std::string_view own = substance.loinc == kFeu ? "FEU" : substance.loinc == kDdu ? "DDU" : "";
    if ((a.empty() ? own : std::string_view(a)) == (b.empty() ? own : std::string_view(b))) return;
    refuse(from, to, "fibrinogen equivalents (FEU) and D-dimer units (DDU) are not converted into each other");
}

bool nearly_hundredth(long double value) { return std::fabs(value * 100 - std::round(value * 100)) < 1e-9L; }

}  // namespace

UnitConverter::UnitConverter(const UcumUnit& from, const UcumUnit& to, const Substance& substance)
    : from_(from), to_(to) {
    const CanonicalUnit& a = from.canonical();
    const CanonicalUnit& b = to.canonical();
    need_same_marker(from, to, substance);
    if (a.special_in_product || b.special_in_product) {
        if (from == to) return;
        refuse(from, to, "a unit with a function (temperature, pH, level) has no meaning in a product");
    }
    if (is_fraction_and_mole_fraction(a, b)) {
        if (is_hba1c(substance.loinc)) {
            const long double one = scale_of(a).value() / (a.names_moles ? 0.001L : 0.01L);
            const long double other = scale_of(b).value() / (b.names_moles ? 0.001L : 0.01L);
            form_ = a.names_moles ? Form::shift_last : Form::shift_first;
            numerator_ = static_cast<double>(a.names_moles ? one / other : kHba1cSlope * one / other);
            denominator_ = static_cast<double>(a.names_moles ? kHba1cSlope : 1.0L);
            shift_ = static_cast<double>(a.names_moles ? -kHba1cShift / other : kHba1cShift / one);
            return;
        }
        if (substance.loinc.empty()) {
            refuse(from, to, "of HbA1c an equation joins them and no factor; name the analyte by its LOINC code");
        }
    }
    const long double factor = substance_factor(from, to, substance);
    const auto from_offset = detail::affine_offset(function_of(a));
    const auto to_offset = detail::affine_offset(function_of(b));
    if (!from_offset || !to_offset) {
        form_ = from == to ? Form::ratio : Form::function;
        numerator_ = form_ == Form::ratio ? 1 : static_cast<double>(a.scale.value() / b.scale.value() * factor);
        return;
    }
    set_ratio(a, b, factor);
    set_shift(*from_offset / a.special_prefix.value(), *to_offset / b.special_prefix.value());
}

void UnitConverter::set_ratio(const CanonicalUnit& from, const CanonicalUnit& to, long double factor) {
    const Scale scale = scale_of(from) / scale_of(to);
    const auto exact = scale.ratio();
    if (exact && factor >= 1) {
        numerator_ = static_cast<double>(exact->numerator * factor);
        denominator_ = exact->denominator;
    } else if (exact) {
        numerator_ = exact->numerator;
        denominator_ = static_cast<double>(exact->denominator / factor);
    } else {
        numerator_ = static_cast<double>(scale.value() * factor);
    }
}

void UnitConverter::set_shift(long double from_offset, long double to_offset) {
    if (from_offset == 0 && to_offset == 0) return;
    const long double ratio = static_cast<long double>(numerator_) / static_cast<long double>(denominator_);
    const long double before = from_offset - to_offset / ratio;
    // Of the two places the one where the shift is a round number: −32 before the ratio from [degF], 32 after it to
    // [degF].
    form_ = nearly_hundredth(before) ? Form::shift_first : Form::shift_last;
    shift_ = static_cast<double>(form_ == Form::shift_first ? std::round(before * 100) / 100
                                                            : from_offset * ratio - to_offset);
}

double UnitConverter::through_functions(double value) const noexcept {
    const CanonicalUnit& a = from_.canonical();
    const CanonicalUnit& b = to_.canonical();
    const double proper =
        detail::to_proper(function_of(a), value * static_cast<double>(a.special_prefix.value())) * numerator_;
    return detail::from_proper(function_of(b), proper) / static_cast<double>(b.special_prefix.value());
}

double UnitConverter::operator()(double value) const noexcept {
    switch (form_) {
        case Form::ratio:
            return value * numerator_ / denominator_;
        case Form::shift_first:
            return (value + shift_) * numerator_ / denominator_;
        case Form::shift_last:
            return value * numerator_ / denominator_ + shift_;
        case Form::function:
            return through_functions(value);
    }
    return value;
}

void UnitConverter::operator()(std::span<const double> values, std::span<double> out) const {
    if (values.size() != out.size()) {
        throw ShapeError("convert: expected room for " + std::to_string(values.size()) + " values, got " +
                         std::to_string(out.size()));
    }
    if (form_ == Form::ratio) {
        for (std::size_t i = 0; i < values.size(); ++i) out[i] = values[i] * numerator_ / denominator_;
    } else {
        for (std::size_t i = 0; i < values.size(); ++i) out[i] = (*this)(values[i]);
    }
}

Array UnitConverter::operator()(const Array& values) const {
    const Array numbers = cast(values, Type::Float64);
    MutableBuffer out(numbers.size() * static_cast<index>(sizeof(double)));
    (*this)(numbers.values<double>(), {out.as<double>(), static_cast<std::size_t>(numbers.size())});
    Array column(Type::Float64, numbers.size(), {{}, std::move(out).freeze(), {}}, 0);
    return numbers.null_count() == 0 ? column
                                     : column.with_validity(copy_bits(numbers.validity()), numbers.null_count());
}

bool UnitConverter::is_identity() const noexcept {
    return form_ != Form::function && numerator_ == denominator_ && shift_ == 0;
}

}  // namespace assay::data
