#pragma once

#include "assay/models/forest/feature_bins.hpp"
#include "assay/models/forest/forest_options.hpp"
#include "assay/models/forest/grown_tree.hpp"
#include "models/forest/draws.hpp"
#include "models/forest/pair_search.hpp"
#include "models/forest/split_search.hpp"
#include "models/forest/value_search.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace assay::models::detail {

/// What one tree is grown from besides its rows.
struct TreeTask {
    index classes = 0;                     ///< 0 in a regression
    std::span<const double> class_weight;  ///< [classes]; none in a regression
    double min_weight_leaf = 0;            ///< of a node
    std::span<const double> targets;       ///< [rows of the forest] of a regression, as they were given
    double target_centre = 0;              ///< targets of its rows are (part × y - centre) / scale
    double target_scale = 1;
    double target_part = 1;
};

/// Grows trees one after another in memory that it keeps.
template <class Row>
class TreeGrower {
  public:
    TreeGrower(const FeatureBins& bins, const ForestOptions& options, index classes);

    /// @param rows  of positive weight; they are put into another order
    GrownTree grow(std::vector<Row>& rows, const TreeTask& task, Rng rng);

  private:
    /// A node that may yet be split; its rows are [begin, end).
    struct Open {
        std::int32_t node = 0;
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t middle = 0;  ///< where its right side begins, once it is partitioned
        index depth = 0;
        Split split{};
        double improvement = 0;
    };

    struct NodeRating {
        double weight = 0;
        double impurity = 0;
    };

    void start(std::vector<Row>& rows, const TreeTask& task);
    void grow_depth_first(Open root);
    void grow_best_first(Open root);
    bool prepare(Open& open);
    bool may_split(const Open& open) const;
    Split find_split(const Open& open);
    bool is_parted(const Open& open, const Split& best) const;
    bool search_feature(const Open& open, index feature, Split& best);
    std::uint32_t partition(const Open& open);
    template <class Code>
    std::uint32_t partition_by(const Open& open, std::span<const Code> codes);
    std::pair<Open, Open> make_children(const Open& open);
    std::int32_t add_node(std::uint32_t begin, std::uint32_t end, std::span<const double> sums);
    double mean_target(std::size_t leaf) const;
    void measure(std::span<const Row> rows, std::span<double> sums) const;
    void measure_sides(const Open& open);
    NodeRating rate(std::span<const Row> rows, std::span<const double> sums) const;
    GrownTree finish();

    [[nodiscard]] std::span<const double> sums(std::int32_t node) const noexcept {
        return {sums_.data() + static_cast<std::size_t>(node) * width_, width_};
    }
    [[nodiscard]] PairTotals totals_of(std::int32_t node) const noexcept {
        const auto positive = static_cast<std::int64_t>(sums(node)[1]);
        return {.weight = static_cast<std::int64_t>(sums(node)[0]) + positive, .positive = positive};
    }
    [[nodiscard]] std::span<const Row> rows(std::uint32_t begin, std::uint32_t end) const noexcept {
        return {rows_ + begin, end - begin};
    }

    const FeatureBins& bins_;
    const ForestOptions& options_;
    std::size_t width_;   // sums of a node
    bool moments_;        // see search_moments()
    bool pairs_ = false;  // see PairSearch
    std::uint32_t max_features_;
    TreeTask task_{};
    SplitLimits limits_{};
    Logarithms logarithms_;
    std::optional<Draws> draws_;
    BinSums<Row> bin_sums_;
    PairSearch pair_search_;
    PresentBins present_;
    ValueSearch<Row> value_search_;
    std::vector<std::uint32_t> order_;  // features; the first ones are those drawn last
    Row* rows_ = nullptr;
    std::vector<Row> spare_;
    std::vector<double> sums_;                                     // [nodes × width_]
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;  // rows of each node of a regression
    std::vector<double> left_sums_;                                // of the sides of the split at hand
    std::vector<double> right_sums_;
    GrownTree tree_;
};

extern template class TreeGrower<CountRow>;
extern template class TreeGrower<WeightRow>;
extern template class TreeGrower<ValueRow>;

/// The number of features a split looks at.
index features_of_split(const ForestOptions& options, index features, bool classification);

}  // namespace assay::models::detail
