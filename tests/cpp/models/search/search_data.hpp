#pragma once

// Made-up vectors, and the plain way to search them.
#include "assay/models/search/detail/search_path.hpp"
#include "assay/models/search/matches.hpp"

#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace search_tests {

/// L2-normalised rows [n, dim].
inline std::vector<float> random_rows(assay::index n, assay::index dim, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> rows(static_cast<std::size_t>(n * dim));
    for (float& value : rows) value = normal(random);
    for (assay::index i = 0; i < n; ++i) {
        float* row = rows.data() + i * dim;
        const float norm = std::sqrt(std::inner_product(row, row + dim, row, 0.0f));
        for (assay::index j = 0; j < dim; ++j) row[j] /= norm;
    }
    return rows;
}

/// The score by its definition.
inline float score_of(const float* a, const float* b, assay::index dim) {
    std::array<double, 16> lanes{};
    for (assay::index i = 0; i < dim; ++i) lanes[static_cast<std::size_t>(i % 16)] += static_cast<double>(a[i]) * b[i];
    for (std::size_t half = 8; half > 0; half /= 2) {
        for (std::size_t j = 0; j < half; ++j) lanes[j] += lanes[j + half];
    }
    return static_cast<float>(lanes[0]);
}

/// All scores, sorted; ids are the numbers of the rows.
inline assay::models::Matches brute_force(const std::vector<float>& rows, const std::vector<float>& queries,
                                          assay::index dim, assay::index k) {
    const auto n = static_cast<std::size_t>(rows.size()) / static_cast<std::size_t>(dim);
    assay::models::Matches out;
    out.queries = static_cast<assay::index>(queries.size()) / dim;
    out.per_query = std::min(k, static_cast<assay::index>(n));
    std::vector<float> scores(n);
    std::vector<std::int64_t> order(n);
    for (assay::index q = 0; q < out.queries; ++q) {
        for (std::size_t i = 0; i < n; ++i) {
            scores[i] = score_of(queries.data() + q * dim, rows.data() + static_cast<assay::index>(i) * dim, dim);
        }
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
            const float x = scores[static_cast<std::size_t>(a)], y = scores[static_cast<std::size_t>(b)];
            return x != y ? x > y : a < b;
        });
        for (assay::index i = 0; i < out.per_query; ++i) {
            out.ids.push_back(order[static_cast<std::size_t>(i)]);
            out.scores.push_back(scores[static_cast<std::size_t>(out.ids.back())]);
        }
    }
    return out;
}

inline assay::models::Matches first_queries(const assay::models::Matches& all, assay::index count) {
    assay::models::Matches out;
    out.queries = count;
    out.per_query = all.per_query;
    out.ids.assign(all.ids.begin(), all.ids.begin() + count * all.per_query);
    out.scores.assign(all.scores.begin(), all.scores.begin() + count * all.per_query);
    return out;
}

/// The same ids and the same bits of scores.
inline void require_same(const assay::models::Matches& got, const assay::models::Matches& wanted) {
    REQUIRE(got.queries == wanted.queries);
    REQUIRE(got.per_query == wanted.per_query);
    REQUIRE(got.ids == wanted.ids);
    REQUIRE(got.scores.size() == wanted.scores.size());
    REQUIRE(std::memcmp(got.scores.data(), wanted.scores.data(), 4 * got.scores.size()) == 0);
}

/// Another instruction set for the time of a scope.
class PathInUse {
  public:
    explicit PathInUse(const std::string& path) : before_(assay::models::detail::search_path()) {
        assay::models::detail::use_search_path(path);
    }
    ~PathInUse() { assay::models::detail::use_search_path(before_); }
    PathInUse(const PathInUse&) = delete;
    PathInUse& operator=(const PathInUse&) = delete;

  private:
    std::string before_;
};

}  // namespace search_tests
