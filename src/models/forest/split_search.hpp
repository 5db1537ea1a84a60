#pragma once

#include "assay/base/index.hpp"
#include "assay/models/forest/feature_bins.hpp"
#include "assay/models/forest/forest_options.hpp"
#include "models/forest/tree_rows.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// A split of a node, and how good it is.
struct Split {
    static constexpr std::uint16_t none = 65535;  ///< no bin

    std::int32_t feature = -1;  ///< -1: none was found
    std::uint16_t below = 0;    ///< the last bin that goes left
    std::uint16_t above = 0;    ///< the next one that the node has; none where it has none
    bool missing_left = false;
    bool missing_seen = false;  ///< the node has rows in which the feature is missing
    double gain = -1;           ///< a fraction: gains are compared as gain / unit, without a division
    double unit = 1;

    [[nodiscard]] bool beaten_by(double other_gain, double other_unit) const noexcept {
        return other_gain * unit > gain * other_unit;
    }
};

/// x log x, looked up for small whole numbers.
class Logarithms {
  public:
    /// Has a table of all whole numbers up to about `greatest`, or the first ones of them.
    void reach(std::size_t greatest);
    [[nodiscard]] double of(double x) const noexcept {
        const auto at = static_cast<std::size_t>(x);
        return at < table_.size() && static_cast<double>(at) == x ? table_[at] : computed(x);
    }

  private:
    static double computed(double x) noexcept;
    std::vector<double> table_;
};

/// What splits must keep to, and how they are rated.
struct SplitLimits {
    SplitCriterion criterion = SplitCriterion::gini;
    std::uint32_t min_rows = 1;
    double min_weight = 0;
    const double* class_weight = nullptr;  ///< [classes]
    const Logarithms* logarithms = nullptr;
};

/// The values of one feature that is not wide among the rows of a node: the bins that occur, in order, with their sums.
///
/// In a classification `sums` has a weight for each class, before the class's own; in a regression the weight and the
/// weighted target.
struct PresentBins {
    index count = 0;  ///< without that of missing values
    index width = 2;
    std::array<std::uint8_t, 256> bin{};
    std::array<std::uint32_t, 256> rows{};
    std::vector<double> sums;  ///< [256 × width]
    std::uint32_t missing_rows = 0;
    std::vector<double> missing_sums;  ///< [width]
    std::vector<double> sides;         ///< [2 × width] for search_classes()
};

/// Adds up one feature over the rows of a node.
template <class Row>
class BinSums {
  public:
    explicit BinSums(index classes);
    /// @returns false where the feature is constant in the node
    bool collect(std::span<const Row> rows, std::span<const std::uint8_t> codes, index bins, PresentBins& present);

  private:
    using Cell = typename CellOf<Row>::type;
    void take(std::size_t bin, PresentBins& present);

    std::size_t width_;        // cells of a bin
    std::vector<Cell> cells_;  // [256 × width_], all zero between calls
};

extern template class BinSums<CountRow>;
extern template class BinSums<WeightRow>;
extern template class BinSums<ValueRow>;

/// Looks for a better split than `best` among the bins of a feature.
/// @param total  [width] sums of the node
/// @param rows   of the node
void search_moments(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best);
void search_classes(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best);

}  // namespace assay::models::detail
