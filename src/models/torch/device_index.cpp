#include "assay/models/search/device_index.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/search/exact_index.hpp"
#include "models/torch/device_rows.hpp"
#include "models/torch/memory.hpp"

namespace assay::models {
namespace {

using search::Candidate;
using search::Collector;
using search::Hit;
using search::Scorer;
using search::SearchSpace;

/// Queries of length one. Dividing rounds each value by u = 2^-24 at most, which the bounds count.
struct UnitQueries {
    std::vector<float> values;  ///< [n, row_stride]
    std::vector<double> norms;

    UnitQueries(std::span<const float> queries, index dim) {
        const index n = std::ssize(queries) / dim, stride = search::row_stride(dim);
        values.resize(static_cast<std::size_t>(n * stride));
        for (index q = 0; q < n; ++q) {
            const float* from = queries.data() + q * dim;
            double squares = 0;
            for (index i = 0; i < dim; ++i) squares += static_cast<double>(from[i]) * from[i];
            const double norm = std::sqrt(squares);
            for (index i = 0; i < dim; ++i) values[q * stride + i] = static_cast<float>(from[i] / norm);
            norms.push_back(norm);
        }
    }
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();

float rounded_down(double value) { return std::nextafter(static_cast<float>(value), -kInfinity); }
float rounded_up(double value) { return std::nextafter(static_cast<float>(value), kInfinity); }

/// One search of a few queries on the device.
class DeviceScan {
  public:
    DeviceScan(search::DeviceRows& rows, const SearchSpace& space, std::span<const float> queries,
               const search::Request& request)
        : rows_(rows),
          space_(space),
          request_(request),
          count_(std::ssize(queries) / space.dim),
          exact_(queries, space.dim, 1, search::kernels().most_code),
          units_(queries, space.dim),
          collectors_(static_cast<std::size_t>(count_), Collector(request.k, request.least)) {
        rows_.ask(units_.values);
    }

    /// @return  queries whose rows were multiplied twice
    index run() {
        std::vector<index> open(static_cast<std::size_t>(count_));
        std::iota(open.begin(), open.end(), index{0});
        if (request_.k == 0) {
            scan_again(open, false);
            return 0;
        }
        // Room for what lies between the last answer and its bound, and for more with the wider bounds of bf16.
        const bool wide = rows_.dtype() != "fp32";
        const index all = search::slots_of(space_.segments, space_.rows_per_segment);
        const index kept = std::min(request_.k + std::max<index>(wide ? 128 : 32, request_.k / (wide ? 1 : 4)), all);
        const search::BestRows best = rows_.best(space_, kept);
        parallel_for(count_, 1, [&](index q, index) { settle_best(best, q); });
        std::erase_if(open, [&](index q) {
            const float left_out = best.uppers[q * kept + kept - 1];
            return kept == all || left_out == -kInfinity ||
                   rounded_up(left_out * units_.norms[q]) < collectors_[q].threshold();
        });
        if (!open.empty()) scan_again(open, true);
        return std::ssize(open);
    }

    std::vector<Hit> hits(index q) { return collectors_[q].sorted_hits(); }
    index scored() const noexcept { return scored_.load(); }

  private:
    Scorer scorer(index q) const {
        return {space_.segments, space_.rows_per_segment, search::kernels(), exact_.exact(q)};
    }
    Candidate candidate(index q, std::uint32_t slot, float upper) const {
        const auto rows = static_cast<std::uint32_t>(space_.rows_per_segment);
        const double norm = search::norm_of(space_.segments[slot / rows], slot % rows);
        const double lower = upper - rows_.slack(norm);
        return {rounded_up(upper * units_.norms[q]), rounded_down(lower * units_.norms[q]), slot};
    }

    void settle_best(const search::BestRows& best, index q) {
        const std::size_t begin = static_cast<std::size_t>(q * best.kept);
        for (std::size_t i = begin; i < begin + static_cast<std::size_t>(best.kept); ++i) {
            if (best.uppers[i] == -kInfinity) break;
            const Candidate found = candidate(q, best.slots[i], best.uppers[i]);
            if (i == begin) expect_within(found, scorer(q)(found.slot).score);
            collectors_[q].take(found);
        }
        collectors_[q].settle(scorer(q));
        scored_ += collectors_[q].scored();
    }

    /// What was proved of the device's rounding is seen at one row of each query.
    static void expect_within(const Candidate& bounds, float score) {
        if (bounds.lower <= score && score <= bounds.upper) return;
        throw StateError(
            "search: a product of the device is further from the score than its rounding allows; it computes with "
            "fewer "
            "bits than its type has. Use device=\"cpu\" or ExactIndex.search");
    }

    /// Every row that reaches the threshold.
    void scan_again(const std::vector<index>& queries, bool after_best) {
        for (const index q : queries) {
            Collector fresh(request_.k, request_.least);
            fresh.raise(collectors_[q].threshold());
            collectors_[q] = std::move(fresh);
        }
        rows_.reaching(
            space_, queries, after_best,
            [&](index q) { return rounded_down(collectors_[q].threshold() / units_.norms[q]); },
            [&](index q, std::uint32_t slot, float upper) { collectors_[q].take(candidate(q, slot, upper)); },
            [&] {
                parallel_for(std::ssize(queries), 1,
                             [&](index i, index) { collectors_[queries[i]].make_room(scorer(queries[i])); });
            });
        parallel_for(std::ssize(queries), 1, [&](index i, index) {
            collectors_[queries[i]].settle(scorer(queries[i]));
            scored_ += collectors_[queries[i]].scored();
        });
    }

    search::DeviceRows& rows_;
    const SearchSpace& space_;
    search::Request request_;
    index count_;
    search::PreparedQueries exact_;
    UnitQueries units_;
    std::vector<Collector> collectors_;
    std::atomic<index> scored_{0};
};

}  // namespace

struct DeviceIndex::State {
    const ExactIndex& source;
    search::DeviceRows rows;
    index rescanned = 0;
    std::mutex mutex{};  // guards rows and rescanned

    State(const ExactIndex& index, const DeviceIndexOptions& options) : source(index), rows(index.dim(), options) {}

    void bring(const SearchSpace& space) {
        detail::loading("rows", [&] {
            rows.update(space);
            rows.check_precision();
        });
    }

    std::vector<std::vector<Hit>> scan(const SearchSpace& space, std::span<const float> queries,
                                       const search::Request& request, index& rescored) {
        const std::lock_guard lock(mutex);
        bring(space);
        std::vector<std::vector<Hit>> answers;
        detail::in_pieces(
            "search", std::ssize(queries) / space.dim, search::kMostQueries, [&](index first, index count) {
                DeviceScan work(rows, space, queries.subspan(first * space.dim, count * space.dim), request);
                rescanned += work.run();
                rescored += work.scored();
                for (index q = 0; q < count; ++q) answers.push_back(work.hits(q));
            });
        return answers;
    }
};

DeviceIndex::DeviceIndex(const ExactIndex& index, const DeviceIndexOptions& options)
    : state_(std::make_unique<State>(index, options)) {
    const auto bring = [this](const auto& space, auto, const auto&, assay::index&) {
        state_->bring(space);
        return std::vector<std::vector<Hit>>(1);
    };
    const std::vector<float> any(static_cast<std::size_t>(index.dim()), 1.0f);
    index.search_range_by(bring, any, 0.0f, std::nullopt);
}

DeviceIndex::DeviceIndex(DeviceIndex&&) noexcept = default;
DeviceIndex& DeviceIndex::operator=(DeviceIndex&&) noexcept = default;
DeviceIndex::~DeviceIndex() = default;

Matches DeviceIndex::search(std::span<const float> queries, index k, std::optional<data::BitmapView> filter) const {
    const auto scan = [this](const auto& space, auto some, const auto& request, index& rescored) {
        return state_->scan(space, some, request, rescored);
    };
    return state_->source.search_by(scan, queries, k, filter);
}

RangeMatches DeviceIndex::search_range(std::span<const float> queries, float least,
                                       std::optional<data::BitmapView> filter) const {
    const auto scan = [this](const auto& space, auto some, const auto& request, index& rescored) {
        return state_->scan(space, some, request, rescored);
    };
    return state_->source.search_range_by(scan, queries, least, filter);
}

index DeviceIndex::dim() const noexcept { return state_->source.dim(); }
index DeviceIndex::size() const { return state_->source.size(); }
const std::string& DeviceIndex::device() const noexcept { return state_->rows.device(); }
const std::string& DeviceIndex::dtype() const noexcept { return state_->rows.dtype(); }

index DeviceIndex::bytes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->rows.bytes();
}

index DeviceIndex::rescanned() const {
    const std::lock_guard lock(state_->mutex);
    return state_->rescanned;
}

}  // namespace assay::models
