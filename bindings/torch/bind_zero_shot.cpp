#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "assay/base/error.hpp"
#include "assay/models/clip/zero_shot.hpp"

// What the CLIP matcher does with embeddings.
namespace assay::bindings {

namespace py = pybind11;

void bind_zero_shot(py::module_& m);

namespace {

using namespace models;
using Rows = py::array_t<float, py::array::c_style | py::array::forcecast>;

std::span<const float> span_of(const Rows& rows) { return {rows.data(), static_cast<std::size_t>(rows.size())}; }

Rows averaged(const Rows& prompts, const std::vector<index>& ends) {
    const index dim = prompts.ndim() == 2 ? prompts.shape(1) : 0;
    const std::vector<float> means = average_prompts(span_of(prompts), ends, dim);
    Rows result({std::ssize(ends), dim});
    std::copy(means.begin(), means.end(), result.mutable_data());
    return result;
}

}  // namespace

void bind_zero_shot(py::module_& m) {
    py::class_<LabelMatch>(m, "LabelMatch", "One candidate label of an image.")
        .def_readonly("label", &LabelMatch::label)
        .def_readonly("similarity", &LabelMatch::similarity, "cosine")
        .def_readonly("probability", &LabelMatch::probability, "among the labels given, and only among them");
    py::class_<LabelRanking>(m, "LabelRanking", "All candidates, best first.")
        .def_readonly("matches", &LabelRanking::matches)
        .def_readonly("margin", &LabelRanking::margin, "probability of the first less that of the second");
    m.def("average_prompts", &averaged, py::arg("prompts"), py::arg("ends"),
          "The mean of each label's prompts [sum of prompts, dim], scaled to length one: [labels, dim].");
    m.def(
        "rank_labels",
        [](const Rows& image, const Rows& labels, double scale) {
            if (labels.ndim() != 2 || (labels.size() > 0 && labels.shape(1) != image.size())) {
                throw ShapeError("rank_labels: expected labels of shape [n, " + std::to_string(image.size()) + "]");
            }
            return rank_labels(span_of(image), span_of(labels), scale);
        },
        py::arg("image"), py::arg("labels"), py::kw_only(), py::arg("scale"),
        "Labels by cosine, softmax(cosine x scale).");
}

}  // namespace assay::bindings
