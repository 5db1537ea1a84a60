// The two sides of a cut that moves through the values of a feature, and how good it is.
#pragma once

#include "models/forest/split_search.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace assay::models::detail {

/// The purity of both sides: Σ w²/W for Gini, Σ w log w - W log W for entropy.
template <bool entropy>
class TwoSides {
  public:
    TwoSides(std::span<double> left, std::span<double> right, std::span<const double> total, const SplitLimits& limits)
        : left_(left), right_(right), limits_(limits) {
        for (std::size_t k = 0; k < total.size(); ++k) {
            left_[k] = 0;
            right_[k] = total[k] * limits.class_weight[k];
            all_ += right_[k];
            of_right_ += term(right_[k]);
        }
    }

    /// Moves sums of the classes from right to left.
    void move(const double* sums) noexcept {
        double left_change = 0, right_change = 0, weight = 0;
        for (std::size_t k = 0; k < left_.size(); ++k) {
            if (entropy && sums[k] == 0) continue;  // squares are quicker than a branch
            const double w = sums[k] * limits_.class_weight[k];
            // Sums that are no whole numbers may be left a rounding below zero, which has no logarithm.
            const double rest = entropy ? std::max(0.0, right_[k] - w) : right_[k] - w;
            left_change += term(left_[k] + w) - term(left_[k]);
            right_change += term(rest) - term(right_[k]);
            weight += w;
            left_[k] += w;
            right_[k] = rest;
        }
        of_left_ += left_change;
        of_right_ += right_change;
        weight_ += weight;
    }

    /// Moves weight of one class.
    void move_row(std::size_t k, double sum) noexcept {
        const double w = sum * limits_.class_weight[k];
        const double left = left_[k], right = right_[k];
        const double rest = entropy ? std::max(0.0, right - w) : right - w;
        of_left_ += term(left + w) - term(left);
        of_right_ += term(rest) - term(right);
        left_[k] = left + w;
        right_[k] = rest;
        weight_ += w;
    }

    /// @returns whether the cut is allowed
    bool rate(double& gain, double& unit) const noexcept {
        const double rest = all_ - weight_;
        if (!(weight_ > 0 && rest > 0 && weight_ >= limits_.min_weight && rest >= limits_.min_weight)) return false;
        gain = entropy ? of_left_ - term(weight_) + of_right_ - term(rest) : of_left_ / weight_ + of_right_ / rest;
        unit = 1;
        return true;
    }

  private:
    double term(double w) const noexcept { return entropy ? limits_.logarithms->of(w) : w * w; }

    std::span<double> left_, right_;
    const SplitLimits& limits_;
    double all_ = 0, weight_ = 0, of_left_ = 0, of_right_ = 0;
};

/// Two classes under Gini are a regression on 0 and 1: with left weight w and left moment s of totals W and S, the
/// impurity falls by (s W - S w)² / (w (W - w)) up to a factor of the node.
class MomentSides {
  public:
    /// @param total  weights of two classes, or weight and moment of a regression
    MomentSides(std::span<const double> total, const SplitLimits& limits)
        : limits_(limits),
          classes_(limits.criterion != SplitCriterion::squared_error),
          c0_(classes_ ? limits.class_weight[0] : 0),
          c1_(classes_ ? limits.class_weight[1] : 0),
          all_(classes_ ? total[0] * c0_ + total[1] * c1_ : total[0]),
          moment_(classes_ ? total[1] * c1_ : total[1]) {}

    /// Moves what `total` is the sum of from right to left.
    void move(const double* sums) noexcept {
        first_ += sums[0];
        second_ += sums[1];
    }

    /// Moves weight of one class.
    void move_row(std::size_t k, double sum) noexcept { (k == 0 ? first_ : second_) += sum; }

    bool rate(double& gain, double& unit) const noexcept {
        const double s = classes_ ? second_ * c1_ : second_;
        const double w = classes_ ? first_ * c0_ + s : first_;
        if (w < limits_.min_weight || all_ - w < limits_.min_weight) return false;
        const double d = s * all_ - moment_ * w;
        gain = d * d;
        unit = w * (all_ - w);
        return unit > 0;
    }

  private:
    const SplitLimits& limits_;
    bool classes_;
    double c0_, c1_, all_, moment_;
    double first_ = 0, second_ = 0;
};

}  // namespace assay::models::detail
