#include "assay/features/image/image_preprocessor.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/resize_window.hpp"

namespace assay::features {
namespace {

constexpr index kMostSize = 65536;

/// (length - size) / 2, half to even.
index crop_offset(index length, index size) {
    const index twice = length - size;
    return twice / 2 + (twice % 2 == 1 && twice / 2 % 2 == 1 ? 1 : 0);
}

detail::ResizeWindow centre_square(const data::Image& image, index size, PillowRelease pillow) {
    const index shortest = std::min(image.width(), image.height());
    const index width = image.width() == shortest ? size : size * image.width() / shortest;
    const index height = image.height() == shortest ? size : size * image.height() / shortest;
    return {width, height, crop_offset(width, size), crop_offset(height, size), size, size, pillow};
}

void expect_length(std::string_view what, index expected, std::size_t got) {
    if (static_cast<std::size_t>(expected) != got) {
        throw ShapeError("ImagePreprocessor: expected room for " + std::to_string(expected) + " floats (" +
                         std::string(what) + "), got " + std::to_string(got));
    }
}

}  // namespace

ImagePreprocessor::ImagePreprocessor(const ImagePreprocessorOptions& options) : options_(options) {
    if (options.size < 1 || options.size > kMostSize) {
        throw ValueError("ImagePreprocessor: expected a size from 1 to 65536, got " + std::to_string(options.size));
    }
    for (std::size_t channel = 0; channel < 3; ++channel) {
        const float mean = options.mean[channel];
        const float std = options.std[channel];
        if (!std::isfinite(mean) || !std::isfinite(std) || !(std > 0)) {
            throw ValueError("ImagePreprocessor: expected finite means and standard deviations above 0, got " +
                             std::to_string(mean) + " and " + std::to_string(std) + " for channel " +
                             std::to_string(channel));
        }
        for (std::size_t value = 0; value < 256; ++value) {
            normalised_[channel][value] = (static_cast<float>(value) / 255.0F - mean) / std;
        }
    }
}

void ImagePreprocessor::run(const data::Image& image, float* chw) const {
    const index size = options_.size;
    const index plane = size * size;
    const detail::ResizeWindow window = centre_square(image, size, options_.pillow);
    if (image.mode() == data::ImageMode::grey16) {
        detail::resize_deep(image, window, [&](index y, const std::uint16_t* samples) {
            for (index x = 0; x < size; ++x) {
                const auto value = static_cast<float>(samples[x]);
                const float share =
                    options_.deep_grey == DeepGrey::scale ? value / 65535.0F : std::min(value, 255.0F) / 255.0F;
                for (std::size_t channel = 0; channel < 3; ++channel) {
                    chw[static_cast<index>(channel) * plane + y * size + x] =
                        (share - options_.mean[channel]) / options_.std[channel];
                }
            }
        });
        return;
    }
    const bool same = window.resized_width == image.width() && window.resized_height == image.height();
    const bool alpha = image.mode() == data::ImageMode::rgba && !same;
    detail::resize_bytes(image, window, [&](index y, const std::uint8_t* planes, index stride) {
        for (index channel = 0; channel < 3; ++channel) {
            const std::uint8_t* from = planes + (image.channels() == 1 ? 0 : channel * stride);
            const auto& normalised = normalised_[static_cast<std::size_t>(channel)];
            float* to = chw + channel * plane + y * size;
            for (index x = 0; x < size; ++x) {
                to[x] = normalised[alpha ? detail::without_alpha(from[x], planes[3 * stride + x]) : from[x]];
            }
        }
    });
}

void ImagePreprocessor::operator()(const data::Image& image, std::span<float> chw) const {
    expect_length("3 x size x size", values(), chw.size());
    run(image, chw.data());
}

void ImagePreprocessor::operator()(std::span<const data::Image> images, std::span<float> nchw) const {
    const auto count = static_cast<index>(images.size());
    expect_length("images x 3 x size x size", count * values(), nchw.size());
    if (count == 1) return run(images[0], nchw.data());
    parallel_for(count, 1, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) run(images[static_cast<std::size_t>(i)], nchw.data() + i * values());
    });
}

}  // namespace assay::features
