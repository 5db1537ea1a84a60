#include "data/units/special_functions.hpp"

#include <cmath>
#include <limits>

namespace assay::data::detail {
namespace {

/// Logarithm to `base`; NaN where there is none.
double logarithm(double number, double base) noexcept {
    if (!(number > 0)) return std::numeric_limits<double>::quiet_NaN();
    if (base == 10) return std::log10(number);
    if (base == 2) return std::log2(number);
    return std::log(number) / std::log(base);
}

}  // namespace

std::optional<long double> affine_offset(UcumFunction function) noexcept {
    switch (function) {
        case UcumFunction::none:
            return 0.0L;
        case UcumFunction::celsius:
            return 273.15L;
        case UcumFunction::fahrenheit:
            return 459.67L;
        case UcumFunction::reaumur:
            return 218.52L;
        default:
            return std::nullopt;
    }
}

double to_proper(UcumFunction function, double number) noexcept {
    switch (function) {
        case UcumFunction::tangent_100:
            return std::atan(number / 100);
        case UcumFunction::log10_negative:
            return std::pow(10.0, -number);
        case UcumFunction::log100_negative:
            return std::pow(100.0, -number);
        case UcumFunction::log1000_negative:
            return std::pow(1000.0, -number);
        case UcumFunction::log50000_negative:
            return std::pow(50000.0, -number);
        case UcumFunction::natural_log:
            return std::exp(number);
        case UcumFunction::log10:
            return std::pow(10.0, number);
        case UcumFunction::log10_twice:
            return std::pow(10.0, number / 2);
        case UcumFunction::log2:
            return std::exp2(number);
        case UcumFunction::square_root:
            return number < 0 ? std::numeric_limits<double>::quiet_NaN() : number * number;
        default:
            return number + static_cast<double>(affine_offset(function).value_or(0));
    }
}

double from_proper(UcumFunction function, double number) noexcept {
    switch (function) {
        case UcumFunction::tangent_100:
            return 100 * std::tan(number);
        case UcumFunction::log10_negative:
            return -logarithm(number, 10);
        case UcumFunction::log100_negative:
            return -logarithm(number, 100);
        case UcumFunction::log1000_negative:
            return -logarithm(number, 1000);
        case UcumFunction::log50000_negative:
            return -logarithm(number, 50000);
        case UcumFunction::natural_log:
            return number > 0 ? std::log(number) : logarithm(number, 10);
        case UcumFunction::log10:
            return logarithm(number, 10);
        case UcumFunction::log10_twice:
            return 2 * logarithm(number, 10);
        case UcumFunction::log2:
            return logarithm(number, 2);
        case UcumFunction::square_root:
            return std::sqrt(number);
        default:
            return number - static_cast<double>(affine_offset(function).value_or(0));
    }
}

}  // namespace assay::data::detail
