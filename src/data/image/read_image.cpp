#include "assay/data/image/read_image.hpp"

#include <atomic>
#include <string>

#include "assay/base/error.hpp"
#include "assay/base/mapped_file.hpp"
#include "data/image/decoders.hpp"

namespace assay::data {
namespace {

std::atomic<detail::ImageDecoder> dicom_decoder{nullptr};

bool has_at(std::string_view text, std::size_t at, std::string_view wanted) {
    return text.size() >= at && text.substr(at, wanted.size()) == wanted;
}

/// DICOM without its preamble begins with an element of group 2 or 8, little-endian.
bool bare_dicom(std::string_view text) {
    if (text.size() < 8 || text[1] != 0 || (text[0] != 2 && text[0] != 8) || text[3] != 0) return false;
    const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    const bool explicit_vr = letter(text[4]) && letter(text[5]);
    return explicit_vr || (text[0] == 8 && text[6] == 0 && text[7] == 0);
}

/// Formats that are met and not read, to name them.
std::string_view foreign_format(std::string_view text) {
    using namespace std::string_view_literals;
    if (has_at(text, 0, "GIF8")) return "GIF";
    if (has_at(text, 0, "II*\0"sv) || has_at(text, 0, "MM\0*"sv)) return "TIFF";
    if (has_at(text, 0, "BM")) return "BMP";
    if (has_at(text, 0, "RIFF") && has_at(text, 8, "WEBP")) return "WebP";
    if (has_at(text, 0, "\xff\x4f\xff\x51"sv) || has_at(text, 4, "jP  ")) return "JPEG 2000";
    if (has_at(text, 0, "%PDF")) return "PDF";
    return text.empty() ? "nothing" : "other bytes";
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

ImageFormat image_format(std::span<const std::byte> bytes) noexcept {
    const std::string_view text = as_text(bytes);
    if (has_at(text, 0, "\x89PNG\r\n\x1a\n")) return ImageFormat::png;
    if (has_at(text, 0, "\xff\xd8\xff")) return ImageFormat::jpeg;
    if (has_at(text, 128, "DICM") || bare_dicom(text)) return ImageFormat::dicom;
    return ImageFormat::unknown;
}

Image decode_image(std::span<const std::byte> bytes, const ReadImageOptions& options) {
    const ImageFormat format = image_format(bytes);
    if (format == ImageFormat::unknown) {
        throw ValueError("decode_image: expected PNG, JPEG or DICOM, got " +
                         std::string(foreign_format(as_text(bytes))));
    }
    if (format == ImageFormat::dicom) {
        const detail::ImageDecoder decoder = dicom_decoder.load();
        if (decoder == nullptr) {
            throw StateError(
                "decode_image: expected PNG or JPEG, got DICOM; link assay::dicom and call "
                "assay::data::enable_dicom() once");
        }
        return decoder(bytes, options);
    }
    if (options.frame != 0) {
        throw ValueError("decode_image: expected frame 0 of a PNG or JPEG, got " + std::to_string(options.frame));
    }
    return format == ImageFormat::png ? detail::decode_png(bytes, options) : detail::decode_jpeg(bytes, options);
}

Image read_image(const std::filesystem::path& path, const ReadImageOptions& options) {
    const MappedFile file(path);
    const auto named = [&path](const Error& error) { return path.string() + ": " + error.what(); };
    try {
        return decode_image(file.bytes(), options);
    } catch (const IoError& error) {
        throw IoError(named(error));
    } catch (const ValueError& error) {
        throw ValueError(named(error));
    } catch (const StateError& error) {
        throw StateError(named(error));
    }
}

namespace detail {

void use_dicom_decoder(ImageDecoder decoder) noexcept { dicom_decoder.store(decoder); }

}  // namespace detail
}  // namespace assay::data
