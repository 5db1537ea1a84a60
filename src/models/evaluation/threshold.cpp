#include "assay/models/evaluation/threshold.hpp"

#include "models/evaluation/checks.hpp"

namespace assay::models {

ThresholdChoice choose_threshold(std::span<const double> scores, std::span<const std::uint8_t> positive,
                                 ThresholdAim aim) {
    detail::expect_same_length("choose_threshold", scores.size(), positive.size(), "labels");
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!std::isfinite(scores[i])) {
            throw ValueError("choose_threshold: score " + std::to_string(i) + " is not finite");
        }
    }
    const auto positives = std::count_if(positive.begin(), positive.end(), [](std::uint8_t p) { return p != 0; });
    const auto negatives = std::ssize(positive) - positives;
    if (positives == 0 || negatives == 0) {
        throw ValueError("choose_threshold: expected positive and negative cases, got " + std::to_string(positives) +
                         " and " + std::to_string(negatives));
    }
    const std::vector<std::size_t> order = detail::order_of(scores);
    const auto p = static_cast<double>(positives), n = static_cast<double>(negatives);
    ThresholdChoice best{0, -1, 0, 0, positives, negatives};
    double hits = 0, alarms = 0;
    for (std::size_t i = order.size(); i-- > 0;) {
        (positive[order[i]] ? hits : alarms) += 1;
        const double score = scores[order[i]];
        if (i > 0 && scores[order[i - 1]] == score) continue;
        const double value = aim == ThresholdAim::f1 ? 2 * hits / (hits + alarms + p) : hits / p - alarms / n;
        if (!(value > best.value)) continue;
        const double middle = i > 0 ? score + (scores[order[i - 1]] - score) / 2 : score;
        // Between two neighbouring numbers there is no middle.
        best.threshold = i > 0 && middle == scores[order[i - 1]] ? score : middle;
        best.value = value;
        best.precision = hits / (hits + alarms);
        best.recall = hits / p;
    }
    return best;
}

}  // namespace assay::models
