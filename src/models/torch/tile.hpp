#pragma once

#include <cstdint>

namespace assay::models::detail {

constexpr std::int64_t kPanel = 32;   ///< outputs side by side
constexpr std::int64_t kDepth = 384;  ///< inputs at a time, and the step from row to row of the left factor
constexpr std::int64_t kLine = 16;    ///< numbers in a line of a cache

/// `rows` rows of x times one panel, over some of the inputs.
struct Tile {
    const float* x;  ///< [rows, depth]
    std::int64_t depth;
    const float* panel;    ///< [depth, 32]
    const float* bias;     ///< [32] after the last inputs, else null
    float* y;              ///< goes on from the sums in it, but for the first inputs
    std::int64_t step;     ///< from row to row of y
    std::int64_t columns;  ///< of the panel that are outputs
    bool first;
    // What the tiles after this one read: asked for in time, it is there when they come.
    const float* next_y;      ///< the next tile's
    const float* next_panel;  ///< a part of the next panel,
    std::int64_t lines;       ///< of which so many lines go to the second-level cache for each line of inputs
};

using Kernel = void (*)(const Tile&);

/// Kernels for 1, 2, … rows at a time.
struct Kernels {
    const Kernel* by_rows = nullptr;  ///< null where the processor has none that ASSAY_SIMD allows
    std::int64_t most_rows = 0;
};

Kernels kernels();

/// Tiles of about one height over `rows` rows, from `tile` on; y of what comes then begins at `after`.
void run_tiles(const Kernels& found, Tile tile, std::int64_t rows, const float* after);

}  // namespace assay::models::detail
