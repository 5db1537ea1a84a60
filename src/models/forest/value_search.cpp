#include "models/forest/value_search.hpp"

#include "models/forest/split_sides.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace assay::models::detail {
namespace {

std::uint16_t code_of(std::uint64_t key) noexcept { return static_cast<std::uint16_t>(key >> 32); }

/// The lower half of a key: class and weight where they fit, or the row's place in the node.
template <class Row>
std::uint32_t load_of(const Row& row, std::size_t place) noexcept {
    if constexpr (std::is_same_v<Row, CountRow>) {
        return static_cast<std::uint32_t>(row.weight) << 16 | row.target;
    } else {
        return static_cast<std::uint32_t>(place);
    }
}

/// Moves the row of a key from right to left.
template <class Row, class Sides>
void move_key(Sides& sides, std::uint64_t key, std::span<const Row> rows) noexcept {
    if constexpr (std::is_same_v<Row, CountRow>) {
        sides.move_row(key & 0xFFFFU, static_cast<double>(static_cast<std::uint16_t>(key >> 16)));
    } else {
        const Row& row = rows[key & 0xFFFFFFFFU];
        if constexpr (std::is_same_v<Row, ValueRow>) {
            const double sums[2] = {row.weight, row.weight * row.target};
            sides.move(sums);
        } else {
            sides.move_row(row.target, row.weight);
        }
    }
}

}  // namespace

/// @returns false where all codes are the same
template <class Row>
bool ValueSearch<Row>::sort(std::span<const Row> rows, std::span<const std::uint16_t> codes) {
    const std::uint16_t* const code = codes.data();
    std::uint64_t* const keys = key_sort_.room(rows.size());
    std::uint32_t low = 65535, high = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint32_t found = code[rows[i].row];
        low = std::min(low, found);
        high = std::max(high, found);
        keys[i] = std::uint64_t{found} << 32 | load_of(rows[i], i);
    }
    if (low == high) return false;
    keys_ = key_sort_.sort(rows.size(), low, high);
    return true;
}

/// @param start  makes the sides of a cut before all values
template <class Row>
template <class Start>
void ValueSearch<Row>::search_cuts(const Start& start, std::span<const Row> rows, const SplitLimits& limits,
                                   std::int32_t feature, Split& best) const {
    const std::size_t all = keys_.size();
    std::size_t present = all;
    while (present > 0 && code_of(keys_[present - 1]) == FeatureBins::wide_missing) --present;
    const std::size_t missing = all - present;
    double gain = 0, unit = 1;
    for (int side = 0; side < (missing > 0 ? 2 : 1); ++side) {
        const bool missing_left = side == 1;
        auto sides = start();
        for (std::size_t i = present; missing_left && i < all; ++i) move_key(sides, keys_[i], rows);
        const std::size_t before = missing_left ? missing : 0;  // rows on the left before the first value
        // Between the last value and what is missing there may be a cut, too.
        const std::size_t end = missing > 0 && !missing_left ? present : present - 1;
        for (std::size_t i = 0; i < end; ++i) {
            move_key(sides, keys_[i], rows);
            const bool is_last = i + 1 == present;
            const std::uint16_t above = is_last ? Split::none : code_of(keys_[i + 1]);
            if (above == code_of(keys_[i])) continue;
            const std::size_t left = before + i + 1;
            if (left < limits.min_rows || all - left < limits.min_rows || !sides.rate(gain, unit)) continue;
            if (best.feature >= 0 && !best.beaten_by(gain, unit)) continue;
            best = {.feature = feature,
                    .below = code_of(keys_[i]),
                    .above = above,
                    .missing_left = missing_left,
                    .missing_seen = missing > 0,
                    .gain = gain,
                    .unit = unit};
        }
    }
}

template <class Row>
bool ValueSearch<Row>::search(std::span<const Row> rows, std::span<const std::uint16_t> codes,
                              std::span<const double> total, bool moments, const SplitLimits& limits,
                              std::int32_t feature, Split& best) {
    if (!sort(rows, codes)) return false;
    const auto with = [&](const auto& start) { search_cuts(start, rows, limits, feature, best); };
    const std::span<double> left(sides_.data(), total.size()), right(sides_.data() + total.size(), total.size());
    if (moments) {
        with([&] { return MomentSides(total, limits); });
    } else if constexpr (!std::is_same_v<Row, ValueRow>) {
        if (limits.criterion == SplitCriterion::entropy) {
            with([&] { return TwoSides<true>(left, right, total, limits); });
        } else {
            with([&] { return TwoSides<false>(left, right, total, limits); });
        }
    }
    return true;
}

template <class Row>
template <bool limited>
void ValueSearch<Row>::search_pair_cuts(PairTotals totals, const SplitLimits& limits, std::int32_t feature,
                                        Split& best) const {
    const std::size_t rows = keys_.size(), least = limited ? limits.min_rows : 1;
    const auto least_weight = static_cast<std::int64_t>(std::ceil(limits.min_weight));
    std::int64_t w = 0, s = 0;
    double gain = best.gain, unit = best.unit;
    std::size_t found = 0;
    for (std::size_t i = 0; i + 1 < rows; ++i) {
        const std::uint64_t key = keys_[i];
        const auto weight = static_cast<std::int64_t>(key >> 16 & 0xFFFFU);
        w += weight;
        s += weight & -static_cast<std::int64_t>(key & 1U);
        const std::int64_t rest = totals.weight - w;
        const auto d = static_cast<double>(s * totals.weight - totals.positive * w);
        const auto of = static_cast<double>(w * rest);
        if (!(d * d * unit > gain * of)) continue;
        if (code_of(keys_[i + 1]) == code_of(key)) continue;
        if (limited && (i + 1 < least || rows - i - 1 < least || w < least_weight || rest < least_weight)) continue;
        gain = d * d;
        unit = of;
        found = i + 1;
    }
    if (found == 0) return;
    best = {.feature = feature,
            .below = code_of(keys_[found - 1]),
            .above = code_of(keys_[found]),
            .missing_left = false,
            .missing_seen = false,
            .gain = gain,
            .unit = unit};
}

template <class Row>
bool ValueSearch<Row>::search_pairs(std::span<const Row> rows, std::span<const std::uint16_t> codes, PairTotals totals,
                                    const SplitLimits& limits, std::int32_t feature, Split& best) {
    if (!sort(rows, codes)) return false;
    if (limits.min_rows > 1 || limits.min_weight > 0) {
        search_pair_cuts<true>(totals, limits, feature, best);
    } else {
        search_pair_cuts<false>(totals, limits, feature, best);
    }
    return true;
}

template class ValueSearch<CountRow>;
template class ValueSearch<WeightRow>;
template class ValueSearch<ValueRow>;

}  // namespace assay::models::detail
