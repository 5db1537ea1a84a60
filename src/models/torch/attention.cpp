#include "models/torch/attention.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include "models/torch/shares.hpp"
#include "models/torch/softmax.hpp"
#include "models/torch/tile.hpp"

namespace assay::models::detail {
namespace {

std::int64_t panels_of(std::int64_t columns) { return (columns + kPanel - 1) / kPanel; }

/// What one head of one sequence takes; reused from call to call.
class Workspace {
  public:
    Workspace(std::int64_t length, std::int64_t head) {
        const std::int64_t above = kDepth * kLine;  // the kernels ask for rows a little below the last
        const std::int64_t sizes[] = {length * kDepth + above, length * kDepth + above,
                                      panels_of(length) * head * kPanel, panels_of(head) * length * kPanel, kPanel};
        float** parts[] = {&queries, &scores, &keys, &values, &zeros};
        std::int64_t total = kLine;
        for (const std::int64_t size : sizes) total += (size + kLine - 1) / kLine * kLine;
        if (std::ssize(numbers()) < total) numbers().assign(static_cast<std::size_t>(total), 0.0F);
        auto address = reinterpret_cast<std::uintptr_t>(numbers().data());
        float* next = numbers().data() + (64 - address % 64) % 64 / sizeof(float);
        for (int i = 0; i < 5; ++i) {
            *parts[i] = next;
            next += (sizes[i] + kLine - 1) / kLine * kLine;
        }
        std::fill_n(zeros, kPanel, 0.0F);
        sums.resize(static_cast<std::size_t>(length));
    }

    float* queries = nullptr;  ///< [length, kDepth]
    float* scores = nullptr;   ///< the same
    float* keys = nullptr;     ///< [panels of length, head, 32]
    float* values = nullptr;   ///< [panels of head, length, 32]
    float* zeros = nullptr;    ///< [32]
    std::vector<float> sums;

  private:
    static std::vector<float>& numbers() {
        static thread_local std::vector<float> kept;
        return kept;
    }
};

/// [rows, columns] of which each row is a panel's row, and of which each row is a panel's column.
void pack_rows(const float* from, std::int64_t step, std::int64_t rows, std::int64_t columns, float* to) {
    for (std::int64_t p = 0; p < columns; p += kPanel) {
        const std::int64_t count = std::min(kPanel, columns - p);
        for (std::int64_t row = 0; row < rows; ++row, to += kPanel) {
            std::copy_n(from + row * step + p, count, to);
            std::fill(to + count, to + kPanel, 0.0F);
        }
    }
}

void pack_columns(const float* from, std::int64_t step, std::int64_t rows, std::int64_t columns, float* to) {
    for (std::int64_t p = 0; p < rows; p += kPanel, to += columns * kPanel) {
        const std::int64_t count = std::min(kPanel, rows - p);
        if (count < kPanel) std::fill_n(to, columns * kPanel, 0.0F);
        for (std::int64_t c = 0; c < count; ++c) {
            for (std::int64_t k = 0; k < columns; ++k) to[k * kPanel + c] = from[(p + c) * step + k];
        }
    }
}

/// y = x times panels, [rows, columns]
void multiply(const Kernels& found, const float* x, std::int64_t rows, std::int64_t depth, const float* panels,
              const float* zeros, float* y, std::int64_t step, std::int64_t columns) {
    for (std::int64_t c = 0; c < columns; c += kPanel) {
        const Tile tile{
            x, depth, panels + c * depth, zeros, y + c, step, std::min(kPanel, columns - c), true, nullptr, nullptr, 0};
        run_tiles(found, tile, rows, y + c + kPanel);
    }
}

}  // namespace

bool Attention::available() const { return kernels().by_rows != nullptr && length <= kDepth && head <= kDepth; }

void Attention::operator()(const float* qkv, float* out) const {
    const Kernels found = kernels();
    const std::int64_t width = heads * head, step = 3 * width, items = sequences * heads;
    const float scale = 1.0F / std::sqrt(static_cast<float>(head));
    const std::int64_t threads = items * length * length * head < (1 << 18) ? 1 : at::get_num_threads();
    Shares shares(items, threads);
    at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t) {
        Workspace work(length, head);
        shares.run(begin, [&](std::int64_t item) {
            const std::int64_t row = item / heads * length, column = item % heads * head;
            const float* q = qkv + row * step + column;
            float* y = out + row * width + column;
            for (std::int64_t i = 0; i < length; ++i) std::copy_n(q + i * step, head, work.queries + i * kDepth);
            pack_columns(q + width, step, length, head, work.keys);
            pack_rows(q + 2 * width, step, length, head, work.values);
            multiply(found, work.queries, length, head, work.keys, work.zeros, work.scores, kDepth, length);
            exponentials(work.scores, kDepth, length, length, scale, work.sums.data());
            multiply(found, work.scores, length, length, work.values, work.zeros, y, width, head);
            for (std::int64_t i = 0; i < length; ++i) {
                for (std::int64_t k = 0; k < head; ++k) y[i * width + k] /= work.sums[static_cast<std::size_t>(i)];
            }
        });
    });
}

}  // namespace assay::models::detail
