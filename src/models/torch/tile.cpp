#include "models/torch/tile.hpp"

#include <algorithm>
#include <iterator>

#include "assay/base/simd.hpp"

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace assay::models::detail {
namespace {

#if defined(__x86_64__)

/// At the line of inputs that begins at `start`: asks for its share of what later tiles read, and returns where the
/// inputs begin that are two lines ahead, of these rows or of those below them.
template <int rows>
inline const float* fetch(const Tile& tile, std::int64_t start) {
    const std::int64_t line = start / kLine, soon = start + 2 * kLine;
    const float* panel = tile.next_panel + line * tile.lines * kLine;
    for (std::int64_t i = 0; i < tile.lines; ++i) _mm_prefetch(panel + i * kLine, _MM_HINT_T1);
    if (line < rows) {
        _mm_prefetch(tile.next_y + line * tile.step, _MM_HINT_T0);
        _mm_prefetch(tile.next_y + line * tile.step + kLine, _MM_HINT_T0);
    }
    return soon < tile.depth ? tile.x + soon : tile.x + rows * kDepth + (soon - tile.depth);
}

template <int rows>
__attribute__((target("avx512f"))) void tile_avx512(const Tile& tile) {
    const auto mask_of = [](std::int64_t n) {
        return static_cast<__mmask16>((1U << std::clamp<std::int64_t>(n, 0, 16)) - 1);
    };
    const __mmask16 mask[2] = {mask_of(tile.columns), mask_of(tile.columns - 16)};
    __m512 sums[rows][2];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < 2; ++c) {
            sums[r][c] =
                tile.first ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask[c], tile.y + r * tile.step + 16 * c);
        }
    }
    const float *panel = tile.panel, *x = tile.x;
    for (std::int64_t start = 0; start < tile.depth; start += kLine) {
        const float* next_x = fetch<rows>(tile, start);
        const float* end = x + std::min(kLine, tile.depth - start);
        for (; x < end; panel += kPanel, ++x, next_x += kDepth) {
            _mm_prefetch(next_x, _MM_HINT_T0);
            _mm_prefetch(panel + 8 * kPanel, _MM_HINT_T0);
            _mm_prefetch(panel + 8 * kPanel + kLine, _MM_HINT_T0);
            const __m512 left = _mm512_load_ps(panel), right = _mm512_load_ps(panel + 16);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const __m512 value = _mm512_set1_ps(x[r * kDepth]);
                sums[r][0] = _mm512_fmadd_ps(value, left, sums[r][0]);
                sums[r][1] = _mm512_fmadd_ps(value, right, sums[r][1]);
            }
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < 2; ++c) {
            if (tile.bias != nullptr) sums[r][c] = _mm512_add_ps(sums[r][c], _mm512_load_ps(tile.bias + 16 * c));
            _mm512_mask_storeu_ps(tile.y + r * tile.step + 16 * c, mask[c], sums[r][c]);
        }
    }
}

template <int rows>
__attribute__((target("avx2,fma"))) void tile_avx2(const Tile& tile) {
    alignas(32) static constexpr std::int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    for (std::int64_t start = 0; start < tile.columns; start += 16) {
        __m256i mask[2];
        for (int c = 0; c < 2; ++c) {
            const std::int64_t columns = std::clamp<std::int64_t>(tile.columns - start - 8 * c, 0, 8);
            mask[c] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask + 8 - columns));
        }
        __m256 sums[rows][2];
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            for (int c = 0; c < 2; ++c) {
                sums[r][c] = tile.first ? _mm256_setzero_ps()
                                        : _mm256_maskload_ps(tile.y + r * tile.step + start + 8 * c, mask[c]);
            }
        }
        const float* panel = tile.panel + start;
        const float* x = tile.x;
        for (std::int64_t k = 0; k < tile.depth; ++k, panel += kPanel, ++x) {
            const __m256 left = _mm256_load_ps(panel), right = _mm256_load_ps(panel + 8);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const __m256 value = _mm256_set1_ps(x[r * kDepth]);
                sums[r][0] = _mm256_fmadd_ps(value, left, sums[r][0]);
                sums[r][1] = _mm256_fmadd_ps(value, right, sums[r][1]);
            }
        }
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            for (int c = 0; c < 2; ++c) {
                if (tile.bias != nullptr) {
                    sums[r][c] = _mm256_add_ps(sums[r][c], _mm256_load_ps(tile.bias + start + 8 * c));
                }
                _mm256_maskstore_ps(tile.y + r * tile.step + start + 8 * c, mask[c], sums[r][c]);
            }
        }
    }
}

constexpr Kernel kAvx512[] = {tile_avx512<1>,  tile_avx512<2>,  tile_avx512<3>,  tile_avx512<4>, tile_avx512<5>,
                              tile_avx512<6>,  tile_avx512<7>,  tile_avx512<8>,  tile_avx512<9>, tile_avx512<10>,
                              tile_avx512<11>, tile_avx512<12>, tile_avx512<13>, tile_avx512<14>};
constexpr Kernel kAvx2[] = {tile_avx2<1>, tile_avx2<2>, tile_avx2<3>, tile_avx2<4>, tile_avx2<5>, tile_avx2<6>};

#endif

}  // namespace

Kernels kernels() {
#if defined(__x86_64__)
    const Simd widest = widest_simd();
    if (widest >= Simd::avx512 && __builtin_cpu_supports("avx512f")) return {kAvx512, std::ssize(kAvx512)};
    if (widest >= Simd::avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {kAvx2, std::ssize(kAvx2)};
#endif
    return {};
}

void run_tiles(const Kernels& found, Tile tile, std::int64_t rows, const float* after) {
    const std::int64_t tiles = (rows + found.most_rows - 1) / found.most_rows;
    for (std::int64_t t = 0; t < tiles; ++t) {
        const std::int64_t count = (t + 1) * rows / tiles - t * rows / tiles;
        tile.next_y = t + 1 < tiles ? tile.y + count * tile.step : after;
        found.by_rows[count - 1](tile);
        tile.x += count * kDepth;
        tile.y += count * tile.step;
        tile.next_panel += (tile.depth + kLine - 1) / kLine * tile.lines * kLine;
    }
}

}  // namespace assay::models::detail
