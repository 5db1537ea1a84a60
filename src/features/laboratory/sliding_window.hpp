#pragma once

#include <cstddef>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::features::detail {

/// The sum of the last `length` states, in O(1) merges a step and without ever subtracting, so that no rounding of what
/// left the window stays behind. A state merges a later one into itself; the default one is neutral.
///
/// Two stacks: sums from each state to the end of the older part, and one sum of the newer part. When the older part
/// is used up, the newer one becomes it.
template <class State>
class SlidingWindow {
  public:
    explicit SlidingWindow(index length) : length_(static_cast<std::size_t>(length)) {}

    void push(const State& state) {
        if (older_.size() + newer_.size() == length_) drop_oldest();
        newer_.push_back(state);
        newer_total_.merge(state);
    }
    State total() const {
        State sum = older_.empty() ? State() : older_.back();
        sum.merge(newer_total_);
        return sum;
    }

  private:
    void drop_oldest() {
        if (older_.empty()) {
            State sum;
            for (std::size_t i = newer_.size(); i-- > 0;) {
                State longer = newer_[i];
                longer.merge(sum);
                older_.push_back(sum = longer);
            }
            newer_.clear();
            newer_total_ = State();
        }
        older_.pop_back();
    }

    std::size_t length_;
    std::vector<State> older_;  ///< sums to the end of the older part, the longest at the end
    std::vector<State> newer_;
    State newer_total_;
};

}  // namespace assay::features::detail
