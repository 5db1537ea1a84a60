#pragma once

#include <cstdint>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/buffer.hpp"

namespace assay::data {

/// What a pixel is; the names that Pillow gives them are "L", "RGB", "RGBA" and "I;16".
enum class ImageMode : unsigned char {
    grey,    ///< one byte, 0 is black
    rgb,     ///< three bytes
    rgba,    ///< four bytes, alpha not multiplied in
    grey16,  ///< one 16-bit number in the machine's byte order, 0 is black
};

/// Pillow's name of the mode.
ASSAY_EXPORT std::string_view name_of(ImageMode mode) noexcept;

/// An immutable raster image: rows from the top, pixels from the left, no padding. Copies share the pixels.
class ASSAY_EXPORT Image {
  public:
    /// @param pixels  height × width × channels samples
    /// @throws ShapeError if width or height is below 1 or the pixels are not as many bytes.
    Image(ImageMode mode, index width, index height, Buffer pixels);

    ImageMode mode() const noexcept { return mode_; }
    index width() const noexcept { return width_; }
    index height() const noexcept { return height_; }
    index channels() const noexcept { return mode_ == ImageMode::rgb ? 3 : mode_ == ImageMode::rgba ? 4 : 1; }
    /// Bytes of one pixel.
    index pixel_bytes() const noexcept { return mode_ == ImageMode::grey16 ? 2 : channels(); }
    const Buffer& pixels() const noexcept { return pixels_; }
    const std::uint8_t* row(index y) const noexcept { return pixels_.as<std::uint8_t>() + y * width_ * pixel_bytes(); }
    const std::uint16_t* row16(index y) const noexcept { return pixels_.as<std::uint16_t>() + y * width_; }

  private:
    ImageMode mode_;
    index width_;
    index height_;
    Buffer pixels_;
};

}  // namespace assay::data
