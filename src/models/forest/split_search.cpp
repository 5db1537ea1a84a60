#include "models/forest/split_search.hpp"

#include "models/forest/split_sides.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

namespace assay::models::detail {
namespace {

/// From this many rows on, all bins are looked through rather than those marked as seen.
constexpr std::size_t dense_rows = 512;

void put(Split& best, const PresentBins& present, index at, std::int32_t feature, bool missing_left, double gain,
         double unit) noexcept {
    best.feature = feature;
    best.below = present.bin[static_cast<std::size_t>(at)];
    best.above = at + 1 < present.count ? present.bin[static_cast<std::size_t>(at) + 1] : Split::none;
    best.missing_left = missing_left;
    best.missing_seen = present.missing_rows > 0;
    best.gain = gain;
    best.unit = unit;
}

/// @param start  makes the sides of a cut before all bins
template <class Start>
void search_cuts(const Start& start, const PresentBins& present, std::uint32_t rows, const SplitLimits& limits,
                 std::int32_t feature, Split& best) {
    const auto width = static_cast<std::size_t>(present.width);
    double gain = 0, unit = 1;
    for (int side = 0; side < (present.missing_rows > 0 ? 2 : 1); ++side) {
        const bool missing_left = side == 1;
        std::uint32_t left_rows = missing_left ? present.missing_rows : 0;
        auto sides = start();
        if (missing_left) sides.move(present.missing_sums.data());
        const index end = present.missing_rows > 0 && !missing_left ? present.count : present.count - 1;
        for (index at = 0; at < end; ++at) {
            const auto j = static_cast<std::size_t>(at);
            sides.move(present.sums.data() + j * width);
            left_rows += present.rows[j];
            if (left_rows < limits.min_rows || rows - left_rows < limits.min_rows || !sides.rate(gain, unit)) continue;
            if (best.feature < 0 || best.beaten_by(gain, unit))
                put(best, present, at, feature, missing_left, gain, unit);
        }
    }
}

}  // namespace

void Logarithms::reach(std::size_t greatest) {
    constexpr std::size_t most = 1 << 16;  // half a megabyte
    for (std::size_t i = table_.size(); i <= std::min(greatest, most); ++i)
        table_.push_back(computed(static_cast<double>(i)));
}

double Logarithms::computed(double x) noexcept { return x > 0 ? x * std::log(x) : 0; }

template <class Row>
BinSums<Row>::BinSums(index classes)
    : width_(std::is_same_v<Row, ValueRow> ? 1 : static_cast<std::size_t>(classes)), cells_(256 * width_) {}

/// Appends the sums of a bin and clears its cells.
template <class Row>
void BinSums<Row>::take(std::size_t bin, PresentBins& present) {
    Cell* const cell = cells_.data() + bin * width_;
    const auto width = static_cast<std::size_t>(present.width);
    const bool is_missing = bin == FeatureBins::missing;
    double* const sums = is_missing ? present.missing_sums.data()
                                    : present.sums.data() + static_cast<std::size_t>(present.count) * width;
    std::uint32_t rows = 0;
    if constexpr (std::is_same_v<Row, ValueRow>) {
        rows = cell->count;
        sums[0] = cell->sum;
        sums[1] = cell->moment;
        *cell = {};
    } else {
        for (std::size_t k = 0; k < width_; ++k) {
            rows += cell[k].rows();
            sums[k] = cell[k].weight();
            cell[k] = {};
        }
    }
    if (rows == 0) return;
    if (is_missing) {
        present.missing_rows = rows;
        return;
    }
    const auto at = static_cast<std::size_t>(present.count++);
    present.bin[at] = static_cast<std::uint8_t>(bin);
    present.rows[at] = rows;
}

template <class Row>
bool BinSums<Row>::collect(std::span<const Row> rows, std::span<const std::uint8_t> codes, index bins,
                           PresentBins& present) {
    const std::uint8_t* const code = codes.data();
    const std::uint8_t first = code[rows[0].row];
    std::size_t same = 1;
    while (same < rows.size() && code[rows[same].row] == first) ++same;
    if (same == rows.size()) return false;

    const auto cell_of = [&](const Row& row, std::size_t bin) -> Cell& {
        if constexpr (std::is_same_v<Row, ValueRow>) {
            return cells_[bin];
        } else {
            return cells_[bin * width_ + row.target];
        }
    };
    present.count = 0;
    present.missing_rows = 0;
    if (rows.size() >= dense_rows) {
        for (const Row& row : rows) cell_of(row, code[row.row]).add(row);
        for (std::size_t bin = 0; bin < static_cast<std::size_t>(bins); ++bin) take(bin, present);
        take(FeatureBins::missing, present);
        return true;
    }
    std::array<std::uint64_t, 4> seen{};
    for (const Row& row : rows) {
        const std::size_t bin = code[row.row];
        seen[bin >> 6] |= std::uint64_t{1} << (bin & 63);
        cell_of(row, bin).add(row);
    }
    for (std::size_t word = 0; word < seen.size(); ++word) {
        for (std::uint64_t left = seen[word]; left != 0; left &= left - 1)
            take(word * 64 + static_cast<std::size_t>(std::countr_zero(left)), present);
    }
    return true;
}

template class BinSums<CountRow>;
template class BinSums<WeightRow>;
template class BinSums<ValueRow>;

void search_moments(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best) {
    search_cuts([&] { return MomentSides(total, limits); }, present, rows, limits, feature, best);
}

void search_classes(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best) {
    const std::size_t width = total.size();
    const std::span<double> left(present.sides.data(), width), right(present.sides.data() + width, width);
    if (limits.criterion == SplitCriterion::entropy) {
        search_cuts([&] { return TwoSides<true>(left, right, total, limits); }, present, rows, limits, feature, best);
    } else {
        search_cuts([&] { return TwoSides<false>(left, right, total, limits); }, present, rows, limits, feature, best);
    }
}

}  // namespace assay::models::detail
