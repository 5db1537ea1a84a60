#include "assay/models/evaluation/proper_scores.hpp"

#include "models/evaluation/checks.hpp"

namespace assay::models {
namespace {

void check_predicted(const char* where, std::span<const double> probabilities, std::span<const index> truth,
                     index labels) {
    const index rows = detail::rows_of(where, probabilities.size(), labels);
    detail::expect_same_length(where, static_cast<std::size_t>(rows), truth.size(), "true labels");
    detail::expect_probabilities(where, probabilities);
    detail::expect_true_labels(where, truth, labels);
}

}  // namespace

double brier_score(std::span<const double> probabilities, std::span<const index> truth, index labels) {
    check_predicted("brier_score", probabilities, truth, labels);
    double sum = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        const std::size_t row = i / static_cast<std::size_t>(labels);
        const bool is_true = truth[row] == static_cast<index>(i % static_cast<std::size_t>(labels));
        const double off = probabilities[i] - (is_true ? 1 : 0);
        sum += off * off;
    }
    return sum / static_cast<double>(truth.size());
}

double negative_log_likelihood(std::span<const double> probabilities, std::span<const index> truth, index labels) {
    check_predicted("negative_log_likelihood", probabilities, truth, labels);
    double sum = 0;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        sum -= std::log(probabilities[row * static_cast<std::size_t>(labels) + static_cast<std::size_t>(truth[row])]);
    }
    return sum / static_cast<double>(truth.size());
}

}  // namespace assay::models
