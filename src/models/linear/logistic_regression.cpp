#include "assay/models/linear/logistic_regression.hpp"

#include "assay/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace assay::models {
namespace {

std::size_t size_of(index n) { return static_cast<std::size_t>(n); }

}  // namespace

LogisticRegression::LogisticRegression(index features, index classes, std::vector<double> coefficients,
                                       std::vector<double> intercepts)
    : features_(features),
      classes_(classes),
      coefficients_(std::move(coefficients)),
      intercepts_(std::move(intercepts)) {
    if (features < 1 || classes < 2 || std::ssize(coefficients_) != equations() * features ||
        std::ssize(intercepts_) != equations()) {
        throw ShapeError(
            "LogisticRegression: expected coefficients [equations × features] and one intercept for each "
            "equation, got " +
            std::to_string(coefficients_.size()) + " and " + std::to_string(intercepts_.size()) + " for " +
            std::to_string(features) + " features and " + std::to_string(classes) + " classes");
    }
    const auto finite = [](double v) { return std::isfinite(v); };
    if (!std::all_of(coefficients_.begin(), coefficients_.end(), finite) ||
        !std::all_of(intercepts_.begin(), intercepts_.end(), finite)) {
        throw ValueError("LogisticRegression: expected finite coefficients and intercepts");
    }
}

std::vector<double> LogisticRegression::decision(std::span<const double> rows) const {
    if (std::ssize(rows) % features_ != 0) {
        throw ShapeError("LogisticRegression: expected whole rows of " + std::to_string(features_) + " features, got " +
                         std::to_string(rows.size()) + " values");
    }
    const index n = std::ssize(rows) / features_, k = equations();
    std::vector<double> out(size_of(n * k));
    for (index row = 0; row < n; ++row) {
        const double* x = rows.data() + row * features_;
        for (index equation = 0; equation < k; ++equation) {
            const double* w = coefficients_.data() + equation * features_;
            double sum = intercepts_[size_of(equation)];
            for (index j = 0; j < features_; ++j) sum += w[j] * x[j];
            out[size_of(row * k + equation)] = sum;
        }
    }
    return out;
}

std::vector<double> LogisticRegression::probabilities(std::span<const double> rows) const {
    std::vector<double> odds = decision(rows);
    if (classes_ == 2) {
        std::vector<double> out(odds.size() * 2);
        for (std::size_t i = 0; i < odds.size(); ++i) {
            // Of the two the smaller is computed, so that neither loses its digits.
            const double rare = 1 / (1 + std::exp(std::abs(odds[i])));
            out[2 * i + 1] = odds[i] > 0 ? 1 - rare : rare;
            out[2 * i] = odds[i] > 0 ? rare : 1 - rare;
            if (std::isnan(odds[i])) out[2 * i] = out[2 * i + 1] = odds[i];
        }
        return out;
    }
    for (auto row = odds.begin(); row != odds.end(); row += classes_) {
        const double most = *std::max_element(row, row + classes_);
        double sum = 0;
        for (auto it = row; it != row + classes_; ++it) sum += * it = std::exp(*it - most);
        for (auto it = row; it != row + classes_; ++it) *it /= sum;
    }
    return odds;
}

}  // namespace assay::models
