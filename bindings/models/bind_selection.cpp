#include <pybind11/numpy.h>

#include "assay/models/selection/folds.hpp"
#include "evaluation_arrays.hpp"
#include "prelude.hpp"

// Folds of cross-validations over NumPy arrays.
namespace assay::bindings {
namespace {

using evaluation_arrays::Dense;
using evaluation_arrays::values_of;
using FoldCodes = Dense<std::int64_t>;
using FoldSeed = std::optional<std::uint64_t>;

Dense<std::int32_t> fold_array(const std::vector<std::int32_t>& folds) {
    return Dense<std::int32_t>(std::ssize(folds), folds.data());
}

}  // namespace

void bind_selection(py::module_& m) {
    m.def(
        "stratified_folds",
        [](const FoldCodes& labels, index folds, FoldSeed seed) {
            return fold_array(models::stratified_folds(values_of(labels), folds, seed));
        },
        py::arg("labels"), py::kw_only(), py::arg("folds"), py::arg("seed") = py::none(),
        "The fold that tests each row, with the shares of the classes as in all rows.");
    m.def(
        "group_folds",
        [](const FoldCodes& groups, index folds, FoldSeed seed) {
            return fold_array(models::group_folds(values_of(groups), folds, seed));
        },
        py::arg("groups"), py::kw_only(), py::arg("folds"), py::arg("seed") = py::none(),
        "The fold that tests each row; groups stay whole.");
    m.def(
        "stratified_group_folds",
        [](const FoldCodes& labels, const FoldCodes& groups, index folds, FoldSeed seed) {
            return fold_array(models::stratified_group_folds(values_of(labels), values_of(groups), folds, seed));
        },
        py::arg("labels"), py::arg("groups"), py::kw_only(), py::arg("folds"), py::arg("seed") = py::none(),
        "The fold that tests each row; groups stay whole, shares of the classes as even as that allows.");
}

}  // namespace assay::bindings
