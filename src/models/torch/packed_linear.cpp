#include "models/torch/packed_linear.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined lanes of its own intrinsics for a mistake (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#endif

namespace assay::models::detail {
namespace {

constexpr std::int64_t kPanel = 32;  ///< outputs side by side
constexpr std::int64_t kChunk = 96;  ///< rows that stay in the second-level cache while the weights pass by

/// `rows` rows of x times one panel.
struct Tile {
    const float* x;
    std::int64_t in;     ///< also the step from row to row of x
    const float* panel;  ///< [in, 32]
    const float* bias;   ///< [32]
    float* y;
    std::int64_t step;     ///< from row to row of y
    std::int64_t columns;  ///< of the panel that are outputs
};

using Kernel = void (*)(const Tile&);

void store(const Tile& tile, int row, const float* values) {
    std::memcpy(tile.y + row * tile.step, values, static_cast<std::size_t>(tile.columns) * sizeof(float));
}

#if defined(__x86_64__)

template <int rows>
__attribute__((target("avx512f"))) void tile_avx512(const Tile& tile) {
    __m512 sums[rows][2];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) sums[r][0] = sums[r][1] = _mm512_setzero_ps();
    const float* panel = tile.panel;
    for (std::int64_t k = 0; k < tile.in; ++k, panel += kPanel) {
        const __m512 left = _mm512_loadu_ps(panel), right = _mm512_loadu_ps(panel + 16);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const __m512 value = _mm512_set1_ps(tile.x[r * tile.in + k]);
            sums[r][0] = _mm512_fmadd_ps(value, left, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(value, right, sums[r][1]);
        }
    }
    alignas(64) float values[kPanel];
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
        const __m512 left = _mm512_add_ps(sums[r][0], _mm512_loadu_ps(tile.bias));
        const __m512 right = _mm512_add_ps(sums[r][1], _mm512_loadu_ps(tile.bias + 16));
        _mm512_store_ps(values, left);
        _mm512_store_ps(values + 16, right);
        store(tile, r, values);
    }
}

template <int rows>
__attribute__((target("avx2,fma"))) void tile_avx2(const Tile& tile) {
    for (int half = 0; half < 2; ++half) {
        __m256 sums[rows][2];
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_ps();
        const float* panel = tile.panel + 16 * half;
        for (std::int64_t k = 0; k < tile.in; ++k, panel += kPanel) {
            const __m256 left = _mm256_loadu_ps(panel), right = _mm256_loadu_ps(panel + 8);
#pragma GCC unroll 16
            for (int r = 0; r < rows; ++r) {
                const __m256 value = _mm256_set1_ps(tile.x[r * tile.in + k]);
                sums[r][0] = _mm256_fmadd_ps(value, left, sums[r][0]);
                sums[r][1] = _mm256_fmadd_ps(value, right, sums[r][1]);
            }
        }
        const std::int64_t columns = std::clamp<std::int64_t>(tile.columns - 16 * half, 0, 16);
        alignas(32) float values[16];
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            _mm256_store_ps(values, _mm256_add_ps(sums[r][0], _mm256_loadu_ps(tile.bias + 16 * half)));
            _mm256_store_ps(values + 8, _mm256_add_ps(sums[r][1], _mm256_loadu_ps(tile.bias + 16 * half + 8)));
            std::memcpy(tile.y + r * tile.step + 16 * half, values, static_cast<std::size_t>(columns) * sizeof(float));
        }
    }
}

constexpr Kernel kAvx512[] = {tile_avx512<1>, tile_avx512<2>, tile_avx512<3>,  tile_avx512<4>,
                              tile_avx512<5>, tile_avx512<6>, tile_avx512<7>,  tile_avx512<8>,
                              tile_avx512<9>, tile_avx512<10>, tile_avx512<11>, tile_avx512<12>};
constexpr Kernel kAvx2[] = {tile_avx2<1>, tile_avx2<2>, tile_avx2<3>, tile_avx2<4>, tile_avx2<5>, tile_avx2<6>};

#endif

/// Kernels for 1, 2, … rows at a time.
struct Kernels {
    const Kernel* by_rows = nullptr;
    std::int64_t most_rows = 0;
};

Kernels kernels() noexcept {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return {kAvx512, std::ssize(kAvx512)};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {kAvx2, std::ssize(kAvx2)};
#endif
    return {};
}

}  // namespace

bool PackedLinear::available() noexcept { return kernels().by_rows != nullptr; }

PackedLinear::PackedLinear(const float* weight, const float* bias, std::int64_t out, std::int64_t in)
    : out_(out), in_(in) {
    const std::int64_t panels = (out + kPanel - 1) / kPanel;
    panels_.assign(static_cast<std::size_t>(panels * in * kPanel), 0.0F);
    bias_.assign(static_cast<std::size_t>(panels * kPanel), 0.0F);
    if (bias != nullptr) std::copy_n(bias, out, bias_.begin());
    at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t columns = std::min(kPanel, out - p * kPanel);
            float* panel = panels_.data() + p * in * kPanel;
            for (std::int64_t k = 0; k < in; ++k) {
                for (std::int64_t c = 0; c < columns; ++c) panel[k * kPanel + c] = weight[(p * kPanel + c) * in + k];
            }
        }
    });
}

void PackedLinear::operator()(const float* x, std::int64_t rows, float* y) const {
    const Kernels found = kernels();
    const std::int64_t panels = (out_ + kPanel - 1) / kPanel, chunks = (rows + kChunk - 1) / kChunk;
    at::parallel_for(0, chunks * panels, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t item = begin; item < end; ++item) {
            const std::int64_t chunk = item / panels, p = item % panels;
            const std::int64_t last = std::min(rows, (chunk + 1) * kChunk);
            Tile tile{nullptr, in_, panels_.data() + p * in_ * kPanel, bias_.data() + p * kPanel, nullptr, out_,
                      std::min(kPanel, out_ - p * kPanel)};
            for (std::int64_t row = chunk * kChunk; row < last;) {
                const std::int64_t count = std::min(found.most_rows, last - row);
                tile.x = x + row * in_;
                tile.y = y + row * out_ + p * kPanel;
                found.by_rows[count - 1](tile);
                row += count;
            }
        }
    });
}

}  // namespace assay::models::detail
