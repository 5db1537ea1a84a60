#include "models/torch/packed_linear.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "assay/base/simd.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

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
constexpr std::int64_t kChunk =
    240;  ///< at most so many rows, that stay in the second-level cache while panels pass by
constexpr std::int64_t kDepth = 384;      ///< inputs at a time
constexpr std::int64_t kSmall = 1 << 19;  ///< multiply-adds that are not worth a second thread

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
};

using Kernel = void (*)(const Tile&);

#if defined(__x86_64__)

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
    const float* panel = tile.panel;
    const float* x = tile.x;
    for (std::int64_t k = 0; k < tile.depth; ++k, panel += kPanel, ++x) {
        const __m512 left = _mm512_load_ps(panel), right = _mm512_load_ps(panel + 16);
#pragma GCC unroll 16
        for (int r = 0; r < rows; ++r) {
            const __m512 value = _mm512_set1_ps(x[r * kDepth]);
            sums[r][0] = _mm512_fmadd_ps(value, left, sums[r][0]);
            sums[r][1] = _mm512_fmadd_ps(value, right, sums[r][1]);
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

constexpr Kernel kAvx512[] = {tile_avx512<1>, tile_avx512<2>,  tile_avx512<3>,  tile_avx512<4>,
                              tile_avx512<5>, tile_avx512<6>,  tile_avx512<7>,  tile_avx512<8>,
                              tile_avx512<9>, tile_avx512<10>, tile_avx512<11>, tile_avx512<12>};
constexpr Kernel kAvx2[] = {tile_avx2<1>, tile_avx2<2>, tile_avx2<3>, tile_avx2<4>, tile_avx2<5>, tile_avx2<6>};

#endif

/// Kernels for 1, 2, … rows at a time.
struct Kernels {
    const Kernel* by_rows = nullptr;
    std::int64_t most_rows = 0;
};

Kernels kernels() {
#if defined(__x86_64__)
    const Simd widest = widest_simd();
    if (widest >= Simd::avx512 && __builtin_cpu_supports("avx512f")) return {kAvx512, std::ssize(kAvx512)};
    if (widest >= Simd::avx2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {kAvx2, std::ssize(kAvx2)};
#endif
    return {};
}

}  // namespace

bool PackedLinear::available() { return kernels().by_rows != nullptr; }

PackedLinear::Floats PackedLinear::floats(std::int64_t count) {
    constexpr std::size_t kPage = std::size_t{1} << 21;
    const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(float);
    const std::size_t alignment = bytes < kPage ? 64 : kPage;
    auto* values = static_cast<float*>(std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment));
    if (values == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    // A layer's weights on pages of 4 KB are more than the processor keeps addresses of.
    if (alignment == kPage) madvise(values, bytes, MADV_HUGEPAGE);
#endif
    return Floats(values);
}

void PackedLinear::Free::operator()(float* values) const noexcept { std::free(values); }

PackedLinear::PackedLinear(const float* weight, const float* bias, std::int64_t out, std::int64_t in)
    : out_(out), in_(in) {
    const std::int64_t panels = (out + kPanel - 1) / kPanel;
    panels_ = floats(panels * in * kPanel);
    bias_ = floats(panels * kPanel);
    std::fill_n(bias_.get(), panels * kPanel, 0.0F);
    if (bias != nullptr) std::copy_n(bias, out, bias_.get());
    at::parallel_for(0, panels, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t p = begin; p < end; ++p) {
            const std::int64_t columns = std::min(kPanel, out - p * kPanel);
            float* panel = panels_.get() + p * in * kPanel;
            if (columns < kPanel) std::fill_n(panel, in * kPanel, 0.0F);
            for (std::int64_t k = 0; k < in; k += 16) {  // a cache line of each output's weights
                const std::int64_t last = std::min(in, k + 16);
                for (std::int64_t c = 0; c < columns; ++c) {
                    const float* from = weight + (p * kPanel + c) * in;
                    for (std::int64_t i = k; i < last; ++i) panel[i * kPanel + c] = from[i];
                }
            }
        }
    });
}

void PackedLinear::chunk(const float* x, std::int64_t rows, float* y, std::int64_t first, std::int64_t last) const {
    const Kernels found = kernels();
    alignas(64) static thread_local float packed[kChunk * kDepth];
    for (std::int64_t k = 0; k < in_; k += kDepth) {
        const std::int64_t depth = std::min(kDepth, in_ - k);
        for (std::int64_t row = 0; row < rows; ++row) {
            std::memcpy(packed + row * kDepth, x + row * in_ + k, static_cast<std::size_t>(depth) * sizeof(float));
        }
        for (std::int64_t p = first; p < last; ++p) {
            Tile tile{nullptr,
                      depth,
                      panels_.get() + (p * in_ + k) * kPanel,
                      k + depth == in_ ? bias_.get() + p * kPanel : nullptr,
                      nullptr,
                      out_,
                      std::min(kPanel, out_ - p * kPanel),
                      k == 0};
            for (std::int64_t row = 0; row < rows;) {
                const std::int64_t count = std::min(found.most_rows, rows - row);
                tile.x = packed + row * kDepth;
                tile.y = y + row * out_ + p * kPanel;
                found.by_rows[count - 1](tile);
                row += count;
            }
        }
    }
}

void PackedLinear::operator()(const float* x, std::int64_t rows, float* y) const {
    const std::int64_t panels = (out_ + kPanel - 1) / kPanel, chunks = (rows + kChunk - 1) / kChunk;
    const std::int64_t height = ((rows + chunks - 1) / chunks + 11) / 12 * 12;  // whole tiles, chunks of about one size
    const std::int64_t threads = rows * in_ * out_ < kSmall ? 1 : at::get_num_threads();
    const std::int64_t most = threads == 1 ? panels : 16;
    const std::int64_t width = std::clamp<std::int64_t>(chunks * panels / (4 * threads), 1, most);
    const std::int64_t groups = (panels + width - 1) / width;
    std::atomic<std::int64_t> next{0};  // whoever is free takes the next: other programs run on these processors too
    at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) {
        for (std::int64_t item = next++; item < chunks * groups; item = next++) {
            const std::int64_t row = item / groups * height, panel = item % groups * width;
            if (row >= rows) break;
            chunk(x + row * in_, std::min(height, rows - row), y + row * out_, panel, std::min(panels, panel + width));
        }
    });
}

}  // namespace assay::models::detail
