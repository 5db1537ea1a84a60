#include "assay/features/image/resize.hpp"

#include <cstring>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/features/detail/image_kernels.hpp"
#include "assay/features/image/image_preprocessor.hpp"
#include "catch.hpp"

namespace assay {
namespace {

using data::Image;
using data::ImageMode;

/// Made-up pixels from a seed.
Image noise(ImageMode mode, index width, index height, std::uint32_t seed) {
    const index pixel = mode == ImageMode::rgb ? 3 : mode == ImageMode::rgba ? 4 : mode == ImageMode::grey16 ? 2 : 1;
    data::MutableBuffer bytes(width * height * pixel);
    for (index i = 0; i < bytes.size(); ++i) {
        seed = seed * 1664525 + 1013904223;
        bytes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(seed >> 24);
    }
    return {mode, width, height, std::move(bytes).freeze()};
}

Image grey_of(index width, index height, std::initializer_list<int> values) {
    data::MutableBuffer bytes(width * height);
    index i = 0;
    for (const int value : values) bytes.as<std::uint8_t>()[i++] = static_cast<std::uint8_t>(value);
    return {ImageMode::grey, width, height, std::move(bytes).freeze()};
}

bool same(const Image& a, const Image& b) {
    return a.mode() == b.mode() && a.width() == b.width() && a.height() == b.height() &&
           std::memcmp(a.pixels().data(), b.pixels().data(), static_cast<std::size_t>(a.pixels().size())) == 0;
}

std::vector<int> values_of(const Image& image) { return {image.row(0), image.row(0) + image.width() * image.height()}; }

}  // namespace

TEST_CASE("Resize: a ramp grows and shrinks as in Pillow 13", "[image]") {
    const Image ramp = grey_of(4, 1, {0, 10, 200, 255});
    // PIL.Image.fromarray(...).resize((8, 1), BICUBIC) and ((2, 1), BICUBIC)
    CHECK(values_of(features::resize_bicubic(ramp, 8, 1)) == std::vector<int>{0, 0, 0, 48, 158, 225, 249, 255});
    CHECK(values_of(features::resize_bicubic(ramp, 2, 1)) == std::vector<int>{19, 210});
    CHECK(same(features::resize_bicubic(ramp, 4, 1), ramp));
}

TEST_CASE("Resize: a flat image stays flat", "[image]") {
    const Image flat = grey_of(3, 2, {77, 77, 77, 77, 77, 77});
    for (const auto& [width, height] : {std::pair<index, index>{1, 1}, {50, 31}, {2, 2}, {3, 9}}) {
        for (const int value : values_of(features::resize_bicubic(flat, width, height))) REQUIRE(value == 77);
    }
}

TEST_CASE("Resize: every instruction set and number of threads gives the same bits", "[image]") {
    const int threads = num_threads();
    for (const ImageMode mode : {ImageMode::grey, ImageMode::rgb, ImageMode::rgba, ImageMode::grey16}) {
        for (const auto& [width, height] :
             {std::pair<index, index>{611, 403}, {17, 16}, {1, 33}, {33, 1}, {224, 224}}) {
            const Image image = noise(mode, width, height, 7);
            features::detail::use_image_kernels(&features::detail::portable_image_kernels);
            set_num_threads(1);
            const Image small = features::resize_bicubic(image, 97, 61);
            const Image large = features::resize_bicubic(image, 640, 411);
            std::vector<float> square(static_cast<std::size_t>(features::ImagePreprocessor().values()));
            features::ImagePreprocessor()(image, square);
            for (const auto* kernels : features::detail::available_image_kernels()) {
                features::detail::use_image_kernels(kernels);
                set_num_threads(3);
                INFO(kernels->name << ' ' << name_of(mode) << ' ' << width << " x " << height);
                CHECK(same(features::resize_bicubic(image, 97, 61), small));
                CHECK(same(features::resize_bicubic(image, 640, 411), large));
                std::vector<float> other(square.size());
                features::ImagePreprocessor()(image, other);
                CHECK(other == square);
            }
        }
    }
    features::detail::use_image_kernels(nullptr);
    set_num_threads(threads);
}

TEST_CASE("ImagePreprocessor: the crop's offset is rounded half to even", "[image]") {
    // Two wide, so that nothing is resized: of 2 x 5 rows 2 and 3 remain (1.5 to 2), of 2 x 3 rows 0 and 1 (0.5 to 0).
    features::ImagePreprocessorOptions options;
    options.size = 2;
    options.mean = {0, 0, 0};
    options.std = {1, 1, 1};
    const features::ImagePreprocessor preprocess(options);
    std::vector<float> out(12);
    preprocess(grey_of(2, 5, {0, 0, 0, 0, 51, 102, 153, 204, 0, 0}), out);
    CHECK(std::vector<float>(out.begin(), out.begin() + 4) == std::vector<float>{0.2F, 0.4F, 0.6F, 0.8F});
    preprocess(grey_of(2, 3, {51, 102, 153, 204, 0, 0}), out);
    CHECK(std::vector<float>(out.begin() + 8, out.end()) == std::vector<float>{0.2F, 0.4F, 0.6F, 0.8F});
}

TEST_CASE("ImagePreprocessor: wrong lengths are errors", "[image]") {
    const features::ImagePreprocessor preprocess;
    std::vector<float> out(3);
    CHECK_THROWS_AS(preprocess(grey_of(1, 1, {0}), out), ShapeError);
    CHECK_THROWS_AS(Image(ImageMode::rgb, 2, 2, data::Buffer()), ShapeError);
    CHECK_THROWS_AS(Image(ImageMode::grey, 0, 2, data::Buffer()), ShapeError);
    CHECK_THROWS_AS(features::resize_bicubic(grey_of(1, 1, {0}), 1, 0), ValueError);
}

}  // namespace assay
