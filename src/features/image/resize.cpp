#include "assay/features/image/resize.hpp"

#include <cstring>
#include <string>

#include "assay/base/error.hpp"
#include "assay/features/detail/resize_window.hpp"

namespace assay::features {
namespace {

constexpr index kLongestSide = index{1} << 24;

void interleave(const std::uint8_t* planes, index stride, index width, data::ImageMode mode, std::uint8_t* to) {
    if (mode == data::ImageMode::grey) {
        std::memcpy(to, planes, static_cast<std::size_t>(width));
    } else if (mode == data::ImageMode::rgb) {
        for (index x = 0; x < width; ++x) {
            for (int k = 0; k < 3; ++k) to[3 * x + k] = planes[k * stride + x];
        }
    } else {
        for (index x = 0; x < width; ++x) {
            const std::uint8_t alpha = planes[3 * stride + x];
            for (int k = 0; k < 3; ++k) to[4 * x + k] = detail::without_alpha(planes[k * stride + x], alpha);
            to[4 * x + 3] = alpha;
        }
    }
}

}  // namespace

data::Image resize_bicubic(const data::Image& image, index width, index height, PillowRelease pillow) {
    if (width < 1 || height < 1 || width > kLongestSide || height > kLongestSide) {
        throw ValueError("resize_bicubic: expected a width and height from 1 to 16777216, got " +
                         std::to_string(width) + " x " + std::to_string(height));
    }
    if (width == image.width() && height == image.height()) return image;
    const detail::ResizeWindow whole{width, height, 0, 0, width, height, pillow};
    data::MutableBuffer pixels(width * height * image.pixel_bytes());
    if (image.mode() == data::ImageMode::grey16) {
        detail::resize_deep(image, whole, [&](index y, const std::uint16_t* samples) {
            std::memcpy(pixels.as<std::uint16_t>() + y * width, samples, static_cast<std::size_t>(2 * width));
        });
    } else {
        detail::resize_bytes(image, whole, [&](index y, const std::uint8_t* planes, index stride) {
            interleave(planes, stride, width, image.mode(),
                       pixels.as<std::uint8_t>() + y * width * image.pixel_bytes());
        });
    }
    return {image.mode(), width, height, std::move(pixels).freeze()};
}

}  // namespace assay::features
