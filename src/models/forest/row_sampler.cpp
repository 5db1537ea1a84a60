#include "models/forest/row_sampler.hpp"

#include <algorithm>
#include <numeric>

namespace assay::models::detail {

// Columns of equal height, each shared by two rows at most, so that a draw costs the same for any weights.
// Source: Walker 1977, ACM TOMS 3:253; in the order of Vose 1991, IEEE Trans Softw Eng 17:972.
RowSampler::RowSampler(index rows, std::span<const double> weight) : rows_(static_cast<std::uint32_t>(rows)) {
    if (weight.empty()) return;
    const double mean = std::accumulate(weight.begin(), weight.end(), 0.0) / static_cast<double>(rows);
    std::vector<double> height(weight.begin(), weight.end());
    for (double& h : height) h /= mean;
    keep_.assign(height.size(), 0xFFFFFFFFU);
    other_.resize(height.size());
    std::iota(other_.begin(), other_.end(), 0U);
    std::vector<std::uint32_t> low, high;
    for (std::uint32_t i = 0; i < rows_; ++i) (height[i] < 1 ? low : high).push_back(i);
    while (!low.empty() && !high.empty()) {
        const std::uint32_t small = low.back(), great = high.back();
        low.pop_back();
        keep_[small] = static_cast<std::uint32_t>(std::min(4294967295.0, height[small] * 4294967296.0));
        other_[small] = great;
        height[great] -= 1 - height[small];
        if (height[great] < 1) {
            high.pop_back();
            low.push_back(great);
        }
    }
    // Rounding may leave a column that is all but full; that of a row without weight must not become its own.
    const auto heaviest = static_cast<std::uint32_t>(std::max_element(weight.begin(), weight.end()) - weight.begin());
    for (const std::uint32_t row : low) {
        if (weight[row] > 0) continue;
        keep_[row] = 0;
        other_[row] = heaviest;
    }
}

void RowSampler::draw(index draws, Draws source, std::vector<std::uint32_t>& counts) const {
    counts.assign(rows_, 0);
    for (index i = 0; i < draws; ++i) {
        const std::uint32_t row = source.below(rows_);
        // A row of weight 0 keeps nothing: `<` is never true for it.
        const bool own = keep_.empty() || keep_[row] == 0xFFFFFFFFU || source.bits() < keep_[row];
        ++counts[own ? row : other_[row]];
    }
}

}  // namespace assay::models::detail
