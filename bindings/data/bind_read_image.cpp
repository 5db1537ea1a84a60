#include "assay/base/error.hpp"
#include "assay/data/image/read_image.hpp"
#include "prelude.hpp"

// PNG and JPEG, where the build found their libraries; DICOM is assay._dicom's.
namespace assay::bindings {
namespace {

using data::Image;

#ifdef ASSAY_HAVE_IMAGE
std::span<const std::byte> span_of(std::string_view bytes) {
    return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

Image decoded(const py::bytes& bytes, index most_pixels) {
    const auto text = static_cast<std::string_view>(bytes);
    const py::gil_scoped_release release;
    data::ReadImageOptions options;
    options.most_pixels = most_pixels;
    return data::decode_image(span_of(text), options);
}

const char* format_name(const py::bytes& bytes) {
    switch (data::image_format(span_of(static_cast<std::string_view>(bytes)))) {
        case data::ImageFormat::png:
            return "png";
        case data::ImageFormat::jpeg:
            return "jpeg";
        case data::ImageFormat::dicom:
            return "dicom";
        default:
            return "unknown";
    }
}
#else
constexpr const char* kWithout =
    "read_image: this build of Assay is without PNG and JPEG, because libpng or libjpeg-turbo was not there when it "
    "was "
    "built; on Debian: apt install libpng-dev libjpeg62-turbo-dev, then build again";

Image decoded(const py::bytes&, index) { throw StateError(kWithout); }
const char* format_name(const py::bytes&) { throw StateError(kWithout); }
#endif

}  // namespace

void bind_read_image(py::module_& m) {
    m.def("image_format", &format_name, py::arg("content"), "png, jpeg, dicom or unknown, by the first bytes.");
    m.def("decode_image", &decoded, py::arg("content"), py::kw_only(), py::arg("most_pixels") = index{178'956'970},
          "An image of the bytes of a PNG or JPEG file.");
}

}  // namespace assay::bindings
