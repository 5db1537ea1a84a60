#include "assay/features/detail/scattered_rows.hpp"

#include <algorithm>

#include "assay/base/thread_pool.hpp"

namespace assay::features::detail {
namespace {

// Sixteen neighbours share cache lines and pages where they are polled in turn, and their rows fit the second-level
// cache; more than a few thousand buckets are more streams than the processor writes well.
constexpr int kLeastShift = 4;
constexpr std::size_t kMostBuckets = 4096;
constexpr index kWordsPerTask = 4096;
constexpr std::size_t kAhead = 64;  // rows; neighbours share lines, so that these are some ten lines

int shift_for(std::size_t patients) noexcept {
    int shift = kLeastShift;
    while ((patients >> shift) > kMostBuckets) ++shift;
    return shift;
}

/// to[places[i]] = from[rows[i].row()]: the processor does not foresee where the next rows lie, but we know.
template <class T>
void gather_column(const T* from, std::span<const BucketRow> rows, const std::int32_t* places, T* to) {
    const std::size_t foreseen = rows.size() > kAhead ? rows.size() - kAhead : 0;
    for (std::size_t i = 0; i < foreseen; ++i) {
        __builtin_prefetch(from + rows[i + kAhead].row());
        to[places[i]] = from[rows[i].row()];
    }
    for (std::size_t i = foreseen; i < rows.size(); ++i) to[places[i]] = from[rows[i].row()];
}

}  // namespace

BucketedRows::BucketedRows(const PatientGroups& groups) : shift_(shift_for(groups.ids.size())) {
    const std::size_t buckets = (groups.ids.size() + (std::size_t{1} << shift_) - 1) >> shift_;
    const index runs = groups.num_runs();
    const index part_runs = part_length(runs);
    std::vector<std::vector<index>> next(static_cast<std::size_t>((runs + part_runs - 1) / part_runs));
    parallel_for(runs, part_runs, [&](index begin, index end) {
        std::vector<index>& count = next[static_cast<std::size_t>(begin / part_runs)];
        count.assign(buckets, 0);
        for (index r = begin; r < end; ++r) {
            const PatientRun run = groups.run(r);
            if (run.patient >= 0) count[static_cast<std::size_t>(run.patient >> shift_)] += run.end - run.begin;
        }
    });
    starts_.assign(buckets + 1, 0);
    for (std::size_t b = 0; b < buckets; ++b) {
        starts_[b + 1] = starts_[b];
        for (std::vector<index>& count : next) {
            const index here = count[b];
            count[b] = starts_[b + 1];
            starts_[b + 1] += here;
        }
    }
    rows_ = std::make_unique_for_overwrite<BucketRow[]>(static_cast<std::size_t>(starts_.back()));
    parallel_for(runs, part_runs, [&](index begin, index end) {
        std::vector<index>& at = next[static_cast<std::size_t>(begin / part_runs)];
        for (index r = begin; r < end; ++r) {
            const PatientRun run = groups.run(r);
            if (run.patient < 0) continue;
            const std::int32_t bucket = run.patient >> shift_;
            index& place = at[static_cast<std::size_t>(bucket)];
            for (index row = run.begin; row < run.end; ++row) {
                rows_[static_cast<std::size_t>(place++)] = BucketRow(row, run.patient - (bucket << shift_));
            }
        }
    });
}

std::vector<std::uint64_t> complete_rows(const VitalColumns& columns, index n) {
    std::vector<std::uint64_t> complete(static_cast<std::size_t>((n + 63) / 64), ~std::uint64_t{0});
    parallel_for(static_cast<index>(complete.size()), kWordsPerTask, [&](index begin, index end) {
        for (std::size_t v = 0; v < 6; ++v) {
            if (columns.values[v] == nullptr || columns.validity[v].all_set()) continue;
            for (index w = begin; w < end; ++w) {
                complete[static_cast<std::size_t>(w)] &= load_bits(columns.validity[v], w * 64);
            }
        }
    });
    return complete;
}

GatheredRows::GatheredRows(const VitalColumns& source, data::BitmapView complete, index patients)
    : source_(source),
      complete_(complete),
      starts_(static_cast<std::size_t>(patients) + 1),
      next_(static_cast<std::size_t>(patients)),
      places_(kRows),
      micros_(kRows) {
    columns_.micros = micros_.data();
    for (std::size_t v = 0; v < 6; ++v) {
        if (source.values[v] == nullptr) continue;
        values_[v].resize(kRows);
        columns_.values[v] = values_[v].data();
        if (!source.validity[v].all_set()) valid_[v].resize(kRows / 64);
    }
}

void GatheredRows::sort_by_patient(std::span<const BucketRow> rows) {
    std::fill(starts_.begin(), starts_.end(), 0);
    for (const BucketRow& row : rows) ++starts_[row.patient() + 1];
    for (std::size_t p = 1; p < starts_.size(); ++p) starts_[p] += starts_[p - 1];
    std::copy(starts_.begin(), starts_.end() - 1, next_.begin());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        places_[i] = static_cast<std::int32_t>(next_[rows[i].patient()]++);
    }
}

void GatheredRows::gather(std::span<const BucketRow> rows) {
    sort_by_patient(rows);
    gather_column(source_.micros, rows, places_.data(), micros_.data());
    note_incomplete(rows);
    for (std::size_t v = 0; v < 6; ++v) {
        if (source_.values[v] == nullptr) continue;
        gather_column(source_.values[v], rows, places_.data(), values_[v].data());
        if (!source_.validity[v].all_set()) gather_validity(v, rows);
    }
}

void GatheredRows::note_incomplete(std::span<const BucketRow> rows) {
    incomplete_.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!complete_[rows[i].row()]) incomplete_.push_back(static_cast<std::int32_t>(i));
    }
}

void GatheredRows::gather_validity(std::size_t vital, std::span<const BucketRow> rows) {
    const data::BitmapView valid = source_.validity[vital];
    auto* bits = reinterpret_cast<std::uint8_t*>(valid_[vital].data());
    std::fill(valid_[vital].begin(), valid_[vital].end(), ~std::uint64_t{0});
    bool missing = false;
    for (const std::int32_t i : incomplete_) {
        if (valid[rows[static_cast<std::size_t>(i)].row()]) continue;
        data::clear_bit(bits, places_[static_cast<std::size_t>(i)]);
        missing = true;
    }
    columns_.validity[vital] = missing ? data::BitmapView(bits, 0, kRows) : data::BitmapView();
}

}  // namespace assay::features::detail
