#include "assay/models/evaluation/precision_recall.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <limits>

namespace assay::models {
namespace {

/// Positions from the highest score down.
std::vector<std::size_t> descending(const char* where, std::span<const double> scores,
                                    std::span<const std::uint8_t> positive) {
    detail::expect_same_length(where, scores.size(), positive.size(), "labels");
    detail::expect_no_nan(where, scores);
    std::vector<std::size_t> order = detail::order_of(scores);
    std::reverse(order.begin(), order.end());
    return order;
}

/// Calls `corner(true positives, called positive, score)` after each distinct score.
template <class Count, class Corner>
void walk_scores(std::span<const double> scores, std::span<const std::uint8_t> positive,
                 const std::vector<std::size_t>& order, Count&& count, Corner&& corner) {
    index true_positives = 0, called = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const index cases = count(order[i]);
        called += cases;
        if (positive[order[i]]) true_positives += cases;
        if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
        corner(true_positives, called, scores[order[i]]);
    }
}

/// NaN without positives.
template <class Count>
double step_area(std::span<const double> scores, std::span<const std::uint8_t> positive,
                 const std::vector<std::size_t>& order, Count&& count) {
    index before = 0;
    double sum = 0;
    walk_scores(scores, positive, order, count, [&](index true_positives, index called, double) {
        if (true_positives == before) return;
        sum += static_cast<double>(true_positives - before) * static_cast<double>(true_positives) /
               static_cast<double>(called);
        before = true_positives;
    });
    return before == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(before);
}

}  // namespace

AveragePrecision average_precision(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                   const BootstrapOptions& options) {
    const std::vector<std::size_t> order = descending("average_precision", scores, positive);
    AveragePrecision found;
    found.positives = std::count_if(positive.begin(), positive.end(), [](std::uint8_t p) { return p != 0; });
    found.negatives = std::ssize(positive) - found.positives;
    if (found.positives == 0) return found;
    found.value = step_area(scores, positive, order, [](std::size_t) { return index{1}; });
    if (found.negatives == 0) return found;
    found.interval = bootstrap_interval(
        std::ssize(scores),
        [&](std::span<const std::int32_t> counts) {
            return step_area(scores, positive, order, [counts](std::size_t i) { return index{counts[i]}; });
        },
        options, groups_of_the_rarer(positive, options.groups));
    return found;
}

std::optional<PrecisionRecallCurve> precision_recall_curve(std::span<const double> scores,
                                                           std::span<const std::uint8_t> positive) {
    const std::vector<std::size_t> order = descending("precision_recall_curve", scores, positive);
    const auto positives = std::count_if(positive.begin(), positive.end(), [](std::uint8_t p) { return p != 0; });
    if (positives == 0) return std::nullopt;
    PrecisionRecallCurve curve;
    walk_scores(
        scores, positive, order, [](std::size_t) { return index{1}; },
        [&](index true_positives, index called, double score) {
            curve.precision.push_back(static_cast<double>(true_positives) / static_cast<double>(called));
            curve.recall.push_back(static_cast<double>(true_positives) / static_cast<double>(positives));
            curve.threshold.push_back(score);
        });
    return curve;
}

}  // namespace assay::models
