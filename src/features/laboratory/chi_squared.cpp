#include "chi_squared.hpp"

#include <cmath>

namespace assay::features::detail {
namespace {

constexpr double kTiny = 1e-300;
constexpr int kMostTerms = 10'000;

double lower_series(double a, double x) {
    double term = 1 / a;
    double sum = term;
    for (int n = 1; n < kMostTerms && term > sum * 1e-16; ++n) sum += (term *= x / (a + n));
    return sum;
}

/// Lentz's evaluation.
double upper_fraction(double a, double x) {
    double b = x + 1 - a;
    double c = 1 / kTiny;
    double d = 1 / b;
    double value = d;
    for (int n = 1; n < kMostTerms; ++n) {
        const double numerator = -n * (n - a);
        b += 2;
        d = numerator * d + b;
        c = b + numerator / c;
        if (std::fabs(d) < kTiny) d = kTiny;
        if (std::fabs(c) < kTiny) c = kTiny;
        d = 1 / d;
        value *= d * c;
        if (std::fabs(d * c - 1) < 1e-16) break;
    }
    return value;
}

}  // namespace

double chi_squared_cdf(double x, double degrees) {
    if (!(x > 0)) return 0;
    const double a = degrees / 2;
    const double half = x / 2;
    const double weight = std::exp(a * std::log(half) - half - std::lgamma(a));
    return half < a + 1 ? weight * lower_series(a, half) : 1 - weight * upper_fraction(a, half);
}

double chi_squared_quantile(double p, double degrees) {
    double low = 0;
    double high = degrees + 1;
    while (chi_squared_cdf(high, degrees) < p && high < 1e9) high *= 2;
    for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
        const double middle = (low + high) / 2;
        (chi_squared_cdf(middle, degrees) < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace assay::features::detail
