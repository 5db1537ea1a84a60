#include "assay/data/image.hpp"

#include <limits>
#include <string>

#include "assay/base/error.hpp"

namespace assay::data {

std::string_view name_of(ImageMode mode) noexcept {
    switch (mode) {
        case ImageMode::rgb:
            return "RGB";
        case ImageMode::rgba:
            return "RGBA";
        case ImageMode::grey16:
            return "I;16";
        default:
            return "L";
    }
}

Image::Image(ImageMode mode, index width, index height, Buffer pixels)
    : mode_(mode), width_(width), height_(height), pixels_(std::move(pixels)) {
    const index most = std::numeric_limits<index>::max() / 8;
    if (width < 1 || height < 1 || width > most / height) {
        throw ShapeError("Image: expected a width and height of at least 1, got " + std::to_string(width) + " x " +
                         std::to_string(height));
    }
    if (pixels_.size() != width * height * pixel_bytes()) {
        throw ShapeError("Image: expected " + std::to_string(width * height * pixel_bytes()) + " bytes for " +
                         std::to_string(width) + " x " + std::to_string(height) + " pixels of mode " +
                         std::string(name_of(mode)) + ", got " + std::to_string(pixels_.size()));
    }
}

}  // namespace assay::data
