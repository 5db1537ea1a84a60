#include "assay/models/evaluation/temperature.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <cmath>

namespace assay::models {
namespace {

constexpr double kLargestTemperature = 100;

void check_scaled(const char* where, std::span<const float> scores, double scale) {
    if (!(std::isfinite(scale) && scale > 0)) throw ValueError(std::string(where) + ": expected a positive scale");
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (!std::isfinite(scores[i])) {
            throw ValueError(std::string(where) + ": expected finite scores, score " + std::to_string(i) + " is not");
        }
    }
}

void check_labelled(std::span<const float> scores, std::span<const index> truth, index labels, double scale) {
    const char* where = "fit_temperature";
    check_scaled(where, scores, scale);
    if (labels < 2 || truth.empty()) {
        throw ValueError(std::string(where) + ": expected two labels and one case at least");
    }
    detail::expect_same_length(where, truth.size() * static_cast<std::size_t>(labels), scores.size(),
                               "scores (cases × labels)");
    detail::expect_true_labels(where, truth, labels);
}

/// The mean loss and its first two derivatives by the scale.
struct Loss {
    double value = 0, slope = 0, curvature = 0;
};

Loss loss_at(std::span<const float> scores, std::span<const index> truth, index labels, double scale) {
    Loss loss;
    const auto width = static_cast<std::size_t>(labels);
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const auto row = scores.subspan(i * width, width);
        const double top = *std::max_element(row.begin(), row.end());
        const double of_truth = row[static_cast<std::size_t>(truth[i])] - top;
        double total = 0, first = 0, second = 0;
        for (const float s : row) {
            const double below = s - top, weight = std::exp(below * scale);
            total += weight, first += weight * below, second += weight * below * below;
        }
        const double mean = first / total;
        loss.value += std::log(total) - of_truth * scale;
        loss.slope += mean - of_truth;
        loss.curvature += second / total - mean * mean;
    }
    const auto n = static_cast<double>(truth.size());
    return {loss.value / n, loss.slope / n, loss.curvature / n};
}

}  // namespace

TemperatureFit fit_temperature(std::span<const float> scores, std::span<const index> truth, index labels,
                               double scale) {
    check_labelled(scores, truth, labels, scale);
    const auto loss = [&](double log_scale) { return loss_at(scores, truth, labels, std::exp(log_scale)); };
    const double start = std::log(scale), limit = std::log(kLargestTemperature);
    TemperatureFit fit;
    fit.loss_before = loss(start).value;
    double low = start - limit, high = start + limit, best = start;
    const double slope_low = loss(low).slope, slope_high = loss(high).slope;
    // Without a change of sign the best is beyond a limit, or arbitrary because the scores do not tell labels apart.
    fit.at_limit = !(slope_low < 0 && slope_high > 0);
    if (slope_low > 0) best = low;
    if (slope_low < 0 && !(slope_high > 0)) best = high;
    for (int step = 0; step < 200 && !fit.at_limit && high - low > 1e-12; ++step) {
        const Loss here = loss(best);
        (here.slope > 0 ? high : low) = best;
        if (here.slope == 0) break;
        // In u = log scale the derivatives are slope × scale and slope × scale + curvature × scale².
        const double at = std::exp(best), bend = here.slope + here.curvature * at;
        const double newton = bend > 0 ? best - here.slope / bend : low;
        const double next = newton > low && newton < high ? newton : (low + high) / 2;
        if (std::abs(next - best) < 1e-13) break;
        best = next;
    }
    fit.temperature = std::exp(start - best);
    fit.loss_after = loss(best).value;
    return fit;
}

std::vector<double> softmax_rows(std::span<const float> scores, index labels, double scale) {
    static_cast<void>(detail::rows_of("softmax_rows", scores.size(), labels));
    check_scaled("softmax_rows", scores, scale);
    std::vector<double> probabilities(scores.size());
    const auto width = static_cast<std::size_t>(labels);
    for (std::size_t first = 0; first < scores.size(); first += width) {
        const auto row = scores.subspan(first, width);
        const double top = *std::max_element(row.begin(), row.end());
        double total = 0;
        for (std::size_t i = 0; i < width; ++i) total += probabilities[first + i] = std::exp((row[i] - top) * scale);
        for (std::size_t i = 0; i < width; ++i) probabilities[first + i] /= total;
    }
    return probabilities;
}

}  // namespace assay::models
