#include <pybind11/numpy.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/forest/importances.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "prelude.hpp"

// Random forests: grown from NumPy arrays, and their trees as arrays.
namespace assay::bindings {
namespace {

using namespace models;

template <class T>
using ForestArray = py::array_t<T, py::array::c_style | py::array::forcecast>;

template <class T>
std::span<const T> forest_entries(const ForestArray<T>& array) {
    return {array.data(), static_cast<std::size_t>(array.size())};
}

template <class T>
ForestArray<T> forest_array(const std::vector<T>& values, std::vector<py::ssize_t> shape) {
    ForestArray<T> array(std::move(shape));
    std::copy(values.begin(), values.end(), array.mutable_data());
    return array;
}

template <class T>
std::vector<T> forest_vector(const ForestArray<T>& array) {
    return {array.data(), array.data() + array.size()};
}

/// The number of columns of rows as float32.
index forest_width(const ForestArray<float>& x, const char* where) {
    if (x.ndim() == 2) return x.shape(1);
    throw ShapeError(std::string(where) + ": expected shape [rows, features], got " +
                     std::string(py::str(x.attr("shape"))));
}

py::ssize_t forest_rows(const GrownForest& forest, std::size_t values) {
    return static_cast<py::ssize_t>(values) / forest.outputs;
}

SplitCriterion criterion_named(const std::string& name) {
    if (name == "gini") return SplitCriterion::gini;
    if (name == "entropy" || name == "log_loss") return SplitCriterion::entropy;
    if (name == "squared_error") return SplitCriterion::squared_error;
    throw ValueError("fit: expected the criterion gini, entropy, log_loss or squared_error, got '" +
                     name.substr(0, 20) + "'");
}

ClassBalance balance_named(const std::string& name) {
    if (name.empty()) return ClassBalance::none;
    if (name == "balanced") return ClassBalance::balanced;
    if (name == "balanced_subsample") return ClassBalance::balanced_subsample;
    throw ValueError("fit: expected class_weight balanced or balanced_subsample, got '" + name.substr(0, 20) + "'");
}

ForestOptions options_from(const py::dict& given) {
    ForestOptions options;
    const auto number = [&](const char* name, auto& target) {
        if (given.contains(name)) target = given[name].cast<std::decay_t<decltype(target)>>();
    };
    number("n_estimators", options.trees);
    number("max_depth", options.max_depth);
    number("min_samples_split", options.min_samples_split);
    number("min_samples_leaf", options.min_samples_leaf);
    number("min_weight_fraction_leaf", options.min_weight_fraction_leaf);
    number("max_features", options.max_features);
    number("max_leaf_nodes", options.max_leaf_nodes);
    number("min_impurity_decrease", options.min_impurity_decrease);
    number("bootstrap", options.bootstrap);
    number("max_samples", options.max_samples);
    number("oob_score", options.out_of_bag);
    number("seed", options.seed);
    number("threads", options.threads);
    number("max_bins", options.max_bins);
    if (given.contains("criterion")) options.criterion = criterion_named(given["criterion"].cast<std::string>());
    if (given.contains("class_balance"))
        options.class_balance = balance_named(given["class_balance"].cast<std::string>());
    if (given.contains("class_weight"))
        options.class_weight = forest_vector(given["class_weight"].cast<ForestArray<double>>());
    if (given.contains("tolerance")) {
        options.early_stop.emplace();
        number("tolerance", options.early_stop->tolerance);
        number("window", options.early_stop->window);
    }
    return options;
}

void bind_grown_tree(py::module_& m) {
    py::class_<GrownTree>(m, "GrownTree", "One decision tree as arrays by node, the root first.")
        .def_property_readonly(
            "feature", [](const GrownTree& t) { return forest_array(t.feature, {t.nodes()}); },
            "[nodes] what a node asks; -1 at a leaf.")
        .def_property_readonly(
            "threshold", [](const GrownTree& t) { return forest_array(t.threshold, {t.nodes()}); },
            "[nodes] values up to this go left.")
        .def_property_readonly("left", [](const GrownTree& t) { return forest_array(t.left, {t.nodes()}); })
        .def_property_readonly("right", [](const GrownTree& t) { return forest_array(t.right, {t.nodes()}); })
        .def_property_readonly(
            "missing_left", [](const GrownTree& t) { return forest_array(t.missing_left, {t.nodes()}); },
            "[nodes] 1 where missing values go left.")
        .def_property_readonly(
            "value",
            [](const GrownTree& t) {
                return forest_array(t.value, {t.nodes(), t.outputs});
            },
            "[nodes, outputs] fractions of the classes, or the mean.")
        .def_property_readonly(
            "weight", [](const GrownTree& t) { return forest_array(t.weight, {t.nodes()}); },
            "[nodes] sum of the weights of the training rows.")
        .def_property_readonly(
            "impurity",
            [](const GrownTree& t) { return forest_array(t.impurity, {static_cast<py::ssize_t>(t.impurity.size())}); })
        .def("__len__", &GrownTree::nodes)
        .def(py::pickle(
            [](const GrownTree& t) {
                const py::ssize_t n = t.nodes();
                return py::make_tuple(forest_array(t.feature, {n}), forest_array(t.threshold, {n}),
                                      forest_array(t.left, {n}), forest_array(t.right, {n}),
                                      forest_array(t.missing_left, {n}), forest_array(t.value, {n, t.outputs}),
                                      forest_array(t.weight, {n}),
                                      forest_array(t.impurity, {static_cast<py::ssize_t>(t.impurity.size())}));
            },
            [](const py::tuple& s) {
                GrownTree t;
                t.feature = forest_vector(s[0].cast<ForestArray<std::int32_t>>());
                t.threshold = forest_vector(s[1].cast<ForestArray<double>>());
                t.left = forest_vector(s[2].cast<ForestArray<std::int32_t>>());
                t.right = forest_vector(s[3].cast<ForestArray<std::int32_t>>());
                t.missing_left = forest_vector(s[4].cast<ForestArray<std::uint8_t>>());
                const auto value = s[5].cast<ForestArray<double>>();
                t.outputs = value.shape(1);
                t.value = forest_vector(value);
                t.weight = forest_vector(s[6].cast<ForestArray<double>>());
                t.impurity = forest_vector(s[7].cast<ForestArray<double>>());
                return t;
            }));
}

ForestArray<double> predict_rows(const GrownForest& forest, const ForestArray<float>& x) {
    if (forest_width(x, "predict") != forest.features)
        throw ShapeError("predict: expected " + std::to_string(forest.features) + " features, got " +
                         std::to_string(x.shape(1)));
    std::vector<double> means;
    {
        const py::gil_scoped_release unlocked;
        means = predict(forest, forest_entries(x));
    }
    return forest_array(means, {x.shape(0), forest.outputs});
}

void bind_grown_forest(py::module_& m) {
    py::class_<GrownForest>(m, "GrownForest", "A random forest that was grown.")
        .def_readonly("features", &GrownForest::features)
        .def_readonly("outputs", &GrownForest::outputs, "Classes, or 1 in a regression.")
        .def_readonly("converged", &GrownForest::converged, "The out-of-bag score settled before all trees were grown.")
        .def_readonly("trees", &GrownForest::trees)
        .def("__len__", [](const GrownForest& f) { return f.trees.size(); })
        .def_property_readonly(
            "out_of_bag_score",
            [](const GrownForest& f) {
                return f.out_of_bag ? f.out_of_bag->score : std::numeric_limits<double>::quiet_NaN();
            },
            "Accuracy or R2; NaN where it was not asked for.")
        .def_property_readonly(
            "never_out", [](const GrownForest& f) { return f.out_of_bag ? f.out_of_bag->never_out : 0; },
            "Rows that were in the sample of every tree.")
        .def_property_readonly(
            "out_of_bag",
            [](const GrownForest& f) -> std::optional<ForestArray<double>> {
                if (!f.out_of_bag) return std::nullopt;
                const auto& prediction = f.out_of_bag->prediction;
                return forest_array(prediction, {forest_rows(f, prediction.size()), f.outputs});
            },
            "[rows, outputs] by the trees that were not grown on the row; None where it was not asked for.")
        .def("predict", &predict_rows, py::arg("x"), "Means over the trees [rows, outputs] of float32 rows.")
        .def("impurity_importances",
             [](const GrownForest& f) { return forest_array(impurity_importances(f.trees, f.features), {f.features}); })
        .def(
            py::pickle([](const GrownForest& f) { return py::make_tuple(f.trees, f.features, f.outputs, f.converged); },
                       [](const py::tuple& s) {
                           GrownForest f;
                           f.trees = s[0].cast<std::vector<GrownTree>>();
                           f.features = s[1].cast<index>();
                           f.outputs = s[2].cast<index>();
                           f.converged = s[3].cast<bool>();
                           return f;
                       }));
}

}  // namespace

void bind_forest(py::module_& m) {
    bind_grown_tree(m);
    bind_grown_forest(m);
    m.def(
        "grow_classification_forest",
        [](const ForestArray<float>& x, const ForestArray<std::int32_t>& y, index classes,
           const std::optional<ForestArray<double>>& sample_weight, const py::dict& options) {
            const index features = forest_width(x, "fit");
            const ForestOptions chosen = options_from(options);
            const py::gil_scoped_release unlocked;
            return grow_classification_forest(
                forest_entries(x), features, forest_entries(y), classes,
                sample_weight ? forest_entries(*sample_weight) : std::span<const double>(), chosen);
        },
        py::arg("x"), py::arg("y"), py::kw_only(), py::arg("classes"), py::arg("sample_weight") = py::none(),
        py::arg("options") = py::dict(), "Grow a forest on float32 rows and classes from 0; `options` by name.");
    m.def(
        "grow_regression_forest",
        [](const ForestArray<float>& x, const ForestArray<double>& y,
           const std::optional<ForestArray<double>>& sample_weight, const py::dict& options) {
            const index features = forest_width(x, "fit");
            const ForestOptions chosen = options_from(options);
            const py::gil_scoped_release unlocked;
            return grow_regression_forest(forest_entries(x), features, forest_entries(y),
                                          sample_weight ? forest_entries(*sample_weight) : std::span<const double>(),
                                          chosen);
        },
        py::arg("x"), py::arg("y"), py::kw_only(), py::arg("sample_weight") = py::none(),
        py::arg("options") = py::dict(), "Grow a forest on float32 rows and numbers; `options` by name.");
}

}  // namespace assay::bindings
