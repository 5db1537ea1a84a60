#pragma once

#include "models/search/collector.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace assay::models::search {

/// Rows, those that were removed among them: slots are the numbers below it.
inline index slots_of(const std::vector<Segment>& segments, index rows_per_segment) {
    return segments.empty() ? 0 : (std::ssize(segments) - 1) * rows_per_segment + segments.back().size();
}

/// What is searched: segments and, for each, one bit a row that says whether it is among the rows.
///
/// Whatever hands a Collector every row that its own bounds cannot exclude gets the same answers: `scan` by 8-bit
/// copies, DeviceIndex by the products of an accelerator.
struct SearchSpace {
    const std::vector<Segment>& segments;
    index rows_per_segment;
    index dim;
    std::vector<std::vector<std::uint64_t>> admitted;  ///< empty: the live rows
    index rows;                                        ///< how many are admitted

    std::span<const std::uint64_t> rows_of(std::size_t segment) const {
        return admitted.empty() ? segments[segment].live_bits() : std::span<const std::uint64_t>(admitted[segment]);
    }
};

/// What is asked: the k best, or with k = 0 all that reach `least`.
struct Request {
    index k;
    float least;
};

/// Answers of a few queries (at most kMostQueries), best first. @param rescored  grows by the rows that were scored
std::vector<std::vector<Hit>> scan(const SearchSpace& space, std::span<const float> queries, const Request& request,
                                   index& rescored);

inline constexpr index kMostQueries = 256;

}  // namespace assay::models::search
