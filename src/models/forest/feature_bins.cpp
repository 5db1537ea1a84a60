#include "assay/models/forest/feature_bins.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

namespace assay::models {
namespace {

/// Keys that order as the floats do.
std::uint32_t key_of(float value) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

/// A value's key above the number of its row.
using KeyedRow = std::uint64_t;

float value_of(KeyedRow keyed) noexcept {
    const auto key = static_cast<std::uint32_t>(keyed >> 32);
    return std::bit_cast<float>((key & 0x80000000U) != 0 ? key & 0x7FFFFFFFU : ~key);
}

/// Sorts by value in three passes of eleven bits.
void sort_by_value(std::vector<KeyedRow>& rows) {
    std::vector<KeyedRow> other(rows.size());
    for (const int shift : {32, 43, 54}) {
        std::array<std::size_t, 2048> start{};
        for (const KeyedRow row : rows) ++start[(row >> shift) & 2047];
        std::size_t sum = 0;
        for (std::size_t& place : start) sum += std::exchange(place, sum);
        for (const KeyedRow row : rows) other[start[(row >> shift) & 2047]++] = row;
        rows.swap(other);
    }
}

/// Starts of the bins in sorted rows: every distinct value, or groups of about as many rows each.
std::vector<std::size_t> bin_starts(const std::vector<KeyedRow>& rows, std::size_t max_bins) {
    std::vector<std::size_t> distinct;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i == 0 || rows[i] >> 32 != rows[i - 1] >> 32) distinct.push_back(i);
    }
    if (distinct.size() <= max_bins) return distinct;
    std::vector<std::size_t> starts;
    std::size_t next = 0;
    while (next < distinct.size()) {
        starts.push_back(distinct[next]);
        const std::size_t bins_left = max_bins - starts.size() + 1;
        if (bins_left == 1) break;
        // What is left is shared out anew after each bin, so that one frequent value does not starve the others.
        const std::size_t goal = distinct[next] + (rows.size() - distinct[next] + bins_left - 1) / bins_left;
        const auto end =
            std::lower_bound(distinct.begin() + static_cast<std::ptrdiff_t>(next) + 1, distinct.end(), goal);
        next = static_cast<std::size_t>(end - distinct.begin());
    }
    return starts;
}

/// The bin of each row; `codes` has that of missing values in all others.
template <class Code>
void set_codes(const std::vector<KeyedRow>& rows, const std::vector<std::size_t>& starts, std::vector<Code>& codes) {
    for (std::size_t bin = 0; bin < starts.size(); ++bin) {
        const std::size_t end = bin + 1 < starts.size() ? starts[bin + 1] : rows.size();
        for (std::size_t i = starts[bin]; i < end; ++i) codes[rows[i] & 0xFFFFFFFFU] = static_cast<Code>(bin);
    }
}

}  // namespace

FeatureBins::FeatureBins(std::span<const float> x, index features, index max_bins) {
    if (features < 1 || x.empty() || x.size() % static_cast<std::size_t>(features) != 0)
        throw ShapeError("fit: expected a table with at least one row and one feature, got " +
                         std::to_string(x.size()) + " values for " + std::to_string(features) + " features");
    if (max_bins < 2 || max_bins > most_bins)
        throw ValueError("fit: expected max_bins from 2 to " + std::to_string(most_bins) + ", got " +
                         std::to_string(max_bins));
    rows_ = static_cast<index>(x.size()) / features;
    features_.resize(static_cast<std::size_t>(features));
    parallel_for(features, 1, [&](index feature, index) { cut(feature, x, max_bins); });
}

void FeatureBins::cut(index number, std::span<const float> x, index max_bins) {
    const auto f = static_cast<std::size_t>(number);
    const std::size_t width = features_.size();
    std::vector<KeyedRow> rows;
    rows.reserve(static_cast<std::size_t>(rows_));
    std::size_t row = 0;
    for (std::size_t at = f; at < x.size(); at += width, ++row) {
        const float value = x[at] + 0.0F;  // one zero
        if (std::isinf(value))
            throw ValueError(
                "fit: expected finite values or NaN, got an infinite one (or one beyond float32) in feature " +
                std::to_string(number) + ", row " + std::to_string(row));
        if (!std::isnan(value)) rows.push_back(KeyedRow{key_of(value)} << 32 | row);
    }
    sort_by_value(rows);
    const std::vector<std::size_t> starts = bin_starts(rows, static_cast<std::size_t>(max_bins));
    Feature& feature = features_[f];
    feature.low.reserve(starts.size());
    std::vector<float> high;
    for (std::size_t bin = 0; bin < starts.size(); ++bin) {
        feature.low.push_back(value_of(rows[starts[bin]]));
        high.push_back(value_of(rows[(bin + 1 < starts.size() ? starts[bin + 1] : rows.size()) - 1]));
    }
    if (high != feature.low) feature.high = std::move(high);
    feature.has_missing = rows.size() < static_cast<std::size_t>(rows_);
    if (starts.size() <= missing) {
        feature.codes.assign(static_cast<std::size_t>(rows_), missing);
        set_codes(rows, starts, feature.codes);
    } else {
        feature.wide_codes.assign(static_cast<std::size_t>(rows_), wide_missing);
        set_codes(rows, starts, feature.wide_codes);
    }
}

}  // namespace assay::models
