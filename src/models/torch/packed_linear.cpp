#include "models/torch/packed_linear.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "models/torch/shares.hpp"
#include "models/torch/tile.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace assay::models::detail {
namespace {

constexpr std::int64_t kChunk = 238;      ///< rows at most, that stay in the second-level cache while panels pass by
constexpr std::int64_t kSmall = 1 << 19;  ///< multiply-adds that are not worth a second thread
constexpr std::int64_t kWidth = 8;        ///< panels that a thread takes at a time

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
            run_tiles(found, tile, rows, y + (p + 1) * kPanel);
        }
    }
}

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
