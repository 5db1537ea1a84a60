#include <pybind11/numpy.h>

#include <algorithm>
#include <string>
#include <utility>

#include "assay/models/forest/forest_codec.hpp"
#include "assay/models/forest/isolation_forest.hpp"
#include "forest_rows.hpp"
#include "prelude.hpp"

// Isolation forests over NumPy arrays and lists.
namespace assay::bindings {
namespace {

using models::IsolationForest;
using IsolationRows = py::array_t<float, py::array::c_style | py::array::forcecast>;

IsolationForest fit_isolation(const IsolationRows& rows, index trees, index max_samples, index max_features,
                              bool bootstrap, std::uint64_t seed) {
    if (rows.ndim() != 2) throw ShapeError("IsolationForest.fit: expected rows [rows, features]");
    const std::span<const float> values(rows.data(), static_cast<std::size_t>(rows.size()));
    const index features = rows.shape(1);
    const py::gil_scoped_release unlocked;
    return IsolationForest::fit(values, features, {trees, max_samples, max_features, bootstrap, seed});
}

py::array_t<double> score_samples(const IsolationForest& self, const py::object& given) {
    constexpr index kFewRows = 64;
    const ForestRows rows(given, self.forest().features(), true, "score_samples");
    py::array_t<double> out(rows.count());
    const std::span<double> results(out.mutable_data(), static_cast<std::size_t>(rows.count()));
    if (rows.count() < kFewRows) {
        self.score_samples(rows.values(), results);
        return out;
    }
    const py::gil_scoped_release unlocked;
    self.score_samples(rows.values(), results);
    return out;
}

double score_row(const IsolationForest& self, const py::object& row) {
    const ForestRows rows = ForestRows::one(row, self.forest().features(), true, "score_row");
    double out = 0;
    self.score_samples(rows.values(), {&out, 1});
    return out;
}

}  // namespace

void bind_isolation_forest(py::module_& m) {
    py::class_<IsolationForest>(m, "IsolationTrees", "The trees of an isolation forest, made to run.")
        .def(py::init<models::CompactForest, index>(), py::arg("forest"), py::kw_only(), py::arg("samples"),
             "Of trees whose leaves hold path lengths, grown on so many rows each.")
        .def_static("fit", &fit_isolation, py::arg("rows"), py::kw_only(), py::arg("trees") = 100,
                    py::arg("max_samples") = 256, py::arg("max_features") = 0, py::arg("bootstrap") = false,
                    py::arg("seed") = 0, "Grow trees on rows [rows, features]; 0 features for all.")
        .def("score_samples", &score_samples, py::arg("rows"),
             "[rows]: near -1 for outliers, -0.5 and above for what is ordinary.")
        .def("score_row", &score_row, py::arg("row"), "The score of one row [features].")
        .def_property_readonly("forest", &IsolationForest::forest, "The trees; leaves hold path lengths.")
        .def_property_readonly("samples", &IsolationForest::samples, "Rows that each tree was grown on.")
        .def(py::pickle(
            [](const IsolationForest& self) {
                return py::make_tuple(py::bytes(models::encode_forest(self.forest())), self.samples());
            },
            [](const py::tuple& state) {
                return IsolationForest(models::decode_forest(state[0].cast<std::string>(), "pickle"),
                                       state[1].cast<index>());
            }));
    m.def("average_path_length", py::vectorize(models::average_path_length), py::arg("n"),
          "Mean path length of an unsuccessful search in a binary search tree of n values.");
}

}  // namespace assay::bindings
