#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::features::detail {

/// The median of a changing set of whole numbers that are all known beforehand: counts by rank in a binary indexed
/// tree. Cost: O(log n) a change or question. Source: Fenwick PM. Softw Pract Exp 1994;24:327–336.
class RunningMedian {
  public:
    explicit RunningMedian(std::vector<std::int64_t> all) : values_(std::move(all)) {
        std::sort(values_.begin(), values_.end());
        values_.erase(std::unique(values_.begin(), values_.end()), values_.end());
        tree_.assign(values_.size() + 1, 0);
        while (2 * top_ <= values_.size()) top_ *= 2;
    }

    void change(std::int64_t value, index by) {
        size_ += by;
        const auto rank = std::lower_bound(values_.begin(), values_.end(), value) - values_.begin();
        for (auto i = static_cast<std::size_t>(rank) + 1; i < tree_.size(); i += i & (~i + 1)) tree_[i] += by;
    }
    bool empty() const { return size_ == 0; }
    /// Of an even number the mean of the middle two. Not of an empty set.
    double median() const {
        const auto low = static_cast<double>(at((size_ - 1) / 2));
        return size_ % 2 == 1 ? low : (low + static_cast<double>(at(size_ / 2))) / 2;
    }

  private:
    std::int64_t at(index k) const {
        std::size_t place = 0;
        for (std::size_t step = top_; step > 0; step /= 2) {
            if (place + step < tree_.size() && tree_[place + step] <= k) k -= tree_[place += step];
        }
        return values_[place];
    }

    std::vector<std::int64_t> values_;
    std::vector<index> tree_;
    std::size_t top_ = 1;
    index size_ = 0;
};

}  // namespace assay::features::detail
