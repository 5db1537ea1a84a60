#include "assay/base/detail/student_t.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace assay::detail {
namespace {

constexpr double kNormalFromDegrees = 1e7;  // degrees of freedom, where t and z differ by less than 1e-7

/// I_x(a, b) by Lentz's method; it converges fast for x below (a + 1)/(a + b + 2).
double incomplete_beta_fraction(double x, double a, double b) {
    constexpr double tiny = 1e-300;
    const auto term = [&](int n) {
        const double m = n / 2;
        if (n % 2 == 0) return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    };
    double c = 1, d = 0, value = 1;
    for (int n = 1; n < 10'000; ++n) {
        const double factor = term(n);
        d = 1 + factor * d;
        d = 1 / (std::fabs(d) < tiny ? tiny : d);
        c = 1 + factor / c;
        if (std::fabs(c) < tiny) c = tiny;
        value *= c * d;
        if (std::fabs(c * d - 1) < 4 * std::numeric_limits<double>::epsilon()) break;
    }
    const double front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
    return std::exp(front) / (a * value);
}

}  // namespace

double student_t_p(double t, double degrees) noexcept {
    if (std::isnan(t) || degrees >= kNormalFromDegrees) return std::erfc(std::fabs(t) / std::numbers::sqrt2);
    if (std::isinf(t)) return 0;
    const double a = degrees / 2, b = 0.5, square = t * t;
    const double x = degrees / (degrees + square), rest = square / (degrees + square);
    if (rest == 0) return 1;
    if (x == 0) return 0;
    return x < (a + 1) / (a + b + 2) ? incomplete_beta_fraction(x, a, b) : 1 - incomplete_beta_fraction(rest, b, a);
}

}  // namespace assay::detail
