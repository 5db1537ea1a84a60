#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::models {

/// Features as one or two bytes a value: the form in which trees are grown.
///
/// A feature with up to `max_bins` distinct values has a bin for each, so that every split between two values can be
/// found. Of one with more, a value has a bin of its own where it has at least as many rows as a bin on average (more,
/// where such values alternate with rarer ones and the bins do not suffice); the values between are cut into bins of
/// about equal numbers of rows, equal values together. NaN has a code of its own. Values are float32, as scikit-learn's
/// trees have them. A feature of up to 255 bins has codes of one byte, one of more bins is wide and has codes of two.
class ASSAY_EXPORT FeatureBins {
  public:
    static constexpr std::uint8_t missing = 255;          ///< the code of NaN
    static constexpr std::uint16_t wide_missing = 65535;  ///< that of a wide feature
    static constexpr index most_bins = 65535;

    /// @param x         [rows × features], row by row; NaN is a missing value
    /// @param max_bins  2 to most_bins; up to 255 no feature is wide
    /// @throws ShapeError if x is no whole number of rows or holds none; ValueError for an infinite value, naming
    ///         its feature by position, or for max_bins outside.
    /// Cost: O(rows × features); one or two bytes for each value and 4 for each bin (8 where values share bins), and
    /// 16 for each row and thread while they are made.
    FeatureBins(std::span<const float> x, index features, index max_bins = most_bins);

    [[nodiscard]] index rows() const noexcept { return rows_; }
    [[nodiscard]] index features() const noexcept { return static_cast<index>(features_.size()); }
    /// Number of bins of a feature, that of missing values not counted; 0 where all are missing.
    [[nodiscard]] index bins(index feature) const noexcept { return static_cast<index>(of(feature).low.size()); }
    [[nodiscard]] bool has_missing(index feature) const noexcept { return of(feature).has_missing; }
    /// Whether the codes of a feature have two bytes.
    [[nodiscard]] bool is_wide(index feature) const noexcept { return !of(feature).wide_codes.empty(); }
    /// Codes of a feature that is not wide, by row; greater values have greater codes.
    [[nodiscard]] std::span<const std::uint8_t> codes(index feature) const noexcept { return of(feature).codes; }
    /// Codes of a wide feature.
    [[nodiscard]] std::span<const std::uint16_t> wide_codes(index feature) const noexcept {
        return of(feature).wide_codes;
    }
    /// The threshold between two bins: the middle, in double, of the last value of one and the first of the other.
    [[nodiscard]] double threshold(index feature, index below, index above) const noexcept {
        const Feature& found = of(feature);
        const std::vector<float>& greatest = found.high.empty() ? found.low : found.high;
        const double last = greatest[static_cast<std::size_t>(below)];
        return last + (static_cast<double>(found.low[static_cast<std::size_t>(above)]) - last) / 2;
    }

  private:
    struct Feature {
        std::vector<std::uint8_t> codes{};        // [rows], or
        std::vector<std::uint16_t> wide_codes{};  // [rows]
        std::vector<float> low{};                 // the least value of each bin, and the greatest one
        std::vector<float> high{};                // where a bin has several
        bool has_missing = false;
    };
    [[nodiscard]] const Feature& of(index feature) const noexcept {
        return features_[static_cast<std::size_t>(feature)];
    }
    void cut(index feature, std::span<const float> x, index max_bins);

    index rows_ = 0;
    std::vector<Feature> features_;
};

}  // namespace assay::models
