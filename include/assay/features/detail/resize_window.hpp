#pragma once

#include <cstdint>
#include <functional>

#include "assay/base/index.hpp"
#include "assay/data/image.hpp"
#include "assay/features/image/resize.hpp"

namespace assay::features::detail {

/// A part of a resized image, of which nothing else is worked out.
struct ResizeWindow {
    index resized_width = 0;
    index resized_height = 0;
    index left = 0;
    index top = 0;
    index width = 0;
    index height = 0;
    PillowRelease pillow = PillowRelease::v13;
};

/// Whether Pillow works out columns before rows, which changes bits. Found by comparing thousands of resizes in either
/// order with what Pillow 12.3 and 13.0 give.
inline bool columns_first(const data::Image& image, const ResizeWindow& window) {
    const index shorter = image.height() - window.resized_height;
    if (shorter <= 0) return false;
    if (window.pillow == PillowRelease::v12) return image.height() > 100 * image.width();
    return shorter > 2 * (image.width() - window.resized_width);
}

/// One finished row of the window, a plane of bytes for each channel `stride` apart; called from several threads.
using ByteRow = std::function<void(index y, const std::uint8_t* planes, index stride)>;
/// The same for 16-bit samples.
using DeepRow = std::function<void(index y, const std::uint16_t* samples)>;

/// Resizes an 8-bit image; `take` gets the window's rows. RGBA comes with alpha multiplied in unless the resize changes
/// no size.
void resize_bytes(const data::Image& image, const ResizeWindow& window, const ByteRow& take);

/// Resizes a 16-bit image.
void resize_deep(const data::Image& image, const ResizeWindow& window, const DeepRow& take);

/// Pillow's division by alpha.
inline std::uint8_t without_alpha(std::uint8_t value, std::uint8_t alpha) {
    if (alpha == 0 || alpha == 255) return value;
    const int divided = 255 * value / alpha;
    return static_cast<std::uint8_t>(divided > 255 ? 255 : divided);
}

}  // namespace assay::features::detail
