#include "assay/base/random.hpp"

#include "assay/base/detail/normal_quantile.hpp"
#include "assay/base/error.hpp"

#include <cmath>
#include <string>

namespace assay {
namespace {

__extension__ using Uint128 = unsigned __int128;

double polynomial(const double (&coefficients)[8], double x) noexcept {
    double value = coefficients[7];
    for (int i = 6; i >= 0; --i) value = value * x + coefficients[i];
    return value;
}

// The coefficients of AS 241, routine PPND16: a/b for the middle, c/d for the tails, e/f for the far tails.
constexpr double a[8] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                         1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                         3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr double b[8] = {1.0,
                         4.2313330701600911252e+1,
                         6.8718700749205790830e+2,
                         5.3941960214247511077e+3,
                         2.1213794301586595867e+4,
                         3.9307895800092710610e+4,
                         2.8729085735721942674e+4,
                         5.2264952788528545610e+3};
constexpr double c[8] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                         3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                         2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr double d[8] = {1.0,
                         2.05319162663775882187e0,
                         1.67638483018380384940e0,
                         6.89767334985100004550e-1,
                         1.48103976427480074590e-1,
                         1.51986665636164571966e-2,
                         5.47593808499534494600e-4,
                         1.05075007164441684324e-9};
constexpr double e[8] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                         2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                         2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr double f[8] = {1.0,
                         5.99832206555887937690e-1,
                         1.36929880922735805310e-1,
                         1.48753612908506148525e-2,
                         7.86869131145613259100e-4,
                         1.84631831751005468180e-5,
                         1.42151175831644588870e-7,
                         2.04426310338993978564e-15};

}  // namespace

double detail::normal_quantile(double p) noexcept {
    const double q = p - 0.5;
    if (std::abs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(a, r) / polynomial(b, r);
    }
    const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
    const double size =
        r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
    return q < 0 ? -size : size;
}

double Rng::normal() noexcept {
    // 52 bits and a half step: never 0 or 1, and symmetric about one half.
    return detail::normal_quantile((static_cast<double>((*this)() >> 12) + 0.5) * 0x1p-52);
}

std::int64_t Rng::integer(std::int64_t low, std::int64_t high) {
    if (high < low) {
        throw ValueError("integer: expected low <= high, got low " + std::to_string(low) + " and high " +
                         std::to_string(high));
    }
    const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    if (count == 0) return static_cast<std::int64_t>((*this)());  // all 2^64 values
    Uint128 product = Uint128{(*this)()} * count;
    if (static_cast<std::uint64_t>(product) < count) {
        const std::uint64_t threshold = (0 - count) % count;
        while (static_cast<std::uint64_t>(product) < threshold) product = Uint128{(*this)()} * count;
    }
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + static_cast<std::uint64_t>(product >> 64));
}

}  // namespace assay
