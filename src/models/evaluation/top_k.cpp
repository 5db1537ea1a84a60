#include "assay/models/evaluation/top_k.hpp"

#include "models/evaluation/checks.hpp"

#include <limits>

namespace assay::models {
namespace {

bool is_among_first(std::span<const double> row, std::size_t label, index k) {
    index ahead = 0;
    for (std::size_t other = 0; other < row.size(); ++other) {
        if (row[other] > row[label] || (row[other] == row[label] && other < label)) ++ahead;
    }
    return ahead < k;
}

}  // namespace

TopK top_k_accuracy(std::span<const double> scores, std::span<const std::uint8_t> truth, index labels, index k,
                    double confidence) {
    const char* where = "top_k_accuracy";
    const index rows = detail::rows_of(where, scores.size(), labels);
    detail::expect_same_length(where, scores.size(), truth.size(), "marks of truth");
    detail::expect_no_nan(where, scores);
    if (k < 1) throw ValueError(std::string(where) + ": expected k of 1 or more, got " + std::to_string(k));
    const auto width = static_cast<std::size_t>(labels);
    std::vector<index> hits(width), totals(width);
    index hit_rows = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        const auto values = scores.subspan(row * width, width);
        bool any_true = false, any_hit = false;
        for (std::size_t label = 0; label < width; ++label) {
            if (!truth[row * width + label]) continue;
            const bool hit = is_among_first(values, label, k);
            any_true = true, any_hit = any_hit || hit;
            ++totals[label], hits[label] += hit;
        }
        if (!any_true) throw ValueError(std::string(where) + ": row " + std::to_string(row) + " has no true label");
        hit_rows += any_hit;
    }
    TopK found;
    found.cases = wilson_proportion(hit_rows, rows, confidence);
    double sum = 0;
    index occurring = 0;
    for (std::size_t label = 0; label < width; ++label) {
        found.labels.push_back(wilson_proportion(hits[label], totals[label], confidence));
        if (totals[label] > 0) sum += found.labels.back().value, ++occurring;
    }
    found.macro = occurring > 0 ? sum / static_cast<double>(occurring) : std::numeric_limits<double>::quiet_NaN();
    return found;
}

}  // namespace assay::models
