#include "features/drift/kolmogorov.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace assay::features::detail {
namespace {

using std::numbers::pi;

/// ln k! − (k ln k − k + ½ ln 2πk)
double stirling_rest(double k) {
    if (k < 16) return std::lgamma(k + 1) - (k * std::log(k) - k + 0.5 * std::log(2 * pi * k));
    const double square = 1 / (k * k);
    return (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / k;
}

/// A square matrix times 2^exponent.
struct ScaledMatrix {
    std::size_t size;
    std::vector<double> cells;
    int exponent = 0;

    double& at(std::size_t row, std::size_t column) { return cells[row * size + column]; }
    double at(std::size_t row, std::size_t column) const { return cells[row * size + column]; }
};

ScaledMatrix product(const ScaledMatrix& a, const ScaledMatrix& b) {
    ScaledMatrix out{a.size, std::vector<double>(a.cells.size(), 0.0), a.exponent + b.exponent};
    for (std::size_t i = 0; i < a.size; ++i) {
        for (std::size_t k = 0; k < a.size; ++k) {
            for (std::size_t j = 0; j < a.size; ++j) out.at(i, j) += a.at(i, k) * b.at(k, j);
        }
    }
    const double middle = out.at(a.size / 2, a.size / 2);
    if (middle > 0) {
        const int shift = std::ilogb(middle);
        for (double& cell : out.cells) cell = std::ldexp(cell, -shift);
        out.exponent += shift;
    }
    return out;
}

/// P(D < d) by the n-th power of Durbin's matrix.
double durbin_cdf(index n, double d) {
    const double t = static_cast<double>(n) * d;
    const auto k = static_cast<std::size_t>(std::floor(t)) + 1;
    const double h = static_cast<double>(k) - t;
    const std::size_t m = 2 * k - 1;
    ScaledMatrix base{m, std::vector<double>(m * m, 0.0)};
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < std::min(m, i + 2); ++j) base.at(i, j) = 1;
    }
    for (std::size_t i = 0; i < m; ++i) {
        base.at(i, 0) -= std::pow(h, static_cast<double>(i + 1));
        base.at(m - 1, i) -= std::pow(h, static_cast<double>(m - i));
    }
    base.at(m - 1, 0) += 2 * h - 1 > 0 ? std::pow(2 * h - 1, static_cast<double>(m)) : 0;
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < std::min(m, i + 1); ++j)
            base.at(i, j) /= std::tgamma(static_cast<double>(i - j + 2));
    }
    ScaledMatrix power{m, std::vector<double>(m * m, 0.0)};
    for (std::size_t i = 0; i < m; ++i) power.at(i, i) = 1;
    for (index rest = n; rest > 0; rest /= 2) {
        if (rest % 2 == 1) power = product(power, base);
        base = product(base, base);
    }
    const double log_factorial =
        std::lgamma(static_cast<double>(n) + 1) - static_cast<double>(n) * std::log(static_cast<double>(n));
    return power.at(k - 1, k - 1) * std::exp(log_factorial + power.exponent * std::numbers::ln2);
}

/// P(D < d) by the expansion in 1/√n.
double pelz_good_cdf(index n, double d) {
    const double root = std::sqrt(static_cast<double>(n));
    const double z = root * d;
    const double z2 = z * z;
    const double z4 = z2 * z2;
    const double z6 = z4 * z2;
    double k0 = 0, k1 = 0, k2 = 0, k3 = 0, k2_whole = 0, k3_whole = 0;
    for (int k = 0; k < 100; ++k) {
        const double w2 = pi * pi * (k + 0.5) * (k + 0.5);
        const double weight = std::exp(-w2 / (2 * z2));
        k0 += weight;
        k1 += (w2 - z2) * weight;
        k2 += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * w2 + (1 - 2 * z2) * w2 * w2) * weight;
        k3 += ((5 - 30 * z2) * w2 * w2 * w2 + (-60 * z2 + 212 * z4) * w2 * w2 + (135 * z4 - 96 * z6) * w2 - 30 * z6 -
               90 * z6 * z2) *
              weight;
        const double whole = pi * pi * (k + 1.0) * (k + 1.0);
        const double whole_weight = std::exp(-whole / (2 * z2));
        k2_whole += whole * whole_weight;
        k3_whole += (3 * whole * z2 - whole * whole) * whole_weight;
        if (weight < 1e-30) break;
    }
    const double half = std::sqrt(pi / 2);
    const double first = 2 * half / z * k0;
    const double second = half / (3 * z4) * k1;
    const double third = half / (36 * z6 * z) * k2 - half / (18 * z2 * z) * k2_whole;
    const double fourth = half / (3240 * z6 * z4) * k3 + half / (108 * z6) * k3_whole;
    return first + second / root + third / (root * root) + fourth / (root * root * root);
}

/// Samples of one size: 2·[C(2n, n−h) − C(2n, n−2h) + …] / C(2n, n).
double equal_sizes_survival(index n, index h) {
    double p = 0;
    for (index k = n / h; k >= 1; --k) {
        double ratio = 1;  // C(2n, n − kh) / C(2n, n − (k−1)h)
        for (index j = 0; j < h; ++j) {
            ratio *= static_cast<double>(n - (k - 1) * h - j) / static_cast<double>(n + (k - 1) * h + j + 1);
        }
        p = ratio * (1 - p);
    }
    return 2 * p;
}

}  // namespace

double smirnov_survival(index n, double d) {
    if (d <= 0) return 1;
    if (d >= 1) return 0;
    const auto size = static_cast<double>(n);
    double sum = std::exp(size * std::log1p(-d)) / d;  // j = 0
    const double shift = size * d;
    for (double j = 1; j < size - shift; ++j) {
        const double rest = size - j;
        const double log_term = 0.5 * std::log(size / (2 * pi * j * rest)) + stirling_rest(size) - stirling_rest(j) -
                                stirling_rest(rest) + j * std::log1p(shift / j) + rest * std::log1p(-shift / rest);
        sum += std::exp(log_term) / (d + j / size);
    }
    return std::min(1.0, d * sum);
}

double kolmogorov_survival(index n, double d) {
    const auto size = static_cast<double>(n);
    const double t = size * d;
    if (t <= 0.5) return 1;
    if (d >= 1) return 0;
    if (t <= 1) return 1 - std::exp(std::lgamma(size + 1) + size * (std::log(2 * t - 1) - std::log(size)));
    if (t >= size - 1) return 2 * std::pow(1 - d, size);
    if (d >= 0.5) return 2 * smirnov_survival(n, d);
    const double spread = t * d;
    if (spread >= 370) return 0;
    if (spread > (n <= 140 ? 4.0 : 2.2)) return std::min(1.0, 2 * smirnov_survival(n, d));
    const bool small = n <= 140 || (n <= 100'000 && size * std::pow(d, 1.5) <= 1.4);
    return std::clamp(1 - (small ? durbin_cdf(n, d) : pelz_good_cdf(n, d)), 0.0, 1.0);
}

double two_sample_survival(index m, index n, index h) {
    if (h <= 0) return 1;
    if (m < n) std::swap(m, n);
    if (m == n) return equal_sizes_survival(n, h);
    // Share of the paths to (i, j) that left the band |i·n − j·m| < h·g, row by row.
    const index band = h * std::gcd(m, n);
    std::vector<double> outside(static_cast<std::size_t>(n) + 1);
    const auto is_outside = [&](index i, index j) { return std::abs(i * n - j * m) >= band; };
    for (index j = 0; j <= n; ++j) {
        const auto at = static_cast<std::size_t>(j);
        outside[at] = is_outside(0, j) || (j > 0 && outside[at - 1] == 1) ? 1 : 0;
    }
    for (index i = 1; i <= m; ++i) {
        // Beyond the band on either side every path has left it; only within is there anything to work out.
        const index first = std::max<index>(0, (i * n - band) / m);
        const index last = std::min(n, (i * n + band) / m + 1);
        for (index j = first; j <= last; ++j) {
            const auto at = static_cast<std::size_t>(j);
            if (is_outside(i, j)) {
                outside[at] = 1;
            } else {
                const double left = j == 0 ? 0 : outside[at - 1];
                outside[at] =
                    (outside[at] * static_cast<double>(i) + left * static_cast<double>(j)) / static_cast<double>(i + j);
            }
        }
    }
    return outside[static_cast<std::size_t>(n)];
}

}  // namespace assay::features::detail
