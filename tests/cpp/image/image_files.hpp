#pragma once

#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>
#include <png.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "assay/base/error.hpp"
#include "assay/data/image/read_image.hpp"

namespace assay::testing {

inline std::span<const std::byte> bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Made-up pixels of a ramp.
inline std::string ramp(index size) {
    std::string out(static_cast<std::size_t>(size), '\0');
    for (index i = 0; i < size; ++i) out[static_cast<std::size_t>(i)] = static_cast<char>(i * 7);
    return out;
}

/// A PNG by libpng's own writer. @param format  PNG_FORMAT_GRAY, …
inline std::string png_file(std::uint32_t width, std::uint32_t height, std::uint32_t format) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = format;
    const std::string pixels = ramp(static_cast<index>(PNG_IMAGE_SIZE(image)));
    png_alloc_size_t size = 0;
    png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
    std::string out(size, '\0');
    png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr);
    out.resize(size);
    return out;
}

/// A JPEG by libjpeg's own writer. @param channels  1, 3 or 4 (CMYK)
inline std::string jpeg_file(unsigned width, unsigned height, int channels, bool progressive = false) {
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* made = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &made, &size);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    if (progressive) jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    std::string row = ramp(static_cast<index>(width) * channels);
    for (unsigned y = 0; y < height; ++y) {
        auto* line = reinterpret_cast<JSAMPROW>(row.data());
        jpeg_write_scanlines(&jpeg, &line, 1);
    }
    jpeg_finish_compress(&jpeg);
    std::string out(reinterpret_cast<const char*>(made), size);
    jpeg_destroy_compress(&jpeg);
    std::free(made);
    return out;
}

inline std::string content_of(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Whether the bytes are an image; anything but one of Assay's errors fails the test.
inline bool decodes(const std::string& bytes, index most_pixels = index{1} << 22) {
    data::ReadImageOptions options;
    options.most_pixels = most_pixels;
    try {
        data::decode_image(bytes_of(bytes), options);
        return true;
    } catch (const IoError&) {
        return false;
    } catch (const ValueError&) {
        return false;
    }
}

}  // namespace assay::testing
