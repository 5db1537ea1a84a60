#pragma once

#include <string>

#include "assay/base/error.hpp"
#include "assay/data/image/read_image.hpp"

namespace assay::data::detail {

Image decode_png(std::span<const std::byte> bytes, const ReadImageOptions& options);
Image decode_jpeg(std::span<const std::byte> bytes, const ReadImageOptions& options);

/// @throws ValueError if there are more pixels than allowed; called before memory is taken.
inline void check_pixels(index width, index height, const ReadImageOptions& options) {
    if (width > options.most_pixels / height) {
        throw ValueError("decode_image: expected at most " + std::to_string(options.most_pixels) + " pixels, got " +
                         std::to_string(width) + " x " + std::to_string(height) +
                         "; raise most_pixels if the file can be trusted");
    }
}

}  // namespace assay::data::detail
