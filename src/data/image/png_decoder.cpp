#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <vector>

#include "data/image/decoders.hpp"

namespace assay::data::detail {
namespace {

/// What libpng's callbacks share. Where libpng jumps over a frame, nothing with a destructor stands in it.
struct PngReader {
    png_structp png = nullptr;
    png_infop info = nullptr;
    const unsigned char* next = nullptr;
    std::size_t left = 0;
    char message[160] = {};

    PngReader() = default;
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;
    ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void png_failed(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(reader->message, message, sizeof reader->message - 1);
    png_longjmp(png, 1);
}

void png_warned(png_structp, png_const_charp) {}

void png_take(png_structp png, png_bytep to, png_size_t size) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader->left) png_error(png, "the file ends too early");
    std::memcpy(to, reader->next, size);
    reader->next += size;
    reader->left -= size;
}

bool read_png_header(PngReader& reader) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_read_info(reader.png, reader.info);
    return true;
}

bool read_png_pixels(PngReader& reader, png_bytep* rows) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_read_image(reader.png, rows);
    png_read_end(reader.png, nullptr);
    return true;
}

bool update_png_info(PngReader& reader) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) return false;
    png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    return true;
}

[[noreturn]] void png_damaged(const PngReader& reader) {
    throw IoError(std::string("decode_image: expected a whole PNG file, got a damaged one: ") + reader.message);
}

std::uint32_t big_endian(const unsigned char* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

/// Frames that the animation control chunk names; it stands before the pixels.
std::uint32_t png_frames(std::span<const std::byte> bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t at = 8;
    while (at + 12 <= bytes.size() && std::memcmp(data + at + 4, "IDAT", 4) != 0) {
        if (std::memcmp(data + at + 4, "acTL", 4) == 0) return big_endian(data + at + 8);
        at += std::size_t{12} + big_endian(data + at);
    }
    return 1;
}

/// Tells libpng what to make of the file's pixels. @return  the mode they then have
ImageMode choose_png_mode(PngReader& reader) {
    const int depth = png_get_bit_depth(reader.png, reader.info);
    const int color = png_get_color_type(reader.png, reader.info);
    if (color == PNG_COLOR_TYPE_GRAY && depth == 1) {
        throw ValueError(
            "decode_image: expected a PNG of at least 2 bits a pixel, got a 1-bit one; save it as 8-bit grey");
    }
    if (color == PNG_COLOR_TYPE_GRAY && depth == 16) {
        if (std::endian::native == std::endian::little) png_set_swap(reader.png);
        return ImageMode::grey16;
    }
    if (depth == 16) png_set_strip_16(reader.png);
    switch (color) {
        case PNG_COLOR_TYPE_GRAY:
            png_set_expand_gray_1_2_4_to_8(reader.png);
            return ImageMode::grey;
        case PNG_COLOR_TYPE_PALETTE:
            png_set_palette_to_rgb(reader.png);
            png_set_strip_alpha(reader.png);
            return ImageMode::rgb;
        case PNG_COLOR_TYPE_GRAY_ALPHA:
            png_set_gray_to_rgb(reader.png);
            return ImageMode::rgba;
        case PNG_COLOR_TYPE_RGB_ALPHA:
            return ImageMode::rgba;
        default:
            return ImageMode::rgb;
    }
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, const ReadImageOptions& options) {
    if (png_frames(bytes) > 1) {
        throw ValueError("decode_image: expected one image, got an animated PNG; save the frame that is meant");
    }
    PngReader reader;
    reader.next = reinterpret_cast<const unsigned char*>(bytes.data());
    reader.left = bytes.size();
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, png_failed, png_warned);
    if (reader.png == nullptr) throw std::bad_alloc();
    reader.info = png_create_info_struct(reader.png);
    if (reader.info == nullptr) throw std::bad_alloc();
    png_set_read_fn(reader.png, &reader, png_take);
    png_set_user_limits(reader.png, 0x7fffffff, 0x7fffffff);
    png_set_chunk_malloc_max(reader.png, 1 << 23);
    // Texts and profiles say nothing about pixels, and 300 of them inflate two megabytes to two gigabytes.
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    if (!read_png_header(reader)) png_damaged(reader);

    const auto width = static_cast<index>(png_get_image_width(reader.png, reader.info));
    const auto height = static_cast<index>(png_get_image_height(reader.png, reader.info));
    check_pixels(width, height, options);
    const ImageMode mode = choose_png_mode(reader);
    if (!update_png_info(reader)) png_damaged(reader);
    const auto row_bytes = static_cast<index>(png_get_rowbytes(reader.png, reader.info));
    const index pixel_bytes = mode == ImageMode::grey16 ? 2
                              : mode == ImageMode::rgba ? 4
                              : mode == ImageMode::rgb  ? 3
                                                        : 1;
    if (row_bytes != width * pixel_bytes) {
        throw IoError("decode_image: expected a whole PNG file, got one whose colour type contradicts itself");
    }
    MutableBuffer pixels(height * row_bytes);
    std::vector<png_bytep> rows(static_cast<std::size_t>(height));
    for (index y = 0; y < height; ++y) rows[static_cast<std::size_t>(y)] = pixels.as<png_byte>() + y * row_bytes;
    if (!read_png_pixels(reader, rows.data())) png_damaged(reader);
    return {mode, width, height, std::move(pixels).freeze()};
}

}  // namespace assay::data::detail
