#pragma once

#include "models/search/segment.hpp"

#include <cstdint>
#include <vector>

namespace assay::models::search {

/// A row that a scan could not exclude.
struct Candidate {
    float upper;         ///< its score is at most this
    float lower;         ///< and at least this
    std::uint32_t slot;  ///< number of the segment · rows of a segment + row
};

/// A row with its score.
struct Hit {
    float score;
    std::int64_t id;
};

/// The order of answers.
inline bool better(const Hit& a, const Hit& b) noexcept { return a.score != b.score ? a.score > b.score : a.id < b.id; }

/// Scores rows against one query.
class Scorer {
  public:
    Scorer(const std::vector<Segment>& segments, index rows_per_segment, const Kernels& kernels, const double* query)
        : segments_(segments), rows_(static_cast<std::uint32_t>(rows_per_segment)), kernels_(kernels), query_(query) {}

    Hit operator()(std::uint32_t slot) const {
        const Segment& segment = segments_[slot / rows_];
        const auto row = static_cast<index>(slot % rows_);
        return {kernels_.score(query_, segment.vector(row), row_stride(segment.layout().dim)), segment.id(row)};
    }
    /// Starts to fetch a row that will be scored soon.
    void prefetch(std::uint32_t slot) const noexcept {
        const Segment& segment = segments_[slot / rows_];
        const float* row = segment.vector(static_cast<index>(slot % rows_));
        for (index i = 0; i < row_stride(segment.layout().dim); i += 16) __builtin_prefetch(row + i);
    }

  private:
    const std::vector<Segment>& segments_;
    std::uint32_t rows_;
    const Kernels& kernels_;
    const double* query_;
};

/// Rows of one query that may be among its answers, as far as one worker has seen them.
///
/// The threshold excludes no answer: with k, it is a lower bound of the k-th best score among rows that were seen;
/// without, the score that was asked for. So the answers do not depend on the order in which rows come.
class Collector {
  public:
    /// @param k  0: every row that reaches `least`
    Collector(index k, float least);

    float threshold() const noexcept { return threshold_; }
    void raise(float threshold) noexcept {
        if (threshold > threshold_) threshold_ = threshold;
    }
    void take(const Candidate& candidate) { pending_.push_back(candidate); }

    /// Keeps what waits within bounds: by a higher threshold where that suffices, else by scoring it.
    void make_room(const Scorer& score) {
        if (pending_.size() >= limit_) shrink(score);
    }
    /// Adds what another worker collected for the same query.
    void merge(Collector& other);
    /// Scores what waits, the most promising first.
    void settle(const Scorer& score);
    /// The answers, best first, once all is settled.
    std::vector<Hit> sorted_hits();
    /// Rows that were scored.
    index scored() const noexcept { return scored_; }

  private:
    void shrink(const Scorer& score);
    void tighten();
    void add(const Hit& hit);

    std::size_t k_;
    float threshold_;
    std::size_t limit_;
    index scored_ = 0;
    std::vector<Candidate> pending_{};
    std::vector<Hit> hits_{};  ///< with k: a heap with the worst in front
};

}  // namespace assay::models::search
