#include "models/search/scan.hpp"

#include "assay/base/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <limits>
#include <memory>
#include <mutex>

namespace assay::models::search {
namespace {

/// Blocks of a piece of work: 1024 rows, some tens of microseconds for one query.
constexpr index kPieceBlocks = 16;
/// Up to this many queries, memory is the limit and better bounds cost nothing.
constexpr index kMostWithTwoDigits = 4;

using Collectors = std::vector<Collector>;

/// The scan of all pieces, each by a worker that takes collectors for its time.
class Scan {
  public:
    Scan(const SearchSpace& space, std::span<const float> queries, const Request& request)
        : space_(space),
          request_(request),
          kernels_(kernels()),
          queries_(queries, space.dim, static_cast<index>(queries.size()) / space.dim <= kMostWithTwoDigits ? 2 : 1,
                   kernels_.most_code),
          thresholds_(static_cast<std::size_t>(queries_.size())) {
        for (auto& threshold : thresholds_) threshold.store(request.least, std::memory_order_relaxed);
    }

    void run() {
        const index pieces = space_.rows_per_segment / kBlockRows / std::min(kPieceBlocks, blocks_of_segment());
        parallel_for(static_cast<index>(space_.segments.size()) * pieces, 1, [&](index piece, index) {
            const Segment& segment = space_.segments[static_cast<std::size_t>(piece / pieces)];
            const index first = piece % pieces * kPieceBlocks;
            const index last = std::min(first + kPieceBlocks, (segment.size() + kBlockRows - 1) / kBlockRows);
            if (first < last) scan_piece(static_cast<std::size_t>(piece / pieces), first, last);
        });
    }

    std::vector<std::vector<Hit>> answers(index& rescored) {
        std::vector<std::vector<Hit>> out(thresholds_.size());
        std::atomic<index> scored{0};
        parallel_for(queries_.size(), 1, [&](index q, index) {
            Collector all(request_.k, request_.least);
            for (const auto& collectors : idle_) all.merge((*collectors)[static_cast<std::size_t>(q)]);
            all.settle(scorer(q));
            scored.fetch_add(all.scored(), std::memory_order_relaxed);
            out[static_cast<std::size_t>(q)] = all.sorted_hits();
        });
        rescored += scored.load();
        return out;
    }

  private:
    index blocks_of_segment() const { return space_.rows_per_segment / kBlockRows; }

    Scorer scorer(index q) const { return {space_.segments, space_.rows_per_segment, kernels_, queries_.exact(q)}; }

    std::unique_ptr<Collectors> acquire() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) {
            return std::make_unique<Collectors>(thresholds_.size(), Collector(request_.k, request_.least));
        }
        auto taken = std::move(idle_.back());
        idle_.pop_back();
        return taken;
    }

    void release(std::unique_ptr<Collectors> collectors) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(collectors));
    }

    void scan_piece(std::size_t segment, index first, index last) {
        const auto rows = space_.rows_of(segment);
        if (std::all_of(rows.begin() + first, rows.begin() + last, [](std::uint64_t bits) { return bits == 0; }))
            return;
        std::unique_ptr<Collectors> collectors = acquire();
        for (std::size_t q = 0; q < thresholds_.size(); ++q) {
            (*collectors)[q].raise(thresholds_[q].load(std::memory_order_relaxed));
        }
        for (index block = first; block < last; ++block) {
            if (rows[static_cast<std::size_t>(block)] == 0) continue;
            scan_block(segment, block, rows[static_cast<std::size_t>(block)], *collectors);
        }
        for (std::size_t q = 0; q < thresholds_.size(); ++q) publish(thresholds_[q], (*collectors)[q].threshold());
        release(std::move(collectors));
    }

    /// What one worker can exclude, all can.
    static void publish(std::atomic<float>& shared, float threshold) {
        float known = shared.load(std::memory_order_relaxed);
        while (threshold > known && !shared.compare_exchange_weak(known, threshold, std::memory_order_relaxed)) {
        }
    }

    void scan_block(std::size_t segment, index block, std::uint64_t admitted, Collectors& collectors) {
        alignas(64) std::array<std::int32_t, kMostTileQueries * kBlockRows> sums;
        const Segment& rows = space_.segments[segment];
        const index quads = code_stride(space_.dim) / 4;
        const index digits = queries_.digits();
        const index tile_queries = kernels_.tile_queries / digits;
        for (index tile = 0; tile < queries_.size(); tile += tile_queries) {
            const index count = std::min(tile_queries, queries_.size() - tile);
            const bool fetch = tile == 0 && (block + 2) * kBlockRows <= rows.layout().rows;
            kernels_.dots(rows.block(block), quads, queries_.codes(tile, count),
                          fetch ? rows.block(block + 1) : nullptr, sums.data());
            for (index i = 0; i < count; ++i) {
                const std::int32_t* high = sums.data() + i * digits * kBlockRows;
                const Found found{segment, block, high, digits == 2 ? high + kBlockRows : nullptr};
                collect(found, admitted, tile + i, collectors[static_cast<std::size_t>(tile + i)]);
            }
        }
    }

    struct Found {
        std::size_t segment;
        index block;
        const std::int32_t* sums;
        const std::int32_t* low_sums;
    };

    void collect(const Found& found, std::uint64_t admitted, index q, Collector& collector) {
        const QueryTerms& query = queries_.terms(q);
        const RowTerms rows = space_.segments[found.segment].terms(found.block);
        std::uint64_t reached =
            admitted & kernels_.reaching(found.sums, found.low_sums, rows, query, collector.threshold());
        if (reached == 0) return;
        const index first = static_cast<index>(found.segment) * space_.rows_per_segment + found.block * kBlockRows;
        for (; reached != 0; reached &= reached - 1) {
            const int r = std::countr_zero(reached);
            auto sum = static_cast<float>(found.sums[r] - query.offset);
            if (found.low_sums != nullptr)
                sum = sum * 128.0f + static_cast<float>(found.low_sums[r] - query.low_offset);
            const float estimate = sum * (rows.scales[r] * query.scale);
            const float bound = rows.residuals[r] * query.residual + rows.norms[r] * query.norm;
            collector.take({estimate + bound, estimate - bound, static_cast<std::uint32_t>(first + r)});
        }
        collector.make_room(scorer(q));
    }

    const SearchSpace& space_;
    Request request_;
    const Kernels& kernels_;
    PreparedQueries queries_;
    std::vector<std::atomic<float>> thresholds_;
    std::mutex mutex_{};
    std::vector<std::unique_ptr<Collectors>> idle_{};
};

}  // namespace

std::vector<std::vector<Hit>> scan(const SearchSpace& space, std::span<const float> queries, const Request& request,
                                   index& rescored) {
    Scan work(space, queries, request);
    work.run();
    return work.answers(rescored);
}

}  // namespace assay::models::search
