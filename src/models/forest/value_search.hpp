#pragma once

#include "assay/base/index.hpp"
#include "models/forest/key_sort.hpp"
#include "models/forest/pair_search.hpp"
#include "models/forest/split_search.hpp"
#include "models/forest/tree_rows.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// The search among the values of a wide feature: the rows of the node are put in its order, and the cut between any
/// two values that follow each other is rated.
template <class Row>
class ValueSearch {
  public:
    /// @param width  sums of a node
    explicit ValueSearch(std::size_t width) : sides_(2 * width) {}

    /// Looks for a better split than `best`, as search_moments() or search_classes() do.
    /// @param total    sums of the node
    /// @param moments  which of the two
    /// @returns false where the feature is constant in the node
    bool search(std::span<const Row> rows, std::span<const std::uint16_t> codes, std::span<const double> total,
                bool moments, const SplitLimits& limits, std::int32_t feature, Split& best);

    /// The same as PairSearch finds it, for features without missing values.
    bool search_pairs(std::span<const Row> rows, std::span<const std::uint16_t> codes, PairTotals totals,
                      const SplitLimits& limits, std::int32_t feature, Split& best);

  private:
    bool sort(std::span<const Row> rows, std::span<const std::uint16_t> codes);
    template <class Start>
    void search_cuts(const Start& start, std::span<const Row> rows, const SplitLimits& limits, std::int32_t feature,
                     Split& best) const;
    template <bool limited>
    void search_pair_cuts(PairTotals totals, const SplitLimits& limits, std::int32_t feature, Split& best) const;

    KeySort key_sort_;
    std::span<const std::uint64_t> keys_;  // of the rows in order: code, and what they add to the sums
    std::vector<double> sides_;            // [2 × width]
};

extern template class ValueSearch<CountRow>;
extern template class ValueSearch<WeightRow>;
extern template class ValueSearch<ValueRow>;

}  // namespace assay::models::detail
