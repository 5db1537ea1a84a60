#include "models/forest/split_search.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

namespace assay::models::detail {
namespace {

/// From this many rows on, all bins are looked through rather than those marked as seen.
constexpr std::size_t dense_rows = 512;

/// The purity of both sides of a cut that moves through the bins: Σ w²/W for Gini, Σ w log w - W log W for entropy.
template <bool entropy>
class TwoSides {
  public:
    TwoSides(std::span<double> left, std::span<double> right, std::span<const double> total, const SplitLimits& limits)
        : left_(left), right_(right), limits_(limits) {
        for (std::size_t k = 0; k < total.size(); ++k) {
            left_[k] = 0;
            right_[k] = total[k] * limits.class_weight[k];
            all_ += right_[k];
            of_right_ += term(right_[k]);
        }
    }

    /// Moves sums of the classes from right to left.
    void move(const double* sums) noexcept {
        double left_change = 0, right_change = 0, weight = 0;
        for (std::size_t k = 0; k < left_.size(); ++k) {
            if (entropy && sums[k] == 0) continue;  // squares are quicker than a branch
            const double w = sums[k] * limits_.class_weight[k];
            // Sums that are no whole numbers may be left a rounding below zero, which has no logarithm.
            const double rest = entropy ? std::max(0.0, right_[k] - w) : right_[k] - w;
            left_change += term(left_[k] + w) - term(left_[k]);
            right_change += term(rest) - term(right_[k]);
            weight += w;
            left_[k] += w;
            right_[k] = rest;
        }
        of_left_ += left_change;
        of_right_ += right_change;
        weight_ += weight;
    }

    [[nodiscard]] bool allowed() const noexcept {
        return weight_ > 0 && all_ - weight_ > 0 && weight_ >= limits_.min_weight &&
               all_ - weight_ >= limits_.min_weight;
    }
    [[nodiscard]] double purity() const noexcept {
        const double rest = all_ - weight_;
        return entropy ? of_left_ - term(weight_) + of_right_ - term(rest) : of_left_ / weight_ + of_right_ / rest;
    }

  private:
    double term(double w) const noexcept { return entropy ? limits_.logarithms->of(w) : w * w; }

    std::span<double> left_, right_;
    const SplitLimits& limits_;
    double all_ = 0, weight_ = 0, of_left_ = 0, of_right_ = 0;
};

void put(Split& best, const PresentBins& present, index at, std::int32_t feature, bool missing_left, double gain,
         double unit) noexcept {
    best.feature = feature;
    best.below = present.bin[static_cast<std::size_t>(at)];
    best.above = at + 1 < present.count ? present.bin[static_cast<std::size_t>(at) + 1] : FeatureBins::missing;
    best.missing_left = missing_left;
    best.missing_seen = present.missing_rows > 0;
    best.gain = gain;
    best.unit = unit;
}

template <bool entropy>
void search_sides(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                  std::int32_t feature, Split& best) {
    const std::size_t width = total.size();
    const std::span<double> left(present.sides.data(), width), right(present.sides.data() + width, width);
    for (int side = 0; side < (present.missing_rows > 0 ? 2 : 1); ++side) {
        const bool missing_left = side == 1;
        std::uint32_t left_rows = missing_left ? present.missing_rows : 0;
        TwoSides<entropy> sides(left, right, total, limits);
        if (missing_left) sides.move(present.missing_sums.data());
        const index end = present.missing_rows > 0 && !missing_left ? present.count : present.count - 1;
        for (index at = 0; at < end; ++at) {
            const auto j = static_cast<std::size_t>(at);
            sides.move(present.sums.data() + j * width);
            left_rows += present.rows[j];
            if (left_rows < limits.min_rows || rows - left_rows < limits.min_rows || !sides.allowed()) continue;
            const double gain = sides.purity();
            if (best.feature < 0 || best.beaten_by(gain, 1)) put(best, present, at, feature, missing_left, gain, 1);
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

// Two classes under Gini are a regression on 0 and 1: with left weight w and left moment s of totals W and S, the
// impurity falls by (s W - S w)² / (w (W - w)) up to a factor of the node.
void search_moments(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best) {
    const bool classes = limits.criterion != SplitCriterion::squared_error;
    const double c0 = classes ? limits.class_weight[0] : 0, c1 = classes ? limits.class_weight[1] : 0;
    const double all = classes ? total[0] * c0 + total[1] * c1 : total[0];
    const double moment = classes ? total[1] * c1 : total[1];
    for (int side = 0; side < (present.missing_rows > 0 ? 2 : 1); ++side) {
        const bool missing_left = side == 1;
        double first = missing_left ? present.missing_sums[0] : 0;
        double second = missing_left ? present.missing_sums[1] : 0;
        std::uint32_t left = missing_left ? present.missing_rows : 0;
        const index end = present.missing_rows > 0 && !missing_left ? present.count : present.count - 1;
        for (index at = 0; at < end; ++at) {
            const auto j = static_cast<std::size_t>(at);
            first += present.sums[2 * j];
            second += present.sums[2 * j + 1];
            left += present.rows[j];
            if (left < limits.min_rows || rows - left < limits.min_rows) continue;
            const double s = classes ? second * c1 : second;
            const double w = classes ? first * c0 + s : first;
            if (w < limits.min_weight || all - w < limits.min_weight) continue;
            const double d = s * all - moment * w;
            const double unit = w * (all - w);
            if (best.beaten_by(d * d, unit) && unit > 0) put(best, present, at, feature, missing_left, d * d, unit);
        }
    }
}

void search_classes(PresentBins& present, std::span<const double> total, std::uint32_t rows, const SplitLimits& limits,
                    std::int32_t feature, Split& best) {
    const auto search = limits.criterion == SplitCriterion::entropy ? &search_sides<true> : &search_sides<false>;
    search(present, total, rows, limits, feature, best);
}

}  // namespace assay::models::detail
