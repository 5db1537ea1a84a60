#include "assay/models/evaluation/auc.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::models {
namespace {

/// Ranks from 1, those of equal values averaged.
std::vector<double> midranks(std::span<const double> values) {
    const std::vector<std::size_t> order = detail::order_of(values);
    std::vector<double> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        std::size_t end = first + 1;
        while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
        for (std::size_t i = first; i < end; ++i) ranks[order[i]] = static_cast<double>(first + end + 1) / 2;
        first = end;
    }
    return ranks;
}

/// Unbiased.
double sample_variance(std::span<const double> values) {
    const auto n = static_cast<double>(values.size());
    double mean = 0, squares = 0;
    for (const double v : values) mean += v / n;
    for (const double v : values) squares += (v - mean) * (v - mean);
    return squares / (n - 1);
}

struct Groups {
    std::vector<double> positive, negative;
};

Groups split_by_label(std::span<const double> scores, std::span<const std::uint8_t> positive) {
    Groups groups;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        (positive[i] ? groups.positive : groups.negative).push_back(scores[i]);
    }
    return groups;
}

void check_scored(const char* where, std::span<const double> scores, std::span<const std::uint8_t> positive) {
    detail::expect_same_length(where, scores.size(), positive.size(), "labels");
    detail::expect_no_nan(where, scores);
}

}  // namespace

Auc area_under_roc(std::span<const double> scores, std::span<const std::uint8_t> positive, double confidence) {
    check_scored("area_under_roc", scores, positive);
    const double z = normal_multiplier(confidence);
    Groups groups = split_by_label(scores, positive);
    Auc auc{std::ssize(groups.positive), std::ssize(groups.negative)};
    if (auc.positives == 0 || auc.negatives == 0) return auc;
    const auto m = static_cast<double>(auc.positives), n = static_cast<double>(auc.negatives);

    const std::vector<double> own_positive = midranks(groups.positive), own_negative = midranks(groups.negative);
    std::vector<double> all = groups.positive;
    all.insert(all.end(), groups.negative.begin(), groups.negative.end());
    const std::vector<double> ranks = midranks(all);
    // What each case contributes: the share of the other group that it stands on the right side of.
    std::vector<double> of_positive(groups.positive.size()), of_negative(groups.negative.size());
    double above = 0;
    for (std::size_t i = 0; i < of_positive.size(); ++i) {
        above += ranks[i] - own_positive[i];
        of_positive[i] = (ranks[i] - own_positive[i]) / n;
    }
    for (std::size_t i = 0; i < of_negative.size(); ++i) {
        of_negative[i] = 1 - (ranks[of_positive.size() + i] - own_negative[i]) / m;
    }
    auc.value = above / (m * n);
    if (auc.positives < 2 || auc.negatives < 2) return auc;
    const double error = std::sqrt(sample_variance(of_positive) / m + sample_variance(of_negative) / n);
    auc.standard_error = error;
    if (error > 1e-12) auc.interval = {std::max(0.0, *auc.value - z * error), std::min(1.0, *auc.value + z * error)};
    return auc;
}

std::optional<RocCurve> roc_curve(std::span<const double> scores, std::span<const std::uint8_t> positive) {
    check_scored("roc_curve", scores, positive);
    const auto positives = std::count_if(positive.begin(), positive.end(), [](std::uint8_t p) { return p != 0; });
    const auto negatives = std::ssize(positive) - positives;
    if (positives == 0 || negatives == 0) return std::nullopt;
    std::vector<std::size_t> order = detail::order_of(scores);
    std::reverse(order.begin(), order.end());

    struct Corner {
        index false_positives, true_positives;
        double threshold;
    };
    std::vector<Corner> corners{{0, 0, std::numeric_limits<double>::infinity()}};
    const auto on_a_line = [](const Corner& a, const Corner& b, const Corner& c) {
        return (b.false_positives - a.false_positives) * (c.true_positives - b.true_positives) ==
               (c.false_positives - b.false_positives) * (b.true_positives - a.true_positives);
    };
    index false_positives = 0, true_positives = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        ++(positive[order[i]] ? true_positives : false_positives);
        if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
        const Corner next{false_positives, true_positives, scores[order[i]]};
        if (corners.size() > 1 && on_a_line(corners[corners.size() - 2], corners.back(), next)) corners.pop_back();
        corners.push_back(next);
    }
    RocCurve curve;
    for (const Corner& corner : corners) {
        curve.false_positive_rate.push_back(static_cast<double>(corner.false_positives) /
                                            static_cast<double>(negatives));
        curve.true_positive_rate.push_back(static_cast<double>(corner.true_positives) / static_cast<double>(positives));
        curve.threshold.push_back(corner.threshold);
    }
    return curve;
}

}  // namespace assay::models
