#pragma once

#include "assay/base/index.hpp"
#include "models/forest/draws.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// Draws rows with replacement, each with a chance proportional to its weight.
class RowSampler {
  public:
    /// @param weight  [rows], of positive sum; empty: all alike
    RowSampler(index rows, std::span<const double> weight);

    /// How often each row is drawn in `draws` draws, into `counts` [rows].
    void draw(index draws, Draws source, std::vector<std::uint32_t>& counts) const;

  private:
    std::uint32_t rows_;
    std::vector<std::uint32_t> keep_;   // chance of a column's own row, in 2^-32, less one; empty: all alike
    std::vector<std::uint32_t> other_;  // whose the rest of the column is
};

}  // namespace assay::models::detail
