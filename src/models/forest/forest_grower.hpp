#pragma once

#include "assay/models/forest/feature_bins.hpp"
#include "assay/models/forest/forest_options.hpp"
#include "assay/models/forest/grown_tree.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "models/forest/row_sampler.hpp"
#include "models/forest/tree_grower.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models::detail {

/// What a forest is grown on, checked.
struct ForestData {
    std::span<const float> x;
    index features = 0;
    index classes = 0;                      ///< 0 in a regression
    std::span<const std::int32_t> labels;   ///< [rows] in a classification
    std::span<const double> values;         ///< [rows] in a regression
    std::span<const double> sample_weight;  ///< [rows] or empty

    [[nodiscard]] index rows() const noexcept { return static_cast<index>(x.size()) / features; }
    [[nodiscard]] double weight(std::size_t row) const noexcept {
        return sample_weight.empty() ? 1.0 : sample_weight[row];
    }
};

/// Grows the trees of a forest, each from its own random numbers.
class ForestGrower {
  public:
    ForestGrower(const ForestData& data, const ForestOptions& options);
    GrownForest grow();

  private:
    /// What a thread keeps from tree to tree.
    struct Workspace {
        std::optional<TreeGrower<CountRow>> by_count;
        std::optional<TreeGrower<WeightRow>> by_weight;
        std::optional<TreeGrower<ValueRow>> by_value;
        std::vector<CountRow> count_rows;
        std::vector<WeightRow> weight_rows;
        std::vector<ValueRow> value_rows;
        std::vector<std::uint32_t> draws;
    };

    void set_class_weights();
    void set_targets();
    void set_weight_units();
    void grow_batch(index first, index count, std::vector<GrownTree>& trees, std::vector<std::vector<bool>>* left_out);
    GrownTree grow_tree(index number, Workspace& space) const;
    GrownTree grow_classes(Workspace& space, TreeTask task, Rng rng) const;
    GrownTree grow_values(Workspace& space, TreeTask task, Rng rng) const;
    [[nodiscard]] double row_weight(const Workspace& space, std::size_t row) const noexcept;
    [[nodiscard]] std::vector<double> tree_class_weight(const Workspace& space) const;

    const ForestData& data_;
    const ForestOptions& options_;
    FeatureBins bins_;
    std::vector<double> class_weight_;  // [classes]; they are in the draws of a bootstrap
    std::optional<RowSampler> sampler_;
    bool whole_weights_ = true;  // those of the rows are small whole numbers
    int weight_exponent_ = 0;    // rows weigh 2^-this of what was given, see set_weight_units()
    int class_exponent_ = 0;     // so do classes
    double target_centre_ = 0;
    double target_scale_ = 1;
    double target_part_ = 1;
    std::vector<Workspace> spaces_;
};

}  // namespace assay::models::detail
