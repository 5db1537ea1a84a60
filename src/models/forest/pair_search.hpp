#pragma once

#include "assay/base/index.hpp"
#include "models/forest/split_search.hpp"
#include "models/forest/tree_rows.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// Sums of a node.
struct PairTotals {
    std::int64_t weight = 0;
    std::int64_t positive = 0;  ///< of class 1

    /// Whether the split leaves one class on each side: none is better.
    [[nodiscard]] bool parted_by(const Split& split) const noexcept {
        const auto most = static_cast<double>(positive * (weight - positive));
        return split.unit == most && split.gain == most * most;
    }
};

/// The search of BinSums and search_moments() in one pass, for what forests are mostly grown on: two classes under
/// Gini, whole weights, no weights of classes, nothing missing in the feature.
class PairSearch {
  public:
    /// Sums of a node's rows and weights must stay below this.
    static constexpr std::uint64_t limit = std::uint64_t{1} << 21;

    /// @param codes  of one byte, or of two where the node has about as many rows as the feature has bins
    /// @returns false where the feature is constant in the node
    template <class Code>
    bool search(std::span<const CountRow> rows, std::span<const Code> codes, index bins, PairTotals totals,
                const SplitLimits& limits, std::int32_t feature, Split& best);

  private:
    template <bool limited, class Code>
    bool search_bins(std::span<const CountRow> rows, std::span<const Code> codes, index bins, PairTotals totals,
                     const SplitLimits& limits, std::int32_t feature, Split& best);

    // Rows, weight and weight of class 1 of a bin in 22, 21 and 21 bits: one addition for a row. Zero between calls.
    std::vector<std::uint64_t> cells_;
};

}  // namespace assay::models::detail
