#include "assay/models/forest/isolation_forest.hpp"

#include "assay/base/error.hpp"
#include "assay/base/random.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>
#include <unordered_set>
#include <utility>

namespace assay::models {
namespace {

std::size_t place(index i) { return static_cast<std::size_t>(i); }

/// `count` different numbers below `n`, in ascending order (Floyd's algorithm).
std::vector<index> draw_without_replacement(Rng& random, index n, index count) {
    if (count >= n) {
        std::vector<index> all(place(n));
        std::iota(all.begin(), all.end(), index{0});
        return all;
    }
    std::unordered_set<index> chosen;
    for (index j = n - count; j < n; ++j) {
        if (!chosen.insert(random.integer(0, j)).second) chosen.insert(j);
    }
    std::vector<index> out(chosen.begin(), chosen.end());
    std::sort(out.begin(), out.end());
    return out;
}

/// What a node holds of one feature.
struct Extremes {
    float low = std::numeric_limits<float>::infinity();
    float high = -std::numeric_limits<float>::infinity();
    index missing = 0;
};

/// Grows one tree on rows that it has copied, column by column.
class TreeOfCuts {
  public:
    TreeOfCuts(std::span<const float> rows, index features, const IsolationOptions& options, index samples,
               std::uint64_t number)
        : random_(options.seed, number), samples_(samples) {
        const index all = std::ssize(rows) / features;
        columns_ = draw_without_replacement(random_, features, options.max_features);
        std::vector<index> drawn;
        if (options.bootstrap) {
            for (index i = 0; i < samples; ++i) drawn.push_back(random_.integer(0, all - 1));
        } else {
            drawn = draw_without_replacement(random_, all, samples);
        }
        values_.resize(columns_.size() * place(samples));
        for (index i = 0; i < samples; ++i) {
            const float* row = rows.data() + drawn[place(i)] * features;
            for (std::size_t c = 0; c < columns_.size(); ++c) {
                values_[c * place(samples) + place(i)] = row[columns_[c]];
            }
        }
        members_.resize(place(samples));
        std::iota(members_.begin(), members_.end(), index{0});
    }

    GrownTree grow() {
        const auto samples = static_cast<double>(std::max<index>(samples_, 2));
        const auto most_depth = static_cast<index>(std::ceil(std::log2(samples)));
        add_leaf(0, samples_, 0);
        for (std::size_t next = 0; next < pending_.size(); ++next) {
            const Pending one = pending_[next];
            if (one.depth < most_depth && one.end - one.begin > 1) cut(one);
        }
        return std::move(tree_);
    }

  private:
    struct Pending {
        index node, begin, end, depth;
    };

    float value(index column, index member) const { return values_[place(column * samples_ + member)]; }

    index add_leaf(index begin, index end, index depth) {
        const index node = tree_.nodes();
        tree_.feature.push_back(-1);
        tree_.threshold.push_back(0);
        tree_.left.push_back(-1);
        tree_.right.push_back(-1);
        tree_.missing_left.push_back(0);
        tree_.value.push_back(static_cast<double>(depth) + average_path_length(static_cast<double>(end - begin)));
        tree_.weight.push_back(static_cast<double>(end - begin));
        pending_.push_back({node, begin, end, depth});
        return node;
    }

    Extremes extremes_of(index column, const Pending& one) const {
        Extremes found;
        for (index i = one.begin; i < one.end; ++i) {
            const float x = value(column, members_[place(i)]);
            if (std::isnan(x)) {
                ++found.missing;
            } else {
                found.low = std::min(found.low, x);
                found.high = std::max(found.high, x);
            }
        }
        return found;
    }

    /// A number at or above `low` and below `high`; midway where the two are neighbours.
    double threshold_between(float low, float high) {
        const double share = random_.uniform();
        const double threshold = (1 - share) * static_cast<double>(low) + share * static_cast<double>(high);
        return threshold < static_cast<double>(high) ? std::max(threshold, static_cast<double>(low))
                                                     : static_cast<double>(low);
    }

    void cut(const Pending& one) {
        // Features in random order until one tells rows apart.
        std::vector<index>& order = order_;
        order.resize(columns_.size());
        std::iota(order.begin(), order.end(), index{0});
        for (std::size_t left = order.size(); left > 0; --left) {
            std::swap(order[left - 1], order[place(random_.integer(0, static_cast<index>(left) - 1))]);
            const index column = order[left - 1];
            const Extremes found = extremes_of(column, one);
            const index present = one.end - one.begin - found.missing;
            if (present == 0 || (found.low == found.high && found.missing == 0)) continue;
            split(one, column, found);
            return;
        }
    }

    void split(const Pending& one, index column, const Extremes& found) {
        const bool constant = found.low == found.high;
        const double threshold = constant ? static_cast<double>(found.low) : threshold_between(found.low, found.high);
        bool missing_left = !constant && found.missing > 0 && random_.integer(0, 1) == 1;
        const auto begin = members_.begin() + one.begin, end = members_.begin() + one.end;
        const auto middle = std::stable_partition(begin, end, [&](index member) {
            const float x = value(column, member);
            return std::isnan(x) ? missing_left : static_cast<double>(x) <= threshold;
        });
        if (found.missing == 0) missing_left = middle - begin > end - middle;
        const index cut_at = one.begin + (middle - begin);
        const auto node = place(one.node);
        const index left = add_leaf(one.begin, cut_at, one.depth + 1);
        const index right = add_leaf(cut_at, one.end, one.depth + 1);
        tree_.feature[node] = static_cast<std::int32_t>(columns_[place(column)]);
        tree_.threshold[node] = threshold;
        tree_.left[node] = static_cast<std::int32_t>(left);
        tree_.right[node] = static_cast<std::int32_t>(right);
        tree_.missing_left[node] = missing_left ? 1 : 0;
    }

    Rng random_;
    index samples_;
    std::vector<index> columns_{};
    std::vector<float> values_{};   ///< [columns × samples]
    std::vector<index> members_{};  ///< places of the samples, those of a node together
    std::vector<index> order_{};
    std::vector<Pending> pending_{};
    GrownTree tree_{};
};

void check_isolation(std::span<const float> rows, index features, const IsolationOptions& options) {
    const std::string where = "IsolationForest.fit: expected ";
    if (features < 1 || std::ssize(rows) % features != 0 || rows.empty()) {
        throw ShapeError(where + "at least one row of " + std::to_string(features) + " features, got " +
                         std::to_string(rows.size()) + " numbers");
    }
    if (options.trees < 1) throw ValueError(where + "at least one tree, got " + std::to_string(options.trees));
    if (options.max_samples < 1) {
        throw ValueError(where + "max_samples of at least 1, got " + std::to_string(options.max_samples));
    }
    if (options.max_features < 0 || options.max_features > features) {
        throw ValueError(where + "1 to " + std::to_string(features) + " features for a tree, got " +
                         std::to_string(options.max_features));
    }
    const auto endless = std::find_if(rows.begin(), rows.end(), [](float x) { return std::isinf(x); });
    if (endless != rows.end()) {
        const index place = endless - rows.begin();
        throw ValueError(where + "finite numbers, got infinity or a value too large for float32 in row " +
                         std::to_string(place / features) + ", feature " + std::to_string(place % features));
    }
}

}  // namespace

double average_path_length(double n) noexcept {
    if (n <= 1) return 0;
    if (n == 2) return 1;
    return 2 * (std::log(n - 1) + std::numbers::egamma) - 2 * (n - 1) / n;
}

IsolationForest::IsolationForest(CompactForest forest, index samples)
    : forest_(std::move(forest)),
      samples_(samples),
      scale_(static_cast<double>(forest_.trees()) * average_path_length(static_cast<double>(samples))) {
    if (samples < 1 || forest_.outputs() != 1) {
        throw ValueError("IsolationForest: expected trees of one output, grown on at least one row");
    }
}

IsolationForest IsolationForest::fit(std::span<const float> rows, index features, const IsolationOptions& options) {
    check_isolation(rows, features, options);
    const index samples = std::min(options.max_samples, std::ssize(rows) / features);
    IsolationOptions settled = options;
    if (settled.max_features == 0) settled.max_features = features;
    std::vector<GrownTree> trees(place(options.trees));
    parallel_for(options.trees, 4, [&](index begin, index end) {
        for (index t = begin; t < end; ++t) {
            trees[place(t)] = TreeOfCuts(rows, features, settled, samples, static_cast<std::uint64_t>(t)).grow();
        }
    });
    return {CompactForest(trees, features), samples};
}

void IsolationForest::score_samples(std::span<const float> rows, std::span<double> out) const {
    forest_.predict_sum(rows, out);
    // One row leaves no path: scikit-learn scores 0.5 then.
    for (double& value : out) value = -std::exp2(scale_ == 0 ? -1.0 : -value / scale_);
}

std::vector<double> IsolationForest::score_samples(std::span<const float> rows) const {
    if (std::ssize(rows) % forest_.features() != 0) {
        throw ShapeError("score_samples: expected rows of " + std::to_string(forest_.features()) + " features, got " +
                         std::to_string(rows.size()) + " numbers");
    }
    std::vector<double> out(place(std::ssize(rows) / forest_.features()));
    score_samples(rows, out);
    return out;
}

}  // namespace assay::models
