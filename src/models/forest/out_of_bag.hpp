#pragma once

#include "assay/models/forest/grown_tree.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "models/forest/forest_grower.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::detail {

/// Adds up, tree by tree, what each says of the rows that it was not grown on.
class OutOfBagTally {
  public:
    explicit OutOfBagTally(const ForestData& data);

    /// @param left_out  [rows] true where the tree's sample lacks the row
    void add(const GrownTree& tree, const std::vector<bool>& left_out);

    /// Accuracy or R² over the rows with a weight that were left out so far; NaN where there are none or R² is not
    /// defined.
    [[nodiscard]] double score() const;
    [[nodiscard]] OutOfBag finish() const;

  private:
    [[nodiscard]] bool is_judged(std::size_t row) const;
    [[nodiscard]] double accuracy() const;
    [[nodiscard]] double r_squared() const;

    const ForestData& data_;
    std::size_t outputs_;
    std::vector<double> sums_;          // [rows × outputs]
    std::vector<std::uint32_t> trees_;  // [rows] that left the row out
};

}  // namespace assay::models::detail
