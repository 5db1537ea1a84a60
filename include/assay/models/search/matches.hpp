#pragma once

#include "assay/base/index.hpp"

#include <cstdint>
#include <vector>

namespace assay::models {

/// The best rows of each query, best first; equal scores by ascending id.
struct Matches {
    index queries = 0;
    index per_query = 0;            ///< k, or the number of rows that were searched where that is smaller
    std::vector<float> scores;      ///< [queries, per_query]
    std::vector<std::int64_t> ids;  ///< [queries, per_query]
    index rescored = 0;             ///< rows whose score was computed exactly; depends on timing, the rest does not
};

/// All rows of each query that reach a score, best first; equal scores by ascending id.
struct RangeMatches {
    std::vector<index> offsets;  ///< [queries + 1]: query i has the entries [offsets[i], offsets[i + 1])
    std::vector<float> scores;
    std::vector<std::int64_t> ids;
};

}  // namespace assay::models
