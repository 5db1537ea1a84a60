#include "assay/models/forest/feature_bins.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

namespace assay::models {
namespace {

/// Keys that order as the floats do.
std::uint32_t key_of(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

float value_of(std::uint32_t key) noexcept {
    return std::bit_cast<float>((key & 0x80000000U) != 0 ? key & 0x7FFFFFFFU : ~key);
}

/// Sorts by three passes of eleven bits.
void sort_keys(std::vector<std::uint32_t>& keys) {
    std::vector<std::uint32_t> other(keys.size());
    for (const int shift : {0, 11, 22}) {
        std::array<std::size_t, 2048> start{};
        for (const std::uint32_t key : keys) ++start[(key >> shift) & 2047];
        std::size_t sum = 0;
        for (std::size_t& place : start) sum += std::exchange(place, sum);
        for (const std::uint32_t key : keys) other[start[(key >> shift) & 2047]++] = key;
        keys.swap(other);
    }
}

/// Starts of the bins in sorted keys: every distinct value, or groups of about as many rows each.
std::vector<std::size_t> bin_starts(const std::vector<std::uint32_t>& keys, std::size_t max_bins) {
    std::vector<std::size_t> distinct;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i == 0 || keys[i] != keys[i - 1]) distinct.push_back(i);
    }
    if (distinct.size() <= max_bins) return distinct;
    std::vector<std::size_t> starts;
    std::size_t next = 0;
    while (next < distinct.size()) {
        starts.push_back(distinct[next]);
        const std::size_t bins_left = max_bins - starts.size() + 1;
        if (bins_left == 1) break;
        // What is left is shared out anew after each bin, so that one frequent value does not starve the others.
        const std::size_t goal = distinct[next] + (keys.size() - distinct[next] + bins_left - 1) / bins_left;
        const auto end =
            std::lower_bound(distinct.begin() + static_cast<std::ptrdiff_t>(next) + 1, distinct.end(), goal);
        next = static_cast<std::size_t>(end - distinct.begin());
    }
    return starts;
}

}  // namespace

FeatureBins::FeatureBins(std::span<const float> x, index features, index max_bins) {
    if (features < 1 || x.empty() || x.size() % static_cast<std::size_t>(features) != 0)
        throw ShapeError("fit: expected a table with at least one row and one feature, got " +
                         std::to_string(x.size()) + " values for " + std::to_string(features) + " features");
    if (max_bins < 2 || max_bins > 255)
        throw ValueError("fit: expected max_bins from 2 to 255, got " + std::to_string(max_bins));
    rows_ = static_cast<index>(x.size()) / features;
    const auto count = static_cast<std::size_t>(features);
    codes_.resize(x.size());
    low_.resize(count);
    high_.resize(count);
    has_missing_.resize(count);
    parallel_for(features, 1, [&](index feature, index) { cut(feature, x, max_bins); });
}

void FeatureBins::cut(index feature, std::span<const float> x, index max_bins) {
    const auto f = static_cast<std::size_t>(feature);
    const std::size_t width = low_.size();
    std::vector<std::uint32_t> keys;
    keys.reserve(static_cast<std::size_t>(rows_));
    for (std::size_t at = f; at < x.size(); at += width) {
        const float value = x[at] + 0.0F;  // one zero
        if (std::isinf(value))
            throw ValueError(
                "fit: expected finite values or NaN, got an infinite one (or one beyond float32) in feature " +
                std::to_string(feature) + ", row " + std::to_string(at / width));
        if (!std::isnan(value)) keys.push_back(key_of(value));
    }
    const std::vector<std::uint32_t> by_row = keys;
    sort_keys(keys);
    const std::vector<std::size_t> starts = bin_starts(keys, static_cast<std::size_t>(max_bins));
    std::array<std::uint32_t, 256> last{};  // the greatest key of each bin; what lies behind is never passed
    last.fill(0xFFFFFFFFU);
    for (std::size_t b = 0; b < starts.size(); ++b) {
        const std::size_t end = b + 1 < starts.size() ? starts[b + 1] : keys.size();
        low_[f].push_back(value_of(keys[starts[b]]));
        high_[f].push_back(value_of(keys[end - 1]));
        last[b] = keys[end - 1];
    }
    has_missing_[f] = keys.size() < static_cast<std::size_t>(rows_);
    std::uint8_t* code = codes_.data() + f * static_cast<std::size_t>(rows_);
    const std::uint32_t* key = by_row.data();
    for (std::size_t at = f; at < x.size(); at += width, ++code) {
        if (std::isnan(x[at])) {
            *code = missing;
            continue;
        }
        std::size_t bin = 0;
        for (std::size_t step = 128; step > 0; step /= 2) bin += last[bin + step - 1] < *key ? step : 0;
        *code = static_cast<std::uint8_t>(bin);
        ++key;
    }
}

}  // namespace assay::models
