#include "assay/models/search/exact_index.hpp"

#include "assay/base/error.hpp"
#include "models/search/id_map.hpp"
#include "models/search/index_file.hpp"
#include "models/search/scan.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <string>
#include <utility>

namespace assay::models {

using search::Hit;
using search::Segment;

namespace {

bool has_twice(std::vector<std::int64_t> ids) {
    if (std::is_sorted(ids.begin(), ids.end(), std::less_equal<>())) return false;  // each above the one before
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

}  // namespace

struct ExactIndex::State {
    explicit State(index dimensions)
        : dim(dimensions), rows_per_segment(search::segment_rows(dimensions)), ids(segments, rows_per_segment) {}

    const index dim;
    const index rows_per_segment;
    mutable std::shared_mutex mutex{};  // guards what follows: searches share it, changes do not
    MappedFile file{};
    std::vector<Segment> segments{};
    search::IdMap ids;

    index live_rows() const {
        index rows = 0;
        for (const Segment& segment : segments) rows += segment.live_rows();
        return rows;
    }
    index slots() const { return search::slots_of(segments, rows_per_segment); }
    std::vector<std::int64_t> all_ids() const;
    std::vector<std::int64_t> ids_to_add(index count, const std::optional<std::span<const std::int64_t>>& given) const;
    void refuse_known_ids(std::span<const std::int64_t> added) const;
    void make_last_writable();
    search::SearchSpace space(const std::optional<data::BitmapView>& filter) const;
};

std::vector<std::int64_t> ExactIndex::State::all_ids() const {
    std::vector<std::int64_t> out;
    out.reserve(static_cast<std::size_t>(live_rows()));
    for (const Segment& segment : segments) {
        for (index row = 0; row < segment.size(); ++row) {
            if (segment.live(row)) out.push_back(segment.id(row));
        }
    }
    return out;
}

/// @throws ValueError naming the row whose id is taken.
void ExactIndex::State::refuse_known_ids(std::span<const std::int64_t> added) const {
    const auto refuse = [](std::size_t row) {
        throw ValueError("add: expected ids that are not in the index yet, each once; that of row " +
                         std::to_string(row) + " is there already");
    };
    const auto n = added.size();
    if (!ids.exhausted() && n > 0 && added[0] >= ids.next() &&
        std::is_sorted(added.begin(), added.end(), std::less_equal<>())) {
        return;  // ascending from above the largest
    }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return added[a] < added[b]; });
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0 && added[order[i]] == added[order[i - 1]]) refuse(order[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (ids.find(added[i])) refuse(i);
    }
}

std::vector<std::int64_t> ExactIndex::State::ids_to_add(
    index count, const std::optional<std::span<const std::int64_t>>& given) const {
    if (slots() + count > static_cast<index>(std::numeric_limits<std::uint32_t>::max())) {
        throw ValueError(
            "add: expected at most 4,294,967,295 rows in an index; save it and open it to drop removed "
            "rows, or use another index");
    }
    if (given) {
        if (static_cast<index>(given->size()) != count) {
            throw ShapeError("add: expected one id for each of " + std::to_string(count) + " rows, got " +
                             std::to_string(given->size()));
        }
        refuse_known_ids(*given);
        return {given->begin(), given->end()};
    }
    if (count > 0 && (ids.exhausted() || ids.next() > std::numeric_limits<std::int64_t>::max() - (count - 1))) {
        throw ValueError("add: expected ids, because none is left above the largest; pass ids");
    }
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = ids.next() + static_cast<std::int64_t>(i);
    return numbers;
}

/// A mapped segment that is not full becomes one in memory, so that slots stay without gaps.
void ExactIndex::State::make_last_writable() {
    if (segments.empty() || segments.back().has_room() || segments.back().size() == rows_per_segment) return;
    Segment copy(search::SegmentLayout(dim, rows_per_segment));
    const Segment& mapped = segments.back();
    for (index row = 0; row < mapped.size(); ++row) {
        copy.append_from(mapped, row);
        if (!mapped.live(row)) copy.remove(row);
    }
    segments.back() = std::move(copy);
}

search::SearchSpace ExactIndex::State::space(const std::optional<data::BitmapView>& filter) const {
    const index rows = live_rows();
    search::SearchSpace all{segments, rows_per_segment, dim, {}, rows};
    if (!filter) return all;
    if (filter->size() != rows) {
        throw ShapeError("search: expected a filter with one bit for each of " + std::to_string(rows) + " rows, got " +
                         std::to_string(filter->size()));
    }
    index next = 0;
    all.rows = 0;
    for (const Segment& segment : segments) {
        std::vector<std::uint64_t> bits(segment.live_bits().begin(), segment.live_bits().end());
        for (index row = 0; row < segment.size(); ++row) {
            if (!segment.live(row)) continue;
            if ((*filter)[next++]) {
                ++all.rows;
            } else {
                bits[static_cast<std::size_t>(row / 64)] &= ~(std::uint64_t{1} << (row % 64));
            }
        }
        all.admitted.push_back(std::move(bits));
    }
    return all;
}

ExactIndex::ExactIndex(index dim) {
    if (dim < 1 || dim > 65536) {
        throw ValueError("ExactIndex: expected a dimension from 1 to 65536, got " + std::to_string(dim));
    }
    state_ = std::make_unique<State>(dim);
}

ExactIndex::ExactIndex(std::unique_ptr<State> state) : state_(std::move(state)) {}
ExactIndex::ExactIndex(ExactIndex&&) noexcept = default;
ExactIndex& ExactIndex::operator=(ExactIndex&&) noexcept = default;
ExactIndex::~ExactIndex() = default;

index ExactIndex::dim() const noexcept { return state_->dim; }

index ExactIndex::size() const {
    const std::shared_lock lock(state_->mutex);
    return state_->live_rows();
}

index ExactIndex::bytes() const {
    const std::shared_lock lock(state_->mutex);
    index sum = state_->ids.bytes();
    for (const Segment& segment : state_->segments) sum += segment.bytes();
    return sum;
}

std::vector<std::int64_t> ExactIndex::ids() const {
    const std::shared_lock lock(state_->mutex);
    return state_->all_ids();
}

bool ExactIndex::contains(std::int64_t id) const {
    const std::shared_lock lock(state_->mutex);
    return state_->ids.find(id).has_value();
}

void ExactIndex::add(std::span<const float> rows, std::optional<std::span<const std::int64_t>> ids) {
    State& state = *state_;
    search::check_rows(rows, state.dim, "add");
    const std::unique_lock lock(state.mutex);
    const index count = static_cast<index>(rows.size()) / state.dim;
    const std::vector<std::int64_t> numbers = state.ids_to_add(count, ids);
    state.segments.reserve(static_cast<std::size_t>((state.slots() + count) / state.rows_per_segment + 2));
    if (count > 0) state.make_last_writable();
    const auto first_slot = static_cast<std::uint32_t>(state.slots());
    for (index done = 0; done < count;) {
        if (state.segments.empty() || !state.segments.back().has_room()) {
            state.segments.emplace_back(search::SegmentLayout(state.dim, state.rows_per_segment),
                                        !state.segments.empty());
        }
        done += state.segments.back().append(rows.data() + done * state.dim, numbers.data() + done, count - done);
    }
    state.ids.append(first_slot, numbers);
}

index ExactIndex::remove(std::span<const std::int64_t> ids) {
    State& state = *state_;
    const std::unique_lock lock(state.mutex);
    index removed = 0;
    for (const std::int64_t id : ids) {
        const auto slot = state.ids.find(id);
        if (!slot) continue;
        const auto rows = static_cast<std::uint32_t>(state.rows_per_segment);
        state.segments[*slot / rows].remove(static_cast<index>(*slot % rows));
        ++removed;
    }
    return removed;
}

Matches ExactIndex::search(std::span<const float> queries, index k, std::optional<data::BitmapView> filter) const {
    return search_by(search::scan, queries, k, filter);
}

RangeMatches ExactIndex::search_range(std::span<const float> queries, float least,
                                      std::optional<data::BitmapView> filter) const {
    return search_range_by(search::scan, queries, least, filter);
}

Matches ExactIndex::search_by(const Scan& scan, std::span<const float> queries, index k,
                              std::optional<data::BitmapView> filter) const {
    const State& state = *state_;
    if (k < 1) throw ValueError("search: expected k of at least 1, got " + std::to_string(k));
    search::check_rows(queries, state.dim, "search");
    const std::shared_lock lock(state.mutex);
    const search::SearchSpace space = state.space(filter);
    Matches out;
    out.queries = static_cast<index>(queries.size()) / state.dim;
    out.per_query = std::min(k, space.rows);
    if (out.per_query == 0) return out;
    out.scores.reserve(static_cast<std::size_t>(out.queries * out.per_query));
    out.ids.reserve(out.scores.capacity());
    const search::Request request{out.per_query, -std::numeric_limits<float>::infinity()};
    for (index q = 0; q < out.queries; q += search::kMostQueries) {
        const index count = std::min(search::kMostQueries, out.queries - q);
        const auto some =
            queries.subspan(static_cast<std::size_t>(q * state.dim), static_cast<std::size_t>(count * state.dim));
        for (const std::vector<Hit>& hits : scan(space, some, request, out.rescored)) {
            if (static_cast<index>(hits.size()) != out.per_query) {
                throw IoError("search: rows of the index are not finite; its file is damaged, save it again");
            }
            for (const Hit& hit : hits) {
                out.scores.push_back(hit.score);
                out.ids.push_back(hit.id);
            }
        }
    }
    return out;
}

RangeMatches ExactIndex::search_range_by(const Scan& scan, std::span<const float> queries, float least,
                                         std::optional<data::BitmapView> filter) const {
    const State& state = *state_;
    if (!(least >= std::numeric_limits<float>::lowest())) {
        throw ValueError("search_range: expected a finite least score, got NaN or an infinite one");
    }
    search::check_rows(queries, state.dim, "search_range");
    const std::shared_lock lock(state.mutex);
    const search::SearchSpace space = state.space(filter);
    RangeMatches out;
    out.offsets.push_back(0);
    const index total = static_cast<index>(queries.size()) / state.dim;
    index rescored = 0;
    for (index q = 0; q < total; q += search::kMostQueries) {
        const index count = std::min(search::kMostQueries, total - q);
        const auto some =
            queries.subspan(static_cast<std::size_t>(q * state.dim), static_cast<std::size_t>(count * state.dim));
        for (const std::vector<Hit>& hits : scan(space, some, {0, least}, rescored)) {
            for (const Hit& hit : hits) {
                out.scores.push_back(hit.score);
                out.ids.push_back(hit.id);
            }
            out.offsets.push_back(static_cast<index>(out.ids.size()));
        }
    }
    return out;
}

void ExactIndex::save(const std::filesystem::path& path) const {
    const std::shared_lock lock(state_->mutex);
    search::write_index(path, state_->dim, state_->ids.next(), state_->segments);
}

ExactIndex ExactIndex::open(const std::filesystem::path& path, bool verify) {
    search::OpenedIndex opened = search::open_index(path, verify);
    auto state = std::make_unique<State>(opened.dim);
    state->file = std::move(opened.file);
    state->segments = std::move(opened.segments);
    const std::vector<std::int64_t> ids = state->all_ids();
    if (verify && has_twice(ids)) {
        throw IoError("ExactIndex.open: expected ids that are there once in '" + path.string() +
                      "'; the file is no index, or damaged: save it again");
    }
    state->ids.append(0, ids);
    state->ids.raise_next(opened.next_id);
    return ExactIndex(std::move(state));
}

void ExactIndex::merge(std::span<const std::filesystem::path> parts, const std::filesystem::path& path) {
    if (parts.empty()) throw ValueError("merge: expected at least one saved index");
    std::vector<MappedFile> files;
    std::vector<Segment> segments;
    std::vector<std::int64_t> ids;
    index dim = 0;
    std::int64_t next_id = 0;
    for (const std::filesystem::path& part : parts) {
        search::OpenedIndex opened = search::open_index(part, true);
        if (!files.empty() && opened.dim != dim) {
            throw ShapeError("merge: expected vectors of " + std::to_string(dim) + " values, got " +
                             std::to_string(opened.dim) + " in '" + part.string() + "'");
        }
        dim = opened.dim;
        next_id = std::max(next_id, opened.next_id);
        for (Segment& segment : opened.segments) {
            for (index row = 0; row < segment.size(); ++row) ids.push_back(segment.id(row));
            segments.push_back(std::move(segment));
        }
        files.push_back(std::move(opened.file));
    }
    if (has_twice(std::move(ids))) {
        throw ValueError("merge: expected ids that are in one part only, each once; give the parts ids of their own");
    }
    search::write_index(path, dim, next_id, segments);
}

}  // namespace assay::models
