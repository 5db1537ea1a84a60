#include "models/forest/forest_grower.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/forest/out_of_bag.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace assay::models::detail {
namespace {

constexpr std::uint32_t greatest_count = std::numeric_limits<std::uint16_t>::max();

bool is_small_whole(double weight) noexcept {
    return weight <= static_cast<double>(greatest_count) && weight == std::floor(weight);
}

/// Whether the scores of the last trees lie within the tolerance.
bool has_settled(const std::vector<double>& scores, const EarlyStop& stop) {
    if (static_cast<index>(scores.size()) < stop.window) return false;
    const auto begin = scores.end() - stop.window;
    if (!std::all_of(begin, scores.end(), [](double s) { return std::isfinite(s); })) return false;
    const auto [least, greatest] = std::minmax_element(begin, scores.end());
    return *greatest - *least <= stop.tolerance;
}

}  // namespace

ForestGrower::ForestGrower(const ForestData& data, const ForestOptions& options)
    : data_(data), options_(options), bins_(data.x, data.features, options.max_bins) {
    std::vector<double> chances(data.sample_weight.begin(), data.sample_weight.end());
    if (data.classes > 0) {
        set_class_weights();
        const bool in_draws = options.bootstrap && options.class_balance != ClassBalance::balanced_subsample;
        const bool uneven = std::any_of(class_weight_.begin(), class_weight_.end(),
                                        [&](double w) { return w != class_weight_.front(); });
        if (in_draws && uneven) {
            chances.resize(static_cast<std::size_t>(data.rows()));
            for (std::size_t row = 0; row < chances.size(); ++row)
                chances[row] = data.weight(row) * class_weight_[static_cast<std::size_t>(data.labels[row])];
        }
        whole_weights_ = options.bootstrap || std::all_of(data.sample_weight.begin(), data.sample_weight.end(),
                                                          [](double w) { return is_small_whole(w); });
    } else {
        set_targets();
    }
    if (options.bootstrap) {
        sampler_.emplace(data.rows(), chances);
    } else {
        set_weight_units();
    }
}

/// Split searches multiply up to six sums of weights, which must neither vanish nor overflow: weights are taken by
/// their mean. By the power of two below it, so that no bit of them changes.
void ForestGrower::set_weight_units() {
    const auto exponent_of = [](std::span<const double> weights) {
        double sum = 0, used = 0;
        for (const double w : weights) {
            if (w <= 0) continue;
            sum += w;
            ++used;
        }
        return used > 0 && std::isfinite(sum) ? std::ilogb(sum / used) : 0;
    };
    // Whole weights of a classification are counted, and need no unit.
    if (data_.classes == 0 || !whole_weights_) weight_exponent_ = exponent_of(data_.sample_weight);
    class_exponent_ = exponent_of(class_weight_);
    for (double& w : class_weight_) w = std::ldexp(w, -class_exponent_);
}

void ForestGrower::set_class_weights() {
    const auto classes = static_cast<std::size_t>(data_.classes);
    std::vector<double> present(classes);
    for (std::size_t row = 0; row < data_.labels.size(); ++row)
        present[static_cast<std::size_t>(data_.labels[row])] += data_.weight(row);
    class_weight_ = options_.class_weight.empty() ? std::vector<double>(classes, 1.0) : options_.class_weight;
    const auto used = std::count_if(present.begin(), present.end(), [](double w) { return w > 0; });
    const double all = std::accumulate(present.begin(), present.end(), 0.0);
    index weighted = 0;
    for (std::size_t k = 0; k < classes; ++k) {
        if (options_.class_balance != ClassBalance::none && present[k] > 0)
            class_weight_[k] = all / (static_cast<double>(used) * present[k]);
        weighted += present[k] * class_weight_[k] > 0 ? 1 : 0;
    }
    if (weighted < 2)
        throw ValueError("fit: expected weights above 0 in at least 2 classes, got " + std::to_string(weighted));
}

/// Targets are taken from their median, in units of the one farthest from it. From the mean, which one extreme target
/// carries away, the others would lose the digits that tell them apart.
void ForestGrower::set_targets() {
    std::vector<double> used;
    used.reserve(data_.values.size());
    for (std::size_t row = 0; row < data_.values.size(); ++row) {
        if (data_.weight(row) > 0) used.push_back(data_.values[row]);
    }
    const auto middle = used.begin() + std::ssize(used) / 2;
    std::nth_element(used.begin(), middle, used.end());
    target_centre_ = *middle;
    double widest = 0;
    for (const double y : used) widest = std::max(widest, std::abs(y - target_centre_));
    if (std::isinf(widest)) {  // two targets may lie farther apart than there are numbers: halves do not
        target_part_ = 0.5;
        target_centre_ /= 2;
        widest = 0;
        for (const double y : used) widest = std::max(widest, std::abs(y / 2 - target_centre_));
    }
    if (widest > 0) target_scale_ = widest;
}

GrownForest ForestGrower::grow() {
    GrownForest forest{.features = data_.features, .outputs = std::max<index>(data_.classes, 1)};
    if (!options_.out_of_bag && !options_.early_stop) {
        grow_batch(0, options_.trees, forest.trees, nullptr);
        return forest;
    }
    constexpr index batch = 32;  // a constant, so that what is grown does not depend on the threads
    OutOfBagTally tally(data_);
    std::vector<double> scores;
    std::vector<std::vector<bool>> left_out;
    for (index first = 0; first < options_.trees && !forest.converged; first += batch) {
        std::vector<GrownTree> grown;
        grow_batch(first, std::min(batch, options_.trees - first), grown, &left_out);
        for (std::size_t i = 0; i < grown.size() && !forest.converged; ++i) {
            tally.add(grown[i], left_out[i]);
            forest.trees.push_back(std::move(grown[i]));
            if (!options_.early_stop) continue;
            scores.push_back(tally.score());
            forest.converged = has_settled(scores, *options_.early_stop);
        }
    }
    forest.out_of_bag = tally.finish();
    return forest;
}

void ForestGrower::grow_batch(index first, index count, std::vector<GrownTree>& trees,
                              std::vector<std::vector<bool>>* left_out) {
    trees.resize(static_cast<std::size_t>(count));
    if (left_out != nullptr) left_out->resize(static_cast<std::size_t>(count));
    const index threads =
        std::min<index>(count, options_.threads > 0 ? std::min(options_.threads, num_threads()) : num_threads());
    if (spaces_.size() < static_cast<std::size_t>(threads)) spaces_.resize(static_cast<std::size_t>(threads));
    std::atomic<index> next{0};
    std::vector<std::function<void()>> tasks;
    for (index t = 0; t < threads; ++t) {
        tasks.emplace_back([&, t] {
            Workspace& space = spaces_[static_cast<std::size_t>(t)];
            for (index i = next++; i < count; i = next++) {
                trees[static_cast<std::size_t>(i)] = grow_tree(first + i, space);
                if (left_out == nullptr) continue;
                std::vector<bool>& out = (*left_out)[static_cast<std::size_t>(i)];
                out.resize(space.draws.size());
                std::transform(space.draws.begin(), space.draws.end(), out.begin(), [](auto n) { return n == 0; });
            }
        });
    }
    run_tasks(tasks);
}

/// The tree of this number, whichever thread grows it: streams 2i and 2i + 1 of the seed are its own.
GrownTree ForestGrower::grow_tree(index number, Workspace& space) const {
    const auto stream = 2 * static_cast<std::uint64_t>(number);
    if (sampler_) {
        const index drawn = options_.max_samples > 0 ? options_.max_samples : data_.rows();
        sampler_->draw(drawn, Draws(Rng(options_.seed, stream)), space.draws);
    }
    TreeTask task;
    task.classes = data_.classes;
    task.targets = data_.values;
    task.target_centre = target_centre_;
    task.target_scale = target_scale_;
    task.target_part = target_part_;
    const Rng rng(options_.seed, stream + 1);
    GrownTree tree = data_.classes > 0 ? grow_classes(space, task, rng) : grow_values(space, task, rng);
    const int exponent = weight_exponent_ + class_exponent_;
    if (exponent != 0) {
        for (double& weight : tree.weight) weight = std::ldexp(weight, exponent);
    }
    return tree;
}

double ForestGrower::row_weight(const Workspace& space, std::size_t row) const noexcept {
    return sampler_ ? static_cast<double>(space.draws[row]) : std::ldexp(data_.weight(row), -weight_exponent_);
}

std::vector<double> ForestGrower::tree_class_weight(const Workspace& space) const {
    if (!sampler_) return class_weight_;
    std::vector<double> weights(class_weight_.size(), 1.0);
    if (options_.class_balance != ClassBalance::balanced_subsample) return weights;
    std::vector<double> drawn(weights.size());
    for (std::size_t row = 0; row < space.draws.size(); ++row)
        drawn[static_cast<std::size_t>(data_.labels[row])] += space.draws[row];
    const auto used = std::count_if(drawn.begin(), drawn.end(), [](double n) { return n > 0; });
    const double all = std::accumulate(drawn.begin(), drawn.end(), 0.0);
    for (std::size_t k = 0; k < drawn.size(); ++k) {
        if (drawn[k] > 0) weights[k] = all / (static_cast<double>(used) * drawn[k]);
    }
    return weights;
}

GrownTree ForestGrower::grow_classes(Workspace& space, TreeTask task, Rng rng) const {
    std::vector<double> class_weight = tree_class_weight(space);
    double sum = 0, plain_sum = 0, greatest = 0;
    for (std::size_t row = 0; row < data_.labels.size(); ++row) {
        const double weight = row_weight(space, row);
        greatest = std::max(greatest, weight);
        plain_sum += weight;
        sum += weight * class_weight[static_cast<std::size_t>(data_.labels[row])];
    }
    task.min_weight_leaf = options_.min_weight_fraction_leaf * sum;
    const bool fits = greatest <= greatest_count && plain_sum <= 4294967295.0;  // see CountRow and CountCell
    if (whole_weights_ && fits && data_.classes <= static_cast<index>(greatest_count)) {
        space.count_rows.clear();
        for (std::size_t row = 0; row < data_.labels.size(); ++row) {
            const double weight = row_weight(space, row);
            const auto label = static_cast<std::uint16_t>(data_.labels[row]);
            if (weight * class_weight[label] > 0)
                space.count_rows.push_back(
                    {static_cast<std::uint32_t>(row), label, static_cast<std::uint16_t>(weight)});
        }
        task.class_weight = class_weight;
        if (!space.by_count) space.by_count.emplace(bins_, options_, data_.classes);
        return space.by_count->grow(space.count_rows, task, rng);
    }
    space.weight_rows.clear();
    for (std::size_t row = 0; row < data_.labels.size(); ++row) {
        const auto label = static_cast<std::uint32_t>(data_.labels[row]);
        const double weight = row_weight(space, row) * class_weight[label];
        if (weight > 0) space.weight_rows.push_back({static_cast<std::uint32_t>(row), label, weight});
    }
    std::fill(class_weight.begin(), class_weight.end(), 1.0);
    task.class_weight = class_weight;
    if (!space.by_weight) space.by_weight.emplace(bins_, options_, data_.classes);
    return space.by_weight->grow(space.weight_rows, task, rng);
}

GrownTree ForestGrower::grow_values(Workspace& space, TreeTask task, Rng rng) const {
    space.value_rows.clear();
    double sum = 0;
    for (std::size_t row = 0; row < data_.values.size(); ++row) {
        const double weight = row_weight(space, row);
        if (weight <= 0) continue;
        sum += weight;
        const double off = data_.values[row] * target_part_ - target_centre_;
        space.value_rows.push_back({static_cast<std::uint32_t>(row), weight, off / target_scale_});
    }
    task.min_weight_leaf = options_.min_weight_fraction_leaf * sum;
    if (!space.by_value) space.by_value.emplace(bins_, options_, data_.classes);
    return space.by_value->grow(space.value_rows, task, rng);
}

}  // namespace assay::models::detail
