#include "models/linear/newton_system.hpp"

#include <cmath>

namespace assay::models::detail {
namespace {

/// The lower factor in place of the lower triangle. @returns whether there is one.
bool factorise(std::vector<double>& a, index n) {
    for (index i = 0; i < n; ++i) {
        double* row = a.data() + i * n;
        for (index j = 0; j <= i; ++j) {
            const double* other = a.data() + j * n;
            double sum = row[j];
            for (index k = 0; k < j; ++k) sum -= row[k] * other[k];
            if (i == j) {
                // Relative to what was there: rounding leaves about n ulps of it.
                if (!(sum > 1e-14 * row[i]) || !std::isfinite(sum)) return false;
                row[i] = std::sqrt(sum);
            } else {
                row[j] = sum / other[j];
            }
        }
    }
    return true;
}

void substitute(const std::vector<double>& factor, std::vector<double>& x, index n) {
    for (index i = 0; i < n; ++i) {
        const double* row = factor.data() + i * n;
        double sum = x[static_cast<std::size_t>(i)];
        for (index k = 0; k < i; ++k) sum -= row[k] * x[static_cast<std::size_t>(k)];
        x[static_cast<std::size_t>(i)] = sum / row[i];
    }
    for (index i = n; i-- > 0;) {
        double sum = x[static_cast<std::size_t>(i)];
        for (index k = i + 1; k < n; ++k) {
            sum -= factor[static_cast<std::size_t>(k * n + i)] * x[static_cast<std::size_t>(k)];
        }
        x[static_cast<std::size_t>(i)] = sum / factor[static_cast<std::size_t>(i * n + i)];
    }
}

}  // namespace

std::vector<double> solve_symmetric(std::vector<double> matrix, const std::vector<double>& right, index n) {
    const auto at = [n](index i) { return static_cast<std::size_t>(i * n + i); };
    double mean = 0;
    for (index i = 0; i < n; ++i) mean += matrix[at(i)] / static_cast<double>(n);
    for (double damping = 0; damping < 1e6; damping = damping == 0 ? 1e-12 : damping * 100) {
        std::vector<double> factor = matrix;
        for (index i = 0; i < n; ++i) {
            factor[at(i)] += damping * (factor[at(i)] > 0 ? factor[at(i)] : mean);
            if (factor[at(i)] == 0) factor[at(i)] = 1;  // a constant 0 without a penalty: its gradient is 0
        }
        if (!factorise(factor, n)) continue;
        std::vector<double> x = right;
        substitute(factor, x, n);
        return x;
    }
    return {};
}

}  // namespace assay::models::detail
