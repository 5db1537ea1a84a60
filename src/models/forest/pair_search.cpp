#include "models/forest/pair_search.hpp"

#include <array>
#include <bit>
#include <cmath>

namespace assay::models::detail {
namespace {

constexpr std::uint64_t one_row = PairSearch::limit << 21;

std::uint64_t packed(const CountRow& row) noexcept { return one_row + row.weight * (PairSearch::limit + row.target); }

/// Sums of the bins so far, and the best cut between two of them.
/// `limited`: a side needs more than one row of any weight.
template <bool limited>
class PairScan {
  public:
    PairScan(std::int64_t rows, PairTotals totals, const SplitLimits& limits, const Split& best)
        : rows_(rows),
          weight_(totals.weight),
          positive_(totals.positive),
          least_rows_(limits.min_rows),
          least_weight_(static_cast<std::int64_t>(std::ceil(limits.min_weight))),
          gain_(best.gain),
          unit_(best.unit) {}

    /// Rates the cut below this bin, then adds it.
    void pass(int bin, std::uint64_t cell) noexcept {
        const auto w = static_cast<std::int64_t>(sum_ >> 21 & (PairSearch::limit - 1));
        const auto s = static_cast<std::int64_t>(sum_ & (PairSearch::limit - 1));
        const std::int64_t rest = weight_ - w;
        if (!limited || allowed(w, rest)) {
            const auto d = static_cast<double>(s * weight_ - positive_ * w);
            const auto unit = static_cast<double>(w * rest);
            if (d * d * unit_ > gain_ * unit && last_ >= 0) {
                gain_ = d * d;
                unit_ = unit;
                below_ = last_;
                above_ = bin;
            }
        }
        sum_ += cell;
        last_ = bin;
        ++bins_;
    }

    /// @returns false where there was one bin only
    bool finish(std::int32_t feature, Split& best) const noexcept {
        if (above_ >= 0) {
            best = {.feature = feature,
                    .below = static_cast<std::uint16_t>(below_),
                    .above = static_cast<std::uint16_t>(above_),
                    .missing_left = false,
                    .missing_seen = false,
                    .gain = gain_,
                    .unit = unit_};
        }
        return bins_ > 1;
    }

  private:
    bool allowed(std::int64_t w, std::int64_t rest) const noexcept {
        const auto seen = static_cast<std::int64_t>(sum_ >> 42);
        return seen >= least_rows_ && rows_ - seen >= least_rows_ && w >= least_weight_ && rest >= least_weight_;
    }

    std::int64_t rows_, weight_, positive_, least_rows_, least_weight_;
    double gain_, unit_;
    std::uint64_t sum_ = 0;
    int last_ = -1, below_ = -1, above_ = -1, bins_ = 0;
};

/// Takes the cells of the marked bins, in order.
template <class Scan>
void pass_marked(std::uint64_t* cells, const std::array<std::uint64_t, 4>& marked, Scan& scan) {
    for (int word = 0; word < 4; ++word) {
        for (std::uint64_t left = marked[static_cast<std::size_t>(word)]; left != 0; left &= left - 1) {
            const int bin = word * 64 + std::countr_zero(left);
            scan.pass(bin, cells[bin]);
            cells[bin] = 0;
        }
    }
}

}  // namespace

template <bool limited, class Code>
bool PairSearch::search_bins(std::span<const CountRow> rows, std::span<const Code> codes, index bins, PairTotals totals,
                             const SplitLimits& limits, std::int32_t feature, Split& best) {
    const Code* const code = codes.data();
    std::uint64_t* const cells = cells_.data();
    PairScan<limited> scan(static_cast<std::int64_t>(rows.size()), totals, limits, best);
    if (sizeof(Code) > 1 || rows.size() >= 2 * static_cast<std::size_t>(bins)) {
        for (const CountRow& row : rows) cells[code[row.row]] += packed(row);
        for (int bin = 0; bin < static_cast<int>(bins); ++bin) {
            if (cells[bin] == 0) continue;
            scan.pass(bin, cells[bin]);
            cells[bin] = 0;
        }
        return scan.finish(feature, best);
    }
    std::array<std::uint64_t, 4> marked{};
    for (const CountRow& row : rows) {
        const std::size_t bin = code[row.row];
        marked[bin >> 6] |= std::uint64_t{1} << (bin & 63);
        cells[bin] += packed(row);
    }
    pass_marked(cells, marked, scan);
    return scan.finish(feature, best);
}

template <class Code>
bool PairSearch::search(std::span<const CountRow> rows, std::span<const Code> codes, index bins, PairTotals totals,
                        const SplitLimits& limits, std::int32_t feature, Split& best) {
    if (cells_.size() < static_cast<std::size_t>(bins)) cells_.resize(static_cast<std::size_t>(bins));
    const bool limited = limits.min_rows > 1 || limits.min_weight > 0;
    return limited ? search_bins<true>(rows, codes, bins, totals, limits, feature, best)
                   : search_bins<false>(rows, codes, bins, totals, limits, feature, best);
}

template bool PairSearch::search(std::span<const CountRow>, std::span<const std::uint8_t>, index, PairTotals,
                                 const SplitLimits&, std::int32_t, Split&);
template bool PairSearch::search(std::span<const CountRow>, std::span<const std::uint16_t>, index, PairTotals,
                                 const SplitLimits&, std::int32_t, Split&);

}  // namespace assay::models::detail
