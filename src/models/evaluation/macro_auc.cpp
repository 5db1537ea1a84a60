#include "assay/models/evaluation/macro_auc.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>

namespace assay::models {
namespace {

/// A label's column, sorted once for all samples.
class SortedLabel {
  public:
    SortedLabel(std::span<const double> scores, std::span<const std::uint8_t> positive)
        : order_(detail::order_of(scores)) {
        for (std::size_t i = 0; i < order_.size(); ++i) {
            positive_.push_back(positive[order_[i]]);
            last_of_ties_.push_back(i + 1 == order_.size() || scores[order_[i]] != scores[order_[i + 1]]);
        }
    }

    /// AUC of the cases as often as counted; NaN without positives or without negatives.
    double area(std::span<const std::int32_t> counts) const {
        double above = 0, tied_positives = 0, tied_negatives = 0, positives = 0, negatives = 0;
        for (std::size_t i = 0; i < order_.size(); ++i) {
            (positive_[i] ? tied_positives : tied_negatives) += counts[order_[i]];
            if (!last_of_ties_[i]) continue;
            above += tied_positives * (negatives + tied_negatives / 2);
            positives += tied_positives, negatives += tied_negatives;
            tied_positives = tied_negatives = 0;
        }
        return above / (positives * negatives);  // 0 / 0 where one group is empty
    }

  private:
    std::vector<std::size_t> order_{};
    std::vector<std::uint8_t> positive_{}, last_of_ties_{};
};

}  // namespace

LabelAucs label_aucs(std::span<const double> scores, std::span<const std::uint8_t> truth, index labels,
                     const BootstrapOptions& options) {
    const char* where = "label_aucs";
    const index rows = detail::rows_of(where, scores.size(), labels);
    detail::expect_same_length(where, scores.size(), truth.size(), "marks of truth");
    detail::expect_no_nan(where, scores);
    LabelAucs found;
    std::vector<SortedLabel> sorted;
    const auto width = static_cast<std::size_t>(labels), height = static_cast<std::size_t>(rows);
    std::vector<double> column(height);
    std::vector<std::uint8_t> positive(height);
    double sum = 0;
    index informing = rows;
    for (std::size_t label = 0; label < width; ++label) {
        for (std::size_t row = 0; row < height; ++row) {
            column[row] = scores[row * width + label];
            positive[row] = truth[row * width + label];
        }
        found.labels.push_back(area_under_roc(column, positive, options.confidence));
        if (!found.labels.back().value) continue;
        sum += *found.labels.back().value;
        sorted.emplace_back(column, positive);
        informing = std::min(informing, groups_of_the_rarer(positive, options.groups));
    }
    found.defined = std::ssize(sorted);
    if (sorted.empty()) return found;
    found.macro = sum / static_cast<double>(found.defined);
    found.interval = bootstrap_interval(
        rows,
        [&](std::span<const std::int32_t> counts) {
            double total = 0;
            for (const SortedLabel& label : sorted) total += label.area(counts);
            return total / static_cast<double>(sorted.size());
        },
        options, informing);
    return found;
}

}  // namespace assay::models
