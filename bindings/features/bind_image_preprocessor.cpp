#include <pybind11/numpy.h>

#include "assay/base/error.hpp"
#include "assay/features/detail/image_kernels.hpp"
#include "assay/features/image/image_preprocessor.hpp"
#include "assay/features/image/resize.hpp"
#include "prelude.hpp"

// Images as encoders want them.
namespace assay::bindings {
namespace {

using namespace features;
using data::Image;
using Triple = std::array<float, 3>;

DeepGrey deep_grey_from(const std::string& name) {
    if (name == "scale") return DeepGrey::scale;
    if (name == "saturate") return DeepGrey::saturate;
    throw ValueError("ImagePreprocessor: expected deep_grey to be 'scale' or 'saturate', got another text");
}

PillowRelease release_from(int pillow) {
    if (pillow == 12) return PillowRelease::v12;
    if (pillow == 13) return PillowRelease::v13;
    throw ValueError("pillow: expected release 12 or 13, got " + std::to_string(pillow));
}

py::array_t<float> preprocessed(const ImagePreprocessor& preprocessor, const std::vector<Image>& images,
                                std::vector<py::ssize_t> shape) {
    const index size = preprocessor.options().size;
    shape.insert(shape.end(), {3, size, size});
    py::array_t<float> out(shape);
    const std::span<float> values(out.mutable_data(), static_cast<std::size_t>(out.size()));
    const py::gil_scoped_release release;
    preprocessor(std::span<const Image>(images), values);
    return out;
}

}  // namespace

void bind_image_preprocessor(py::module_& m) {
    const ImagePreprocessorOptions usual;
    py::class_<ImagePreprocessor>(
        m, "ImagePreprocessor", "CLIP's preprocessing: shortest side by Pillow's bicubic, centre crop, RGB, normalise.")
        .def(py::init([](index size, const Triple& mean, const Triple& std, const std::string& deep_grey, int pillow) {
                 return ImagePreprocessor({size, mean, std, deep_grey_from(deep_grey), release_from(pillow)});
             }),
             py::kw_only(), py::arg("size") = usual.size, py::arg("mean") = usual.mean, py::arg("std") = usual.std,
             py::arg("deep_grey") = "scale", py::arg("pillow") = 13)
        .def_property_readonly("size", [](const ImagePreprocessor& p) { return p.options().size; })
        .def_property_readonly("mean", [](const ImagePreprocessor& p) { return p.options().mean; })
        .def_property_readonly("std", [](const ImagePreprocessor& p) { return p.options().std; })
        .def_property_readonly(
            "pillow", [](const ImagePreprocessor& p) { return p.options().pillow == PillowRelease::v12 ? 12 : 13; },
            "the release of Pillow whose bits these are")
        .def_property_readonly(
            "deep_grey",
            [](const ImagePreprocessor& p) { return p.options().deep_grey == DeepGrey::scale ? "scale" : "saturate"; })
        .def(
            "__call__", [](const ImagePreprocessor& p, const Image& image) { return preprocessed(p, {image}, {}); },
            py::arg("image"), "float32 [3, size, size]")
        .def(
            "batch",
            [](const ImagePreprocessor& p, const std::vector<Image>& images) {
                return preprocessed(p, images, {static_cast<py::ssize_t>(images.size())});
            },
            py::arg("images"), "float32 [images, 3, size, size]; images run beside each other on all threads")
        .def("__repr__", [](const ImagePreprocessor& p) {
            return "ImagePreprocessor(size=" + std::to_string(p.options().size) + ")";
        });
    m.def(
        "resize_bicubic",
        [](const Image& image, index width, index height, int pillow) {
            return resize_bicubic(image, width, height, release_from(pillow));
        },
        py::arg("image"), py::arg("width"), py::arg("height"), py::kw_only(), py::arg("pillow") = 13,
        py::call_guard<py::gil_scoped_release>(),
        "The image in another size by Pillow's bicubic, to the bit of its release 12 or 13.");
    m.def(
        "image_kernels", [] { return std::string(features::detail::image_kernels().name); },
        "The instruction set in use for images: avx512, avx2 or scalar; ASSAY_SIMD limits it.");
}

}  // namespace assay::bindings
