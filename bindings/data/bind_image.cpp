#include <pybind11/numpy.h>

#include <cstring>

#include "assay/base/error.hpp"
#include "assay/data/image.hpp"
#include "prelude.hpp"

// Raster images from and to NumPy.
namespace assay::bindings {
namespace {

using data::Image;
using data::ImageMode;

ImageMode mode_for(const py::array& pixels) {
    const bool bytes = pixels.dtype().kind() == 'u' && pixels.itemsize() == 1;
    const bool deep = pixels.dtype().kind() == 'u' && pixels.itemsize() == 2;
    if (pixels.ndim() == 2 && bytes) return ImageMode::grey;
    if (pixels.ndim() == 2 && deep) return ImageMode::grey16;
    if (pixels.ndim() == 3 && bytes && pixels.shape(2) == 3) return ImageMode::rgb;
    if (pixels.ndim() == 3 && bytes && pixels.shape(2) == 4) return ImageMode::rgba;
    throw ShapeError(
        "Image: expected an array (height, width) of uint8 or uint16, or (height, width, 3 or 4) of uint8, "
        "got " +
        std::to_string(pixels.ndim()) + " dimensions of " + py::cast<std::string>(py::str(pixels.dtype())));
}

Image image_from(const py::object& values) {
    const py::module_ numpy = py::module_::import("numpy");
    const py::array given = numpy.attr("asarray")(values);
    const ImageMode mode = mode_for(given);
    const py::array pixels =
        numpy.attr("ascontiguousarray")(given, py::arg("dtype") = mode == ImageMode::grey16 ? "=u2" : "u1");
    return {mode, pixels.shape(1), pixels.shape(0),
            data::Buffer::copy_of(
                {static_cast<const std::byte*>(pixels.data()), static_cast<std::size_t>(pixels.nbytes())})};
}

/// A read-only view of the image's own memory.
py::array pixels_of(const py::object& self) {
    const auto& image = py::cast<const Image&>(self);
    const py::dtype type(image.mode() == ImageMode::grey16 ? "u2" : "u1");
    std::vector<py::ssize_t> shape{image.height(), image.width()};
    if (image.channels() > 1) shape.push_back(image.channels());
    py::array out(type, shape, image.pixels().data(), self);
    out.attr("setflags")(py::arg("write") = false);
    return out;
}

py::object image_array(const py::object& self, const py::object& dtype, const py::object& copy) {
    const py::array view = pixels_of(self);
    const bool other = !dtype.is_none() && !py::object(view.dtype()).equal(py::dtype::from_args(dtype));
    if (other && !copy.is_none() && !py::cast<bool>(copy)) {
        throw py::value_error("Image: expected the image's own type for copy=False; leave out copy=False");
    }
    if (other) return view.attr("astype")(dtype);
    return !copy.is_none() && py::cast<bool>(copy) ? view.attr("copy")() : py::object(view);
}

py::bytes image_bytes(const Image& image) {
    return {reinterpret_cast<const char*>(image.pixels().data()), static_cast<std::size_t>(image.pixels().size())};
}

Image image_unpickled(const py::tuple& state) {
    const auto mode = state[0].cast<std::string>();
    const std::string bytes = state[3].cast<py::bytes>();
    for (const ImageMode known : {ImageMode::grey, ImageMode::rgb, ImageMode::rgba, ImageMode::grey16}) {
        if (name_of(known) != mode) continue;
        return {known, state[1].cast<index>(), state[2].cast<index>(),
                data::Buffer::copy_of({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()})};
    }
    throw ValueError("Image: expected a pickle with mode L, RGB, RGBA or I;16");
}

}  // namespace

void bind_image(py::module_& m) {
    py::class_<Image>(m, "Image", "An immutable raster image of mode L, RGB, RGBA or I;16 (16-bit grey).")
        .def(py::init(&image_from), py::arg("pixels"),
             "From an array (height, width) of uint8 or uint16, or (height, width, 3 or 4) of uint8; a Pillow image "
             "of such a mode is one.")
        .def_property_readonly(
            "mode", [](const Image& image) { return name_of(image.mode()); }, "Pillow's name of the mode")
        .def_property_readonly("width", &Image::width)
        .def_property_readonly("height", &Image::height)
        .def_property_readonly(
            "size", [](const Image& image) { return std::pair(image.width(), image.height()); }, "(width, height)")
        .def("to_numpy", &pixels_of, "A read-only view of the pixels: (height, width) or (height, width, channels).")
        .def("__array__", &image_array, py::arg("dtype") = py::none(), py::arg("copy") = py::none())
        .def("__eq__",
             [](const Image& a, const py::object& other) {
                 if (!py::isinstance<Image>(other)) return false;
                 const auto& b = py::cast<const Image&>(other);
                 return a.mode() == b.mode() && a.width() == b.width() && a.height() == b.height() &&
                        std::memcmp(a.pixels().data(), b.pixels().data(),
                                    static_cast<std::size_t>(a.pixels().size())) == 0;
             })
        .def("__repr__",
             [](const Image& image) {
                 return "Image('" + std::string(name_of(image.mode())) + "', " + std::to_string(image.width()) + " x " +
                        std::to_string(image.height()) + ")";
             })
        .def(py::pickle(
            [](const Image& image) {
                return py::make_tuple(name_of(image.mode()), image.width(), image.height(), image_bytes(image));
            },
            &image_unpickled));
}

}  // namespace assay::bindings
