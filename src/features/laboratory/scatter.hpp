#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::features::detail {

/// Rows of numbers, row by row.
struct RowsView {
    const double* values;
    index rows;
    index columns;

    const double* row(index r) const { return values + r * columns; }
};

/// Mean and covariance matrix of some rows, with the matrix's Cholesky factor.
class Scatter {
  public:
    /// @param divisor_less  0 for the population's covariance, 1 for n − 1
    void fit(const RowsView& data, std::span<const index> chosen, int divisor_less) {
        const auto p = static_cast<std::size_t>(data.columns);
        mean_.assign(p, 0);
        covariance_.assign(p * p, 0);
        const auto n = static_cast<double>(chosen.size());
        for (const index r : chosen) {
            for (std::size_t j = 0; j < p; ++j) mean_[j] += data.row(r)[j];
        }
        for (double& m : mean_) m /= n;
        std::vector<double> centred(p);
        for (const index r : chosen) {
            for (std::size_t j = 0; j < p; ++j) {
                centred[j] = data.row(r)[j] - mean_[j];
                for (std::size_t k = 0; k <= j; ++k) covariance_[j * p + k] += centred[j] * centred[k];
            }
        }
        for (std::size_t j = 0; j < p; ++j) {
            for (std::size_t k = 0; k <= j; ++k) {
                covariance_[k * p + j] = covariance_[j * p + k] /= n - divisor_less;
            }
        }
        factorise();
    }
    void multiply(double factor) {
        for (double& c : covariance_) c *= factor;
        factorise();
    }

    /// −∞ where the rows lie in a plane.
    double log_determinant() const { return log_determinant_; }
    const std::vector<double>& mean() const { return mean_; }
    const std::vector<double>& covariance() const { return covariance_; }

    /// Squared Mahalanobis distance. @param work  [columns]
    double distance(const double* row, std::vector<double>& work) const {
        const std::size_t p = mean_.size();
        double sum = 0;
        for (std::size_t j = 0; j < p; ++j) {
            double y = row[j] - mean_[j];
            for (std::size_t k = 0; k < j; ++k) y -= factor_[j * p + k] * work[k];
            work[j] = y / factor_[j * p + j];
            sum += work[j] * work[j];
        }
        return sum;
    }

  private:
    void factorise() {
        const std::size_t p = mean_.size();
        factor_ = covariance_;
        log_determinant_ = 0;
        for (std::size_t j = 0; j < p; ++j) {
            for (std::size_t i = j; i < p; ++i) {
                double value = covariance_[i * p + j];
                for (std::size_t k = 0; k < j; ++k) value -= factor_[i * p + k] * factor_[j * p + k];
                if (i > j) {
                    factor_[i * p + j] = value / factor_[j * p + j];
                } else if (value > 1e-12 * covariance_[j * p + j] && value > 1e-24) {  // columns have a MAD of about 1
                    factor_[j * p + j] = std::sqrt(value);
                    log_determinant_ += std::log(value);
                } else {
                    log_determinant_ = -std::numeric_limits<double>::infinity();
                    return;
                }
            }
        }
    }

    std::vector<double> mean_;
    std::vector<double> covariance_;
    std::vector<double> factor_;  ///< lower triangle
    double log_determinant_ = 0;
};

}  // namespace assay::features::detail
