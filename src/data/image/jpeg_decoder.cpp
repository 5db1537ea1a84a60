#include <csetjmp>
#include <cstdio>  // jpeglib.h needs FILE
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

#include "data/image/decoders.hpp"

namespace assay::data::detail {
namespace {

/// A progressive file may pass over its pixels again and again in a few bytes each time.
constexpr int kMostScans = 500;

/// What libjpeg's callbacks share. Where libjpeg jumps over a frame, nothing with a destructor stands in it.
struct JpegReader {
    jpeg_decompress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf failed;
    char message[JMSG_LENGTH_MAX] = {};

    JpegReader() = default;
    JpegReader(const JpegReader&) = delete;
    JpegReader& operator=(const JpegReader&) = delete;
    ~JpegReader() { jpeg_destroy_decompress(&jpeg); }
};

JpegReader& reader_of(j_common_ptr jpeg) { return *static_cast<JpegReader*>(jpeg->client_data); }

[[noreturn]] void jpeg_failed(j_common_ptr jpeg) {
    JpegReader& reader = reader_of(jpeg);
    reader.errors.format_message(jpeg, reader.message);
    std::longjmp(reader.failed, 1);
}

/// libjpeg goes on after damage, inventing pixels. Only bytes that stand between markers do no harm.
void jpeg_said(j_common_ptr jpeg, int level) {
    if (level >= 0 || jpeg->err->msg_code == JWRN_EXTRANEOUS_DATA || jpeg->err->msg_code == JWRN_ADOBE_XFORM) return;
    jpeg_failed(jpeg);
}

void jpeg_printed(j_common_ptr) {}

void jpeg_advanced(j_common_ptr jpeg) {
    if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMostScans) return;
    JpegReader& reader = reader_of(jpeg);
    std::strncpy(reader.message, "more than 500 scans", sizeof reader.message - 1);
    std::longjmp(reader.failed, 1);
}

bool read_jpeg_header(JpegReader& reader, std::span<const std::byte> bytes) {
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.errors.error_exit = jpeg_failed;
    reader.errors.emit_message = jpeg_said;
    reader.errors.output_message = jpeg_printed;
    reader.progress.progress_monitor = jpeg_advanced;
    reader.jpeg.client_data = &reader;
    if (setjmp(reader.failed) != 0) return false;
    jpeg_create_decompress(&reader.jpeg);
    reader.jpeg.client_data = &reader;
    reader.jpeg.progress = &reader.progress;
    jpeg_mem_src(&reader.jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&reader.jpeg, TRUE);
    return true;
}

bool read_jpeg_pixels(JpegReader& reader, unsigned char* pixels, std::size_t row_bytes) {
    if (setjmp(reader.failed) != 0) return false;
    jpeg_start_decompress(&reader.jpeg);
    while (reader.jpeg.output_scanline < reader.jpeg.output_height) {
        JSAMPROW row = pixels + reader.jpeg.output_scanline * row_bytes;
        jpeg_read_scanlines(&reader.jpeg, &row, 1);
    }
    jpeg_finish_decompress(&reader.jpeg);
    return true;
}

[[noreturn]] void jpeg_damaged(const JpegReader& reader) {
    throw IoError(std::string("decode_image: expected a whole JPEG file, got a damaged one: ") + reader.message);
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const ReadImageOptions& options) {
    JpegReader reader;
    if (!read_jpeg_header(reader, bytes)) jpeg_damaged(reader);
    const auto width = static_cast<index>(reader.jpeg.image_width);
    const auto height = static_cast<index>(reader.jpeg.image_height);
    if (width < 1 || height < 1) throw IoError("decode_image: expected a JPEG with pixels, got one without");
    check_pixels(width, height, options);
    const int channels = reader.jpeg.num_components;
    if (channels != 1 && channels != 3) {
        throw ValueError("decode_image: expected a JPEG in grey or RGB, got one of " + std::to_string(channels) +
                         " channels" + (channels == 4 ? " (CMYK)" : "") +
                         "; convert it to RGB with the profile it was made with");
    }
    reader.jpeg.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    MutableBuffer pixels(width * height * channels);
    if (!read_jpeg_pixels(reader, pixels.as<unsigned char>(), static_cast<std::size_t>(width * channels))) {
        jpeg_damaged(reader);
    }
    return {channels == 1 ? ImageMode::grey : ImageMode::rgb, width, height, std::move(pixels).freeze()};
}

}  // namespace assay::data::detail
