#include "assay/models/evaluation/f1.hpp"

#include "models/evaluation/checks.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace assay::models {
namespace {

double share(index part, index whole) {
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(part) / static_cast<double>(whole);
}

void check_classes(const char* where, std::span<const index> truth, std::span<const index> predicted, index classes) {
    if (classes < 1) throw ShapeError(std::string(where) + ": expected at least one class");
    detail::expect_same_length(where, truth.size(), predicted.size(), "predicted classes");
    detail::expect_true_labels(where, truth, classes);
    detail::expect_true_labels(where, predicted, classes);
}

double averaged(const ConfusionMatrix& confusion, Average average, index positive) {
    const std::vector<ClassScore> scores = class_scores(confusion);
    if (average == Average::binary) return scores[static_cast<std::size_t>(positive)].f1;
    double sum = 0, weights = 0;
    index right = 0, rows = 0;
    for (index c = 0; c < confusion.classes; ++c) {
        const ClassScore& score = scores[static_cast<std::size_t>(c)];
        right += confusion.at(c, c);
        rows += score.rows;
        if (score.f1 != score.f1) continue;
        const double weight = average == Average::macro ? 1.0 : static_cast<double>(score.rows);
        sum += weight * score.f1;
        weights += weight;
    }
    if (average == Average::micro) return share(right, rows);
    return weights == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / weights;
}

/// Groups that this average varies with; all where nothing is said.
std::optional<index> informing_groups(std::span<const index> truth, index classes, Average average, index positive,
                                      std::span<const index> groups) {
    if (groups.empty() || average == Average::micro) return std::nullopt;
    std::vector<std::uint8_t> is_of(truth.size());
    const auto mark = [&](index one) {
        std::transform(truth.begin(), truth.end(), is_of.begin(),
                       [one](index label) { return static_cast<std::uint8_t>(label == one); });
    };
    if (average == Average::binary) {
        mark(positive);
        return groups_of_the_rarer(is_of, groups);
    }
    index fewest = std::ssize(truth);
    for (index one = 0; one < classes; ++one) {
        mark(one);
        const index with = groups_with(is_of, groups);
        if (with > 0) fewest = std::min(fewest, with);
    }
    return fewest;
}

}  // namespace

std::string_view name_of(Average average) noexcept {
    switch (average) {
        case Average::binary:
            return "binary";
        case Average::macro:
            return "macro";
        case Average::weighted:
            return "weighted";
        case Average::micro:
            break;
    }
    return "micro";
}

ConfusionMatrix confusion_matrix(std::span<const index> truth, std::span<const index> predicted, index classes) {
    check_classes("confusion_matrix", truth, predicted, classes);
    ConfusionMatrix confusion{classes, std::vector<index>(static_cast<std::size_t>(classes * classes))};
    for (std::size_t i = 0; i < truth.size(); ++i) {
        ++confusion.counts[static_cast<std::size_t>(truth[i] * classes + predicted[i])];
    }
    return confusion;
}

std::vector<ClassScore> class_scores(const ConfusionMatrix& confusion) {
    std::vector<ClassScore> scores;
    for (index c = 0; c < confusion.classes; ++c) {
        index rows = 0, called = 0;
        for (index other = 0; other < confusion.classes; ++other) {
            rows += confusion.at(c, other);
            called += confusion.at(other, c);
        }
        const index right = confusion.at(c, c);
        scores.push_back({share(right, called), share(right, rows), share(2 * right, rows + called), rows});
    }
    return scores;
}

F1 f1_score(std::span<const index> truth, std::span<const index> predicted, index classes, Average average,
            index positive, const BootstrapOptions& options) {
    const ConfusionMatrix confusion = confusion_matrix(truth, predicted, classes);
    if (positive < 0 || positive >= classes) {
        throw ValueError("f1_score: expected a positive class from 0 to " + std::to_string(classes - 1) + ", got " +
                         std::to_string(positive));
    }
    F1 found{average, positive};
    const double value = averaged(confusion, average, positive);
    if (value != value) return found;
    found.value = value;
    found.interval = bootstrap_interval(
        std::ssize(truth),
        [&](std::span<const std::int32_t> counts) {
            ConfusionMatrix drawn{classes, std::vector<index>(confusion.counts.size())};
            for (std::size_t i = 0; i < truth.size(); ++i) {
                drawn.counts[static_cast<std::size_t>(truth[i] * classes + predicted[i])] += counts[i];
            }
            return averaged(drawn, average, positive);
        },
        options, informing_groups(truth, classes, average, positive, options.groups));
    return found;
}

}  // namespace assay::models
