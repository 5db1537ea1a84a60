#include "models/torch/packed_linear.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

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

constexpr std::int64_t kPanel = 32;       ///< outputs side by side
constexpr std::int64_t kChunk = 238;      ///< rows at most, that stay in the second-level cache while panels pass by
constexpr std::int64_t kDepth = 384;      ///< inputs at a time
constexpr std::int64_t kLine = 16;        ///< numbers in a line of a cache
constexpr std::int64_t kSmall = 1 << 19;  ///< multiply-adds that are not worth a second thread
constexpr std::int64_t kWidth = 8;        ///< panels that a thread takes at a time

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
    const std::int64_t tiles = (rows + found.most_rows - 1) / found.most_rows;
    for (std::int64_t k = 0; k < in_; k += kDepth, x += rows * kDepth) {
        const std::int64_t depth = std::min(kDepth, in_ - k), lines = (kPanel + tiles - 1) / tiles;
        for (std::int64_t p = first; p < last; ++p) {
            const float* panel = panels_.get() + (p * in_ + k) * kPanel;
            Tile tile{x,
                      depth,
                      panel,
                      k + depth == in_ ? bias_.get() + p * kPanel : nullptr,
                      y + p * kPanel,
                      out_,
                      std::min(kPanel, out_ - p * kPanel),
                      k == 0,
                      nullptr,
                      panel + in_ * kPanel,
                      p + 1 < last ? lines : 0};
            for (std::int64_t t = 0; t < tiles; ++t) {
                const std::int64_t count = (t + 1) * rows / tiles - t * rows / tiles;
                tile.next_y = t + 1 < tiles ? tile.y + count * out_ : y + (p + 1) * kPanel;
                found.by_rows[count - 1](tile);
                tile.x += count * kDepth;
                tile.y += count * out_;
                tile.next_panel += (depth + kLine - 1) / kLine * lines * kLine;
            }
        }
    }
}

namespace {

/// Items of work of which each thread has a part; whoever is done helps the others, for other programs run on these
/// processors, too.
class Shares {
  public:
    Shares(std::int64_t items, std::int64_t threads) : items_(items), next_(static_cast<std::size_t>(threads)) {
        for (std::int64_t t = 0; t < threads; ++t) at(t).value = items * t / threads;
    }

    /// Runs work(item) from the part of `thread` on until nothing is left.
    template <typename Work>
    void run(std::int64_t thread, Work&& work) {
        const std::int64_t threads = std::ssize(next_);
        for (std::int64_t i = 0; i < threads; ++i) {
            const std::int64_t t = (thread + i) % threads, end = items_ * (t + 1) / threads;
            for (std::int64_t item = at(t).value++; item < end; item = at(t).value++) work(item);
        }
    }

  private:
    struct alignas(64) Next {
        std::atomic<std::int64_t> value{0};
    };
    Next& at(std::int64_t thread) { return next_[static_cast<std::size_t>(thread)]; }

    std::int64_t items_;
    std::vector<Next> next_;
};

}  // namespace

const float* PackedLinear::copied(const float* x, std::int64_t rows) const {
    static thread_local Floats copy;
    static thread_local std::int64_t room = 0;
    const std::int64_t needed = rows * ((in_ + kDepth - 1) / kDepth) * kDepth;
    if (room < needed) {
        copy = floats(needed);
        room = needed;
    }
    float* to = copy.get();
    for (std::int64_t k = 0; k < in_; k += kDepth) {
        const auto bytes = static_cast<std::size_t>(std::min(kDepth, in_ - k)) * sizeof(float);
        for (std::int64_t row = 0; row < rows; ++row, to += kDepth) std::memcpy(to, x + row * in_ + k, bytes);
    }
    return copy.get();
}

void PackedLinear::operator()(const float* x, std::int64_t rows, float* y) const {
    const std::int64_t panels = (out_ + kPanel - 1) / kPanel, chunks = (rows + kChunk - 1) / kChunk;
    const std::int64_t most = kernels().most_rows;
    const std::int64_t height = ((rows + chunks - 1) / chunks + most - 1) / most * most;  // chunks of about one size
    const std::int64_t threads = rows * in_ * out_ < kSmall ? 1 : at::get_num_threads();
    const std::int64_t width =
        threads == 1 ? panels : std::clamp<std::int64_t>(chunks * panels / (4 * threads), 1, kWidth);
    const std::int64_t groups = (panels + width - 1) / width;
    Shares shares(chunks * groups, threads);
    at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t) {
        std::int64_t held = -1;
        const float* copy = nullptr;
        shares.run(begin, [&](std::int64_t item) {
            const std::int64_t row = item / groups * height, panel = item % groups * width;
            if (row >= rows) return;
            const std::int64_t count = std::min(height, rows - row);
            if (held != row) copy = copied(x + row * in_, count);
            held = row;
            chunk(copy, count, y + row * out_, panel, std::min(panels, panel + width));
        });
    });
}

}  // namespace assay::models::detail
