#include "assay/models/forest/random_forest.hpp"

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/models/forest/tree_walk.hpp"
#include "models/forest/forest_checks.hpp"
#include "models/forest/forest_grower.hpp"

#include <string>

namespace assay::models {
namespace {

void check_shape(std::span<const float> x, index features) {
    if (features < 1 || x.empty() || x.size() % static_cast<std::size_t>(features) != 0)
        throw ShapeError("fit: expected at least one row and one feature, got " + std::to_string(x.size()) +
                         " values for " + std::to_string(features) + " features");
}

}  // namespace

GrownForest grow_classification_forest(std::span<const float> x, index features, std::span<const std::int32_t> y,
                                       index classes, std::span<const double> sample_weight,
                                       const ForestOptions& options) {
    check_shape(x, features);
    const detail::ForestData data{
        .x = x, .features = features, .classes = classes, .labels = y, .values = {}, .sample_weight = sample_weight};
    detail::check_options(options, true);
    detail::check_rows(data.rows(), y.size(), sample_weight);
    detail::check_classes(y, classes, options);
    return detail::ForestGrower(data, options).grow();
}

GrownForest grow_regression_forest(std::span<const float> x, index features, std::span<const double> y,
                                   std::span<const double> sample_weight, const ForestOptions& options) {
    check_shape(x, features);
    const detail::ForestData data{
        .x = x, .features = features, .classes = 0, .labels = {}, .values = y, .sample_weight = sample_weight};
    detail::check_options(options, false);
    detail::check_rows(data.rows(), y.size(), sample_weight);
    detail::check_targets(y);
    return detail::ForestGrower(data, options).grow();
}

std::vector<double> predict(const GrownForest& forest, std::span<const float> x) {
    if (forest.trees.empty()) throw StateError("predict: expected a forest that was grown, got one without trees");
    const auto width = static_cast<std::size_t>(forest.features), outputs = static_cast<std::size_t>(forest.outputs);
    if (x.size() % width != 0)
        throw ShapeError("predict: expected rows of " + std::to_string(width) + " features, got " +
                         std::to_string(x.size()) + " values");
    const std::size_t rows = x.size() / width;
    std::vector<double> means(rows * outputs);
    parallel_for(static_cast<index>(rows), 512, [&](index begin, index end) {
        for (const GrownTree& tree : forest.trees) {
            for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row) {
                const auto leaf = static_cast<std::size_t>(leaf_of(tree, x.data() + row * width));
                for (std::size_t k = 0; k < outputs; ++k) means[row * outputs + k] += tree.value[leaf * outputs + k];
            }
        }
        for (std::size_t i = static_cast<std::size_t>(begin) * outputs; i < static_cast<std::size_t>(end) * outputs;
             ++i)
            means[i] /= static_cast<double>(forest.trees.size());
    });
    return means;
}

}  // namespace assay::models
