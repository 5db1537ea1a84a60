#include "models/forest/forest_checks.hpp"

#include "assay/base/error.hpp"

#include <cmath>
#include <string>
#include <vector>

namespace assay::models::detail {
namespace {

void at_least(const char* name, index value, index least) {
    if (value < least)
        throw ValueError(std::string("fit: expected ") + name + " of at least " + std::to_string(least) + ", got " +
                         std::to_string(value));
}

void expect(bool good, const char* text) {
    if (!good) throw ValueError(std::string("fit: expected ") + text);
}

}  // namespace

void check_options(const ForestOptions& options, bool classification) {
    at_least("n_estimators", options.trees, 1);
    at_least("max_depth", options.max_depth, 1);
    at_least("min_samples_split", options.min_samples_split, 2);
    at_least("min_samples_leaf", options.min_samples_leaf, 1);
    at_least("max_leaf_nodes", options.max_leaf_nodes, 2);
    expect(options.max_features >= 0, "max_features of at least 1");
    expect(options.max_samples >= 0 && options.max_samples <= 0x7FFFFFFF, "max_samples from 1 to 2^31 - 1");
    expect(options.min_weight_fraction_leaf >= 0 && options.min_weight_fraction_leaf <= 0.5,
           "min_weight_fraction_leaf from 0 to 0.5");
    expect(options.min_impurity_decrease >= 0 && std::isfinite(options.min_impurity_decrease),
           "min_impurity_decrease of 0 or more");
    expect((options.criterion == SplitCriterion::squared_error) != classification,
           classification ? "the criterion gini or entropy in a classification"
                          : "the criterion squared_error in a regression");
    expect(options.bootstrap || (!options.out_of_bag && !options.early_stop),
           "bootstrap=True for an out-of-bag score: without it no row is left out");
    expect(options.bootstrap || options.max_samples == 0, "bootstrap=True where max_samples is given");
    expect(options.threads >= 0, "a number of threads of at least 1");
    if (options.early_stop) {
        expect(options.early_stop->tolerance >= 0, "a tolerance of 0 or more for stopping early");
        at_least("the window for stopping early", options.early_stop->window, 2);
    }
}

void check_rows(index rows, std::size_t targets, std::span<const double> sample_weight) {
    if (rows > 0x7FFFFFFF) throw ShapeError("fit: expected fewer than 2^31 rows, got " + std::to_string(rows));
    if (targets != static_cast<std::size_t>(rows))
        throw ShapeError("fit: expected one target for each of " + std::to_string(rows) + " rows, got " +
                         std::to_string(targets));
    if (sample_weight.empty()) return;
    if (sample_weight.size() != static_cast<std::size_t>(rows))
        throw ShapeError("fit: expected sample_weight for each of " + std::to_string(rows) + " rows, got " +
                         std::to_string(sample_weight.size()));
    double sum = 0;
    for (std::size_t i = 0; i < sample_weight.size(); ++i) {
        if (!(sample_weight[i] >= 0) || std::isinf(sample_weight[i]))
            throw ValueError(
                "fit: expected sample_weight of 0 or more, got one that is negative or not finite in row " +
                std::to_string(i));
        sum += sample_weight[i];
    }
    expect(sum > 0 && std::isfinite(sum), "a sample_weight above 0 in some row, and a finite sum");
}

void check_classes(std::span<const std::int32_t> y, index classes, const ForestOptions& options) {
    if (classes < 2) throw ValueError("fit: expected at least 2 classes in y, got " + std::to_string(classes));
    if (classes > static_cast<index>(y.size()))
        throw ValueError("fit: expected no more classes than rows, got " + std::to_string(classes) + " classes in " +
                         std::to_string(y.size()) + " rows");
    std::vector<bool> there(static_cast<std::size_t>(classes));
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (y[i] < 0 || y[i] >= classes)
            throw ValueError("fit: expected classes from 0 to " + std::to_string(classes - 1) +
                             ", got one outside in row " + std::to_string(i));
        there[static_cast<std::size_t>(y[i])] = true;
    }
    for (std::size_t k = 0; k < there.size(); ++k) {
        if (!there[k]) throw ValueError("fit: expected rows of every class, got none of class " + std::to_string(k));
    }
    if (options.class_weight.empty()) return;
    if (options.class_weight.size() != there.size())
        throw ShapeError("fit: expected class_weight for " + std::to_string(classes) + " classes, got " +
                         std::to_string(options.class_weight.size()));
    expect(options.class_balance == ClassBalance::none, "either class weights or a balance of classes");
    for (const double weight : options.class_weight)
        expect(weight >= 0 && std::isfinite(weight), "class_weight of 0 or more");
}

void check_targets(std::span<const double> y) {
    for (std::size_t i = 0; i < y.size(); ++i) {
        if (!std::isfinite(y[i]))
            throw ValueError("fit: expected finite targets, got NaN or an infinite one in row " + std::to_string(i));
    }
}

}  // namespace assay::models::detail
