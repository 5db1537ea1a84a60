#include "models/forest/out_of_bag.hpp"

#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/tree_walk.hpp"

#include <algorithm>
#include <limits>

namespace assay::models::detail {
namespace {
constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();
}  // namespace

OutOfBagTally::OutOfBagTally(const ForestData& data)
    : data_(data),
      outputs_(static_cast<std::size_t>(std::max<index>(data.classes, 1))),
      sums_(static_cast<std::size_t>(data.rows()) * outputs_),
      trees_(static_cast<std::size_t>(data.rows())) {}

void OutOfBagTally::add(const GrownTree& tree, const std::vector<bool>& left_out) {
    parallel_for(data_.rows(), 2048, [&](index begin, index end) {
        for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
            if (!left_out[row]) continue;
            const index leaf = leaf_of(tree, data_.x.data() + row * static_cast<std::size_t>(data_.features));
            const double* value = tree.value.data() + static_cast<std::size_t>(leaf) * outputs_;
            for (std::size_t k = 0; k < outputs_; ++k) sums_[row * outputs_ + k] += value[k];
            ++trees_[row];
        }
    });
}

/// A row of weight 0 is left out by every tree and has a prediction, but no part in how good the forest is.
bool OutOfBagTally::is_judged(std::size_t row) const { return trees_[row] > 0 && data_.weight(row) > 0; }

double OutOfBagTally::score() const { return data_.classes > 0 ? accuracy() : r_squared(); }

double OutOfBagTally::accuracy() const {
    index judged = 0, right = 0;
    for (std::size_t row = 0; row < trees_.size(); ++row) {
        if (!is_judged(row)) continue;
        const auto begin = sums_.begin() + static_cast<std::ptrdiff_t>(row * outputs_);
        const auto best = std::max_element(begin, begin + static_cast<std::ptrdiff_t>(outputs_)) - begin;
        ++judged;
        right += best == data_.labels[row] ? 1 : 0;
    }
    return judged > 0 ? static_cast<double>(right) / static_cast<double>(judged) : not_defined;
}

double OutOfBagTally::r_squared() const {
    double sum = 0, judged = 0;
    for (std::size_t row = 0; row < trees_.size(); ++row) {
        if (!is_judged(row)) continue;
        sum += data_.values[row];
        ++judged;
    }
    double residual = 0, spread = 0;
    for (std::size_t row = 0; row < trees_.size(); ++row) {
        if (!is_judged(row)) continue;
        const double off = data_.values[row] - sums_[row] / trees_[row];
        const double from_mean = data_.values[row] - sum / judged;
        residual += off * off;
        spread += from_mean * from_mean;
    }
    return judged >= 2 && spread > 0 ? 1 - residual / spread : not_defined;
}

OutOfBag OutOfBagTally::finish() const {
    OutOfBag result{.prediction = sums_, .score = score()};
    for (std::size_t row = 0; row < trees_.size(); ++row) {
        if (trees_[row] == 0) {
            result.never_out += data_.weight(row) > 0 ? 1 : 0;
            if (data_.classes == 0) result.prediction[row] = not_defined;
            continue;
        }
        for (std::size_t k = 0; k < outputs_; ++k) result.prediction[row * outputs_ + k] /= trees_[row];
    }
    return result;
}

}  // namespace assay::models::detail
