#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::models {

/// Features as one byte a value: the form in which trees are grown.
///
/// A feature with up to `max_bins` distinct values has a bin for each, so that every split between two values can be
/// found. One with more is cut into bins of about equal numbers of rows, equal values together. NaN has a code of its
/// own. Values are float32, as scikit-learn's trees have them.
class ASSAY_EXPORT FeatureBins {
  public:
    static constexpr std::uint8_t missing = 255;  ///< the code of NaN

    /// @param x         [rows × features], row by row; NaN is a missing value
    /// @param max_bins  2 to 255
    /// @throws ShapeError if x is no whole number of rows or holds none; ValueError for an infinite value, naming
    ///         its feature by position, or for max_bins outside.
    /// Cost: O(rows × features); a byte of memory for each value.
    FeatureBins(std::span<const float> x, index features, index max_bins = 255);

    [[nodiscard]] index rows() const noexcept { return rows_; }
    [[nodiscard]] index features() const noexcept { return static_cast<index>(low_.size()); }
    /// Number of bins of a feature, that of missing values not counted; 0 where all are missing.
    [[nodiscard]] index bins(index feature) const noexcept {
        return static_cast<index>(low_[static_cast<std::size_t>(feature)].size());
    }
    [[nodiscard]] bool has_missing(index feature) const noexcept {
        return has_missing_[static_cast<std::size_t>(feature)] != 0;
    }
    /// Codes of a feature by row; greater values have greater codes.
    [[nodiscard]] std::span<const std::uint8_t> codes(index feature) const noexcept {
        return {codes_.data() + feature * rows_, static_cast<std::size_t>(rows_)};
    }
    /// The threshold between two bins: the middle, in double, of the last value of one and the first of the other.
    [[nodiscard]] double threshold(index feature, index below, index above) const noexcept {
        const auto f = static_cast<std::size_t>(feature);
        const double last = high_[f][static_cast<std::size_t>(below)];
        return last + (static_cast<double>(low_[f][static_cast<std::size_t>(above)]) - last) / 2;
    }

  private:
    void cut(index feature, std::span<const float> x, index max_bins);

    index rows_ = 0;
    std::vector<std::uint8_t> codes_;      // [features × rows]
    std::vector<std::vector<float>> low_;  // the least and the greatest value of each bin
    std::vector<std::vector<float>> high_;
    std::vector<std::uint8_t> has_missing_;
};

}  // namespace assay::models
