#include "models/forest/part_rows.hpp"

#include "assay/base/simd.hpp"
#include "assay/base/thread_pool.hpp"
#include "models/forest/kernels.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <numeric>

namespace assay::models::forest {
namespace {

constexpr index kMostParted = 8192;
constexpr index kLeastForThread = 256;
constexpr index kMostSlots = index{1} << 30;    ///< kernels take twice a node's place as a signed number of 32 bits
constexpr index kColumnBytes = index{1} << 20;  ///< of a block's keys: half of a usual cache of a core
constexpr std::size_t kMostFetched = std::size_t{1} << 17;

std::atomic<const PartKernels*> part_kernels_set{nullptr};

const PartKernels& best_part_kernels() {
#if defined(__x86_64__)
    const Simd widest = widest_simd();
    for (const PartKernels* kernels : available_part_kernels()) {
        if (kernels == &avx512_part_kernels && widest < Simd::avx512) continue;
        if (kernels == &avx2_part_kernels && widest < Simd::avx2) continue;
        return *kernels;
    }
#endif
    return no_part_kernels;
}

index slots_of(const CompactForest::Content& content) {
    return static_cast<index>(std::max(content.nodes.size(), content.wide.size()));
}

std::uint32_t round_up(std::uint32_t count, std::uint32_t step) { return (count + step - 1) / step * step; }

template <class T>
std::unique_ptr<T[]> room_for(std::size_t count) {
    return std::make_unique_for_overwrite<T[]>(count + static_cast<std::size_t>(kPartRoom));
}

/// A block of rows and what parting them needs.
template <class N>
class PartedBlock {
  public:
    PartedBlock(const CompactForest::Content& content, const N* nodes, const float* rows, std::uint32_t count)
        : content_(content),
          nodes_(nodes),
          kernels_(part_kernels()),
          count_(count),
          stride_(round_up(count, 16)),
          keys_(room_for<std::uint32_t>(static_cast<std::size_t>(content.features) * stride_)),
          // The greater part of a list stays, the other goes behind it: never more than half of what is left.
          // Zeros, because vectors look up what stands behind the end of a list, too: row 0 or a row that stood there.
          lists_(std::make_unique<std::uint16_t[]>(2 * std::size_t{count} + 32 * kMostPending + kPartRoom)),
          marks_(room_for<std::uint8_t>(count)),
          walker_rows_(room_for<std::uint32_t>(count)),
          walker_nodes_(room_for<std::uint32_t>(count)),
          rows_(room_for<std::uint16_t>(count)),
          leaves_(room_for<std::uint32_t>(count)) {
        fill_keys(rows);
    }

    void part(std::size_t tree) {
        fetch_tree(tree + 1);
        arrived_ = 0;
        Walkers walkers{walker_rows_.get(), walker_nodes_.get(), 0};
        std::iota(lists_.get(), lists_.get() + count_, std::uint16_t{0});
        std::array<Pending, kMostPending> pending;
        std::size_t waiting = 0;
        pending[waiting++] = {content_.roots[tree], 0, count_};
        while (waiting > 0) {
            Pending one = pending[--waiting];
            while (one.count > kernels_.most_walked && nodes_[one.node].offset != 0) {
                const Pending rest = split(one);
                if (rest.count > 0) pending[waiting++] = rest;
            }
            if (one.count > kernels_.most_walked) {
                arrive(one);
            } else {
                add_walkers(one, walkers);
            }
        }
        const KeyColumns columns{keys_.get(), stride_,
                                 content_.missing_left.empty() ? nullptr : content_.missing_left.data()};
        const Arrived arrived{rows_.get() + arrived_, leaves_.get() + arrived_};
        if constexpr (std::is_same_v<N, Node>) {
            kernels_.walk(nodes_, columns, walkers, arrived);
        } else {
            kernels_.walk_wide(nodes_, columns, walkers, arrived);
        }
    }

    const std::uint16_t* rows() const { return rows_.get(); }
    const std::uint32_t* leaves() const { return leaves_.get(); }

  private:
    /// Lists that wait are each at most half of the one before.
    static constexpr std::size_t kMostPending = 18;

    struct Pending {
        std::uint32_t node, begin, count;
    };

    void fill_keys(const float* rows) {
        const auto features = static_cast<std::size_t>(content_.features);
        for (std::uint32_t begin = 0; begin < count_; begin += 16) {
            const std::uint32_t end = std::min(begin + 16, count_);
            for (std::size_t f = 0; f < features; ++f) {
                std::uint32_t* column = keys_.get() + f * stride_;
                for (std::uint32_t r = begin; r < end; ++r) column[r] = key_of(rows[r * features + f]);
            }
        }
    }

    /// A forest seldom stays in the cache from one block to the next: its next tree is fetched ahead.
    void fetch_tree(std::size_t tree) const {
        if (tree >= content_.roots.size()) return;
        const bool last = tree + 1 == content_.roots.size();
        const std::size_t end = last ? static_cast<std::size_t>(slots_of(content_)) : content_.roots[tree + 1];
        const auto* from = reinterpret_cast<const char*>(nodes_ + content_.roots[tree]);
        const std::size_t bytes = std::min(kMostFetched, (end - content_.roots[tree]) * sizeof(N));
        for (std::size_t i = 0; i < bytes; i += 64) __builtin_prefetch(from + i, 0, 2);
    }

    /// Leaves the smaller part in `one`, which goes on; the greater part is returned.
    Pending split(Pending& one) {
        const N node = nodes_[one.node];
        const SplitQuestion question{keys_.get() + static_cast<std::size_t>(node.lane / kLanes) * stride_, node.key,
                                     content_.goes_left(one.node) ? kMissingKey : ~0u};
        const std::uint32_t child = one.node + static_cast<std::uint32_t>(node.offset);
        __builtin_prefetch(nodes_ + child);
        std::uint16_t* list = lists_.get() + one.begin;
        const std::uint32_t behind = round_up(one.count, 32);
        const std::uint32_t right = kernels_.split(list, one.count, question, list + behind, marks_.get());
        const std::uint32_t left = one.count - right;
        const bool right_stays = right > left;
        const Pending greater{child + (right_stays ? 1 : 0), one.begin, right_stays ? right : left};
        if (greater.count == one.count) {
            one = greater;
            return {};
        }
        one = {child + (right_stays ? 0 : 1), one.begin + behind, one.count - greater.count};
        return greater;
    }

    void arrive(const Pending& one) {
        const std::uint16_t* list = lists_.get() + one.begin;
        std::copy(list, list + one.count, rows_.get() + arrived_);
        std::fill_n(leaves_.get() + arrived_, one.count, one.node);
        arrived_ += one.count;
    }

    void add_walkers(const Pending& one, Walkers& walkers) const {
        const std::uint16_t* list = lists_.get() + one.begin;
        std::copy(list, list + one.count, walkers.rows + walkers.count);
        std::fill_n(walkers.nodes + walkers.count, one.count, one.node);
        walkers.count += one.count;
    }

    const CompactForest::Content& content_;
    const N* nodes_;
    const PartKernels& kernels_;
    std::uint32_t count_;
    std::uint32_t stride_;
    std::unique_ptr<std::uint32_t[]> keys_;  ///< [features × stride]
    std::unique_ptr<std::uint16_t[]> lists_;
    std::unique_ptr<std::uint8_t[]> marks_;
    std::unique_ptr<std::uint32_t[]> walker_rows_;
    std::unique_ptr<std::uint32_t[]> walker_nodes_;
    std::unique_ptr<std::uint16_t[]> rows_;  ///< [rows] as they arrived
    std::unique_ptr<std::uint32_t[]> leaves_;
    std::uint32_t arrived_ = 0;
};

}  // namespace

const PartKernels no_part_kernels{"scalar", std::numeric_limits<index>::max(), 0, nullptr, nullptr, nullptr};

const std::vector<const PartKernels*>& available_part_kernels() {
    static const std::vector<const PartKernels*> kAvailable = [] {
        std::vector<const PartKernels*> found;
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512vbmi2")) {
            found.push_back(&avx512_part_kernels);
        }
        if (__builtin_cpu_supports("avx2")) found.push_back(&avx2_part_kernels);
#endif
        found.push_back(&no_part_kernels);
        return found;
    }();
    return kAvailable;
}

const PartKernels& part_kernels() {
    const PartKernels* set = part_kernels_set.load(std::memory_order_relaxed);
    if (set != nullptr) return *set;
    static const PartKernels& kBest = best_part_kernels();
    return kBest;
}

void use_part_kernels(const PartKernels* kernels) noexcept {
    part_kernels_set.store(kernels, std::memory_order_relaxed);
}

index rows_to_part(const CompactForest::Content& content, index count) {
    const PartKernels& kernels = part_kernels();
    const index most = std::min(kMostParted, kColumnBytes / (4 * content.features));
    if (count < kernels.least_rows || most < kernels.least_rows || slots_of(content) > kMostSlots) return 0;
    // Blocks of about one size, as many for each thread; a row's result is the same in any of them.
    const index threads = std::clamp<index>(count / kLeastForThread, 1, num_threads());
    const index blocks = ((count + most - 1) / most + threads - 1) / threads * threads;
    return ((count + blocks - 1) / blocks + 15) / 16 * 16;
}

void part_rows(const CompactForest::Content& content, const float* rows, index count, const TreeArrivals& arrived) {
    content.with_nodes([&](const auto* nodes) {
        PartedBlock block(content, nodes, rows, static_cast<std::uint32_t>(count));
        for (std::size_t t = 0; t < content.roots.size(); ++t) {
            block.part(t);
            arrived(t, block.rows(), block.leaves());
        }
    });
}

}  // namespace assay::models::forest
