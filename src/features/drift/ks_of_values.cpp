#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/features/drift/two_sample.hpp"
#include "features/drift/compare_samples.hpp"

// The largest distance of two empirical distributions without sorting them. Values are counted in cells of equal width;
// at the ends of cells the distance is known exactly, and inside a cell it can exceed that of its beginning by no more
// than the share of the values in it. Only the cells where this bound reaches the best distance known are sorted.

namespace assay::features {
namespace {

constexpr std::size_t kCells = std::size_t{1} << 15;  // two tables of 128 KiB stay in the second cache
constexpr std::size_t kFewValues = 50'000;            // together; below, sorting is as fast
constexpr std::size_t kProbes = 512;

using Values = std::span<const double>;

/// Cells of equal width where most values lie; the first and the last take what is beyond. Order is kept: of two
/// values the smaller is in no later cell.
struct Grid {
    double low;
    double scale;

    std::size_t cell_of(double value) const noexcept {
        const double at = std::clamp((value - low) * scale, 0.0, static_cast<double>(kCells - 1));
        return static_cast<std::size_t>(static_cast<std::int32_t>(at));
    }
};

bool all_finite(Values values) {
    constexpr std::uint64_t kExponent = 0x7ff0000000000000ull;
    std::uint64_t odd = 0;
    for (const double value : values) {
        odd |= static_cast<std::uint64_t>((std::bit_cast<std::uint64_t>(value) & kExponent) == kExponent);
    }
    return odd == 0;
}

/// From a few values of both; without room between them where there is nothing to be divided.
Grid grid_of(Values a, Values b) {
    std::vector<double> probes;
    for (const Values values : {a, b}) {
        for (std::size_t i = 0; i < kProbes; ++i) probes.push_back(values[i * values.size() / kProbes]);
    }
    std::sort(probes.begin(), probes.end());
    const double low = probes[4];
    const double high = probes[probes.size() - 5];
    return {low, static_cast<double>(kCells - 2) / (high - low)};
}

std::vector<std::uint32_t> counts_of(Values values, const Grid& grid) {
    std::vector<std::uint32_t> counts(kCells);
    for (const double value : values) ++counts[grid.cell_of(value)];
    return counts;
}

/// The values of a run of cells, or of all cells that are marked.
std::vector<double> gather(Values values, const Grid& grid, const std::vector<std::uint8_t>& marked, index count) {
    std::vector<double> gathered(static_cast<std::size_t>(count) + 1);
    std::size_t next = 0;
    for (const double value : values) {
        gathered[next] = value;  // overwritten where its cell is not marked
        next += marked[grid.cell_of(value)];
    }
    gathered.pop_back();
    return gathered;
}

/// A cell with its values, and how many values lie before it.
struct Cell {
    std::size_t number;
    index before_a, before_b;
    index count_a, count_b;
};

/// Cells in which the largest distance may lie. `best` is the largest at the ends of cells.
std::vector<Cell> candidates(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b, index m,
                             index n) {
    index best = 0;
    index up_to_a = 0;
    index up_to_b = 0;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
        up_to_a += a[cell];
        up_to_b += b[cell];
        best = std::max(best, std::abs(up_to_a * n - up_to_b * m));
    }
    std::vector<Cell> found;
    up_to_a = up_to_b = 0;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
        const index distance = up_to_a * n - up_to_b * m;
        const index bound = std::max(distance + a[cell] * n, b[cell] * m - distance);
        if (bound >= best && a[cell] + b[cell] > 0) found.push_back({cell, up_to_a, up_to_b, a[cell], b[cell]});
        up_to_a += a[cell];
        up_to_b += b[cell];
    }
    return found;
}

/// The walk over the sorted values of one cell.
void walk(Values a, Values b, const Cell& cell, index m, index n, detail::SampleDistance& found) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        const double value = j == b.size() || (i < a.size() && a[i] < b[j]) ? a[i] : b[j];
        while (i < a.size() && a[i] == value) ++i;
        while (j < b.size() && b[j] == value) ++j;
        const index distance =
            (cell.before_a + static_cast<index>(i)) * n - (cell.before_b + static_cast<index>(j)) * m;
        if (std::abs(distance) <= found.farthest) continue;
        found.farthest = std::abs(distance);
        found.location = value + 0.0;
        found.first_above = distance > 0;
    }
}

detail::SampleDistance farthest_apart(Values a, Values b, const Grid& grid) {
    const auto m = static_cast<index>(a.size());
    const auto n = static_cast<index>(b.size());
    const std::vector<Cell> cells = candidates(counts_of(a, grid), counts_of(b, grid), m, n);
    std::vector<std::uint8_t> marked(kCells);
    index in_a = 0;
    index in_b = 0;
    for (const Cell& cell : cells) {
        marked[cell.number] = 1;
        in_a += cell.count_a;
        in_b += cell.count_b;
    }
    std::vector<double> some_a = gather(a, grid, marked, in_a);
    std::vector<double> some_b = gather(b, grid, marked, in_b);
    std::sort(some_a.begin(), some_a.end());
    std::sort(some_b.begin(), some_b.end());
    detail::SampleDistance found;
    Values rest_a = some_a;
    Values rest_b = some_b;
    for (const Cell& cell : cells) {
        const auto of_a = static_cast<std::size_t>(cell.count_a);
        const auto of_b = static_cast<std::size_t>(cell.count_b);
        walk(rest_a.first(of_a), rest_b.first(of_b), cell, m, n, found);
        rest_a = rest_a.subspan(of_a);
        rest_b = rest_b.subspan(of_b);
    }
    return found;
}

}  // namespace

KsTest ks_test(std::span<const double> reference, std::span<const double> current, KsMethod method) {
    const auto [least, most] = std::minmax(reference.size(), current.size());
    if (least >= kProbes && least + most >= kFewValues && most < UINT32_MAX && all_finite(reference) &&
        all_finite(current)) {
        const Grid grid = grid_of(reference, current);
        if (std::isfinite(grid.scale) && grid.scale > 0) {
            return detail::ks_test_of(static_cast<index>(reference.size()), static_cast<index>(current.size()),
                                      farthest_apart(reference, current, grid), method);
        }
    }
    return ks_test(NumericSample::of(reference), NumericSample::of(current), method);
}

}  // namespace assay::features
