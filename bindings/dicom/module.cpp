#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "../local_errors.hpp"
#include "assay/base/error.hpp"
#include "assay/data/image/dicom.hpp"

// The extension module assay._dicom: DICOM images by DCMTK. Loaded on first use by assay/data/images.py. It gives
// arrays, not assay.data.Image, so that the two modules share no C++ type.
namespace assay::bindings {
namespace {

namespace py = pybind11;
using data::DicomPixels;

py::array array_of(const py::dtype& type, std::vector<py::ssize_t> shape, const data::Buffer& bytes,
                   const py::handle& owner) {
    py::array out(type, std::move(shape), bytes.data(), owner);
    out.attr("setflags")(py::arg("write") = false);
    return out;
}

py::array stored_values(const py::object& self) {
    const auto& pixels = py::cast<const DicomPixels&>(self);
    const py::dtype type((pixels.with_sign ? "i" : "u") + std::to_string(pixels.bits / 8));
    std::vector<py::ssize_t> shape{pixels.height, pixels.width};
    if (pixels.frames > 1) shape.insert(shape.begin(), pixels.frames);
    if (pixels.channels > 1) shape.push_back(pixels.channels);
    return array_of(type, shape, pixels.values, self);
}

py::array shown(const DicomPixels& pixels, index frame, std::optional<std::pair<double, double>> window) {
    std::optional<data::GreyWindow> grey;
    if (window) grey = data::GreyWindow{window->first, window->second};
    std::optional<data::Image> image;
    {
        const py::gil_scoped_release release;
        image = data::show_dicom(pixels, frame, grey);
    }
    std::vector<py::ssize_t> shape{image->height(), image->width()};
    if (image->channels() > 1) shape.push_back(image->channels());
    const py::capsule owner(new data::Buffer(image->pixels()),
                            [](void* held) { delete static_cast<data::Buffer*>(held); });
    return array_of(py::dtype("u1"), shape, image->pixels(), owner);
}

DicomPixels read(const py::bytes& content, index most_pixels) {
    const auto text = static_cast<std::string_view>(content);
    const py::gil_scoped_release release;
    return data::read_dicom_pixels({reinterpret_cast<const std::byte*>(text.data()), text.size()}, most_pixels);
}

std::vector<std::tuple<double, double, std::string>> windows_of(const DicomPixels& pixels) {
    std::vector<std::tuple<double, double, std::string>> out;
    for (const data::DicomWindow& of : pixels.windows) out.emplace_back(of.window.center, of.window.width, of.function);
    return out;
}

}  // namespace

void bind_dicom(py::module_& m) {
    py::class_<DicomPixels>(m, "DicomPixels", "The stored values of a DICOM image and what is needed to show them.")
        .def_property_readonly("values", &stored_values,
                               "As pydicom's pixel_array: ([frames,] height, width[, 3]), a read-only view.")
        .def_readonly("frames", &DicomPixels::frames)
        .def_readonly("height", &DicomPixels::height)
        .def_readonly("width", &DicomPixels::width)
        .def_readonly("photometric", &DicomPixels::photometric)
        .def_readonly("slope", &DicomPixels::slope, "of the rescale; 1 where the file has none")
        .def_readonly("intercept", &DicomPixels::intercept)
        .def_readonly("padding", &DicomPixels::padding, "stored value outside of the image")
        .def_property_readonly("windows", &windows_of, "(center, width, function) of the file")
        .def("show", &shown, py::kw_only(), py::arg("frame") = 0, py::arg("window") = py::none(),
             "One frame as 8-bit grey or RGB after rescale and window (center, width); by default the file's first, "
             "else the frame's whole range. MONOCHROME1 is turned over.")
        .def("__repr__", [](const DicomPixels& p) {
            return "DicomPixels(" + std::to_string(p.frames) + " frames, " + std::to_string(p.width) + " x " +
                   std::to_string(p.height) + ", " + p.photometric + ")";
        });
    m.def("read", &read, py::arg("content"), py::kw_only(), py::arg("most_pixels") = index{178'956'970},
          "The pixels of the bytes of a DICOM file.");
}

}  // namespace assay::bindings

PYBIND11_MODULE(_dicom, module) {
    module.doc() = "DICOM by DCMTK; private, use assay.data.";
    assay::bindings::register_local_errors();
    assay::bindings::bind_dicom(module);
}
