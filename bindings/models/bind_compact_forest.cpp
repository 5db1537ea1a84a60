#include <pybind11/numpy.h>

#include <string>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/models/forest/compact_forest.hpp"
#include "assay/models/forest/forest_codec.hpp"
#include "assay/models/forest/importances.hpp"
#include "assay/models/forest/random_forest.hpp"
#include "forest_rows.hpp"
#include "prelude.hpp"

// Running forests over NumPy arrays and lists.
namespace assay::bindings {
namespace {

using models::CompactForest;
using models::GrownTree;

constexpr index kRowsWithoutGil = 64;  ///< fewer are done before another thread would have the lock

py::array_t<double> predict_with(const CompactForest& self, const ForestRows& rows, bool sum) {
    py::array_t<double> out({rows.count(), self.outputs()});
    const std::span<double> results(out.mutable_data(), static_cast<std::size_t>(out.size()));
    const auto run = [&] {
        if (sum) {
            self.predict_sum(rows.values(), results);
        } else {
            self.predict(rows.values(), results);
        }
    };
    if (rows.count() < kRowsWithoutGil) {
        run();
    } else {
        const py::gil_scoped_release unlocked;
        run();
    }
    return out;
}

std::vector<double> predict_row(const CompactForest& self, const py::object& row) {
    const ForestRows rows = ForestRows::one(row, self.features(), true, "predict_row");
    std::vector<double> out(static_cast<std::size_t>(self.outputs()));
    self.predict(rows.values(), out);
    return out;
}

py::array_t<double> doubles(const std::vector<double>& values, std::vector<py::ssize_t> shape) {
    return py::array_t<double>(std::move(shape), values.data());
}

using Parts = py::typing::Tuple<py::array_t<double>, py::array_t<double>>;

Parts contributions(const CompactForest& self, const py::object& row) {
    const ForestRows rows = ForestRows::one(row, self.features(), true, "contributions");
    const models::PathContributions parts = self.contributions(rows.values());
    return py::make_tuple(doubles(parts.base, {self.outputs()}),
                          doubles(parts.by_feature, {self.features(), self.outputs()}));
}

template <class T>
using PermutedArray = py::array_t<T, py::array::c_style | py::array::forcecast>;

/// Of classes where the forest has several outputs, else of numbers.
py::tuple permutation_of(const CompactForest& self, const PermutedArray<float>& x, const py::array& y, index repeats,
                         std::uint64_t seed) {
    if (x.ndim() != 2 || x.shape(1) != self.features())
        throw ShapeError("permutation_importances: expected rows of " + std::to_string(self.features()) +
                         " features, got shape " + std::string(py::str(x.attr("shape"))));
    const std::span<const float> rows(x.data(), static_cast<std::size_t>(x.size()));
    const auto asked = [&]<class Target>(const PermutedArray<Target>& targets) {
        const std::span<const Target> truth(targets.data(), static_cast<std::size_t>(targets.size()));
        const py::gil_scoped_release unlocked;
        return models::permutation_importances(self, rows, truth, repeats, seed);
    };
    const models::PermutationImportances found =
        self.outputs() > 1 ? asked(y.cast<PermutedArray<std::int32_t>>()) : asked(y.cast<PermutedArray<double>>());
    return py::make_tuple(found.score, doubles(found.falls, {self.features(), repeats}),
                          doubles(found.mean, {self.features()}), doubles(found.spread, {self.features()}));
}

template <class T, class From>
std::vector<T> tree_numbers(const py::dict& tree, const char* name) {
    using Dense = py::array_t<From, py::array::c_style | py::array::forcecast>;
    const auto array = Dense::ensure(tree[name]);
    if (!array) throw py::error_already_set();
    return std::vector<T>(array.data(), array.data() + array.size());
}

GrownTree tree_from(const py::dict& arrays) {
    GrownTree tree;
    tree.feature = tree_numbers<std::int32_t, std::int32_t>(arrays, "feature");
    tree.threshold = tree_numbers<double, double>(arrays, "threshold");
    tree.left = tree_numbers<std::int32_t, std::int32_t>(arrays, "left");
    tree.right = tree_numbers<std::int32_t, std::int32_t>(arrays, "right");
    tree.missing_left = tree_numbers<std::uint8_t, std::uint8_t>(arrays, "missing_left");
    tree.value = tree_numbers<double, double>(arrays, "value");
    tree.weight = tree_numbers<double, double>(arrays, "weight");
    tree.outputs = tree.feature.empty() ? 1 : std::ssize(tree.value) / std::ssize(tree.feature);
    return tree;
}

CompactForest forest_from(const std::vector<py::dict>& arrays, index features) {
    std::vector<GrownTree> trees;
    for (const py::dict& tree : arrays) trees.push_back(tree_from(tree));
    return CompactForest(trees, features);
}

models::GrownForest grown(const CompactForest& self) {
    models::GrownForest forest;
    forest.trees = self.grown();
    forest.features = self.features();
    forest.outputs = self.outputs();
    return forest;
}

py::bytes encode(const CompactForest& self) { return py::bytes(models::encode_forest(self)); }

CompactForest decode(const py::bytes& bytes, const std::string& name) {
    return models::decode_forest(std::string_view(bytes), name);
}

}  // namespace

void bind_compact_forest(py::module_& m) {
    py::class_<CompactForest>(m, "CompactForest",
                              "A forest made to run: immutable, to be shared among threads.\n\n"
                              "A row has the same bits alone, in a batch and at any number of threads.")
        .def(py::init(&forest_from), py::arg("trees"), py::kw_only(), py::arg("features"),
             "Of trees as dictionaries of arrays by node: feature (-1 at leaves), threshold, left, right,\n"
             "missing_left, value [nodes, outputs], weight.")
        .def(py::init([](const models::GrownForest& forest) { return CompactForest(forest.trees, forest.features); }),
             py::arg("forest"), "Of a forest that was grown.")
        .def("grown", &grown,
             "The trees as they run: thresholds of float32, inner values from the leaves, no impurities.")
        .def(
            "predict",
            [](const CompactForest& self, const py::object& rows) {
                return predict_with(self, ForestRows(rows, self.features(), true, "predict"), false);
            },
            py::arg("rows"),
            "Means over the trees [rows, outputs] of an array or lists [rows, features]; NaN is missing.")
        .def(
            "predict_sum",
            [](const CompactForest& self, const py::object& rows) {
                return predict_with(self, ForestRows(rows, self.features(), false, "predict_sum"), true);
            },
            py::arg("rows"), "Sums over the trees [rows, outputs]; infinities are compared as such.")
        .def("predict_row", &predict_row, py::arg("row"), "Means over the trees, of one row [features], as a list.")
        .def(
            "contributions", &contributions, py::arg("row"),
            "(base [outputs], by feature [features, outputs]) of one row by decision path; they sum to the prediction.")
        .def(
            "leaves",
            [](const CompactForest& self, const py::object& given) {
                const ForestRows rows(given, self.features(), true, "leaves");
                const std::vector<index> found = self.leaves(rows.values());
                return py::array_t<index>({rows.count(), self.trees()}, found.data());
            },
            py::arg("rows"), "The leaf of each tree that a row ends in [rows, trees], counted from the left.")
        .def("permutation_importances", &permutation_of, py::arg("x"), py::arg("y"), py::kw_only(), py::arg("repeats"),
             py::arg("seed"), "Score, falls [features, repeats], their means and standard deviations.")
        .def("encode", &encode, "The forest in few bytes.")
        .def_static("decode", &decode, py::arg("bytes"), py::kw_only(), py::arg("name") = "bytes",
                    "The forest of such bytes; IoError where they are none.")
        .def_property_readonly("features", &CompactForest::features, "Length of a row.")
        .def_property_readonly("outputs", &CompactForest::outputs, "Classes, or 1.")
        .def_property_readonly("nodes", &CompactForest::nodes, "Of all trees.")
        .def_property_readonly("depth", &CompactForest::depth, "Longest path from a root to a leaf.")
        .def_property_readonly("nbytes", &CompactForest::bytes, "Bytes in memory.")
        .def("__len__", &CompactForest::trees)
        .def("__repr__",
             [](const CompactForest& self) {
                 return "CompactForest(" + std::to_string(self.trees()) + " trees, " + std::to_string(self.nodes()) +
                        " nodes, " + std::to_string(self.features()) + " features)";
             })
        .def(py::pickle(&encode, [](const py::bytes& bytes) { return decode(bytes, "pickle"); }));
}

}  // namespace assay::bindings
