#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models {

/// Linear log-odds of classes: one equation of two classes, one for each class of more.
class ASSAY_EXPORT LogisticRegression {
  public:
    /// @param features      at least 1
    /// @param classes       at least 2; 2 have one equation, of the second class
    /// @param coefficients  [equations × features]
    /// @param intercepts    [equations]
    /// @throws ShapeError if the lengths do not fit; ValueError if a number is not finite.
    LogisticRegression(index features, index classes, std::vector<double> coefficients, std::vector<double> intercepts);

    [[nodiscard]] index features() const noexcept { return features_; }
    [[nodiscard]] index classes() const noexcept { return classes_; }
    [[nodiscard]] index equations() const noexcept { return classes_ == 2 ? 1 : classes_; }
    [[nodiscard]] std::span<const double> coefficients() const noexcept { return coefficients_; }
    [[nodiscard]] std::span<const double> intercepts() const noexcept { return intercepts_; }

    /// Log-odds [rows × equations] of rows [rows × features]; NaN in a row gives NaN.
    /// @throws ShapeError if the values are no whole rows.   Cost: O(rows × equations × features).
    [[nodiscard]] std::vector<double> decision(std::span<const double> rows) const;

    /// Probabilities [rows × classes]; each row sums to 1.
    /// @throws as decision().
    [[nodiscard]] std::vector<double> probabilities(std::span<const double> rows) const;

  private:
    index features_;
    index classes_;
    std::vector<double> coefficients_;
    std::vector<double> intercepts_;
};

/// How a logistic regression is fitted.
struct LogisticOptions {
    double inverse_penalty = 1.0;  ///< C: the loss is Σ weight × loss + |coefficients|² / (2C); infinity for none
    bool fit_intercept = true;     ///< intercepts are not penalised
    double tolerance = 1e-8;       ///< of the largest gradient, divided by the sum of the weights and by the standard
                                   ///< deviation of its feature: the same in every unit
    index max_iterations = 100;    ///< of Newton's method
    std::vector<double> class_weights{};  ///< [classes], times the row weights; empty for 1
};

/// A model and how the search for it ended.
struct LogisticFit {
    LogisticRegression model;
    bool converged;
    index iterations;
    double gradient;  ///< the largest, divided as for LogisticOptions::tolerance
    double loss;      ///< penalised, divided by the sum of the weights
};

/// Maximum-likelihood fit with an L2 penalty, by Newton's method with a line search.
///
/// Features are taken as they are: the penalty depends on their units, so standardise them first. Without a penalty
/// classes that a plane separates, be it that rows of both lie upon it, have no finite solution: `converged` is then
/// false. The same bits at any number of threads.
/// @param rows      [n × features], finite
/// @param features  at least 1
/// @param labels    [n], from 0 to classes - 1
/// @param classes   at least 2
/// @param weights   [n], 0 or more; empty for 1
/// @throws ShapeError if lengths do not fit or there is no row; ValueError for a value that is not finite, a label
///         outside or a negative weight, naming its row, fewer than two classes with a weight, or an option outside its
///         range.
/// Cost: iterations × n × (equations × features)² / 2; doubles as many as that square for each thread and three more,
///         and without a penalty those of the rows.
/// Source: Hastie, Tibshirani & Friedman 2009, The Elements of Statistical Learning, §4.4; Böhning 1992, Ann Inst Stat
///         Math 44:197 for several classes
ASSAY_EXPORT LogisticFit fit_logistic_regression(std::span<const double> rows, index features,
                                                 std::span<const std::int64_t> labels, index classes,
                                                 std::span<const double> weights = {},
                                                 const LogisticOptions& options = {});

}  // namespace assay::models
