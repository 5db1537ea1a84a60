#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/image.hpp"

namespace assay::data {

/// What a file is by its first bytes.
enum class ImageFormat : unsigned char { unknown, png, jpeg, dicom };

/// Told by the content, never by a name.
ASSAY_EXPORT ImageFormat image_format(std::span<const std::byte> bytes) noexcept;

/// Which values of a DICOM image become black and white.
struct GreyWindow {
    double center = 0;
    double width = 1;
};

struct ReadImageOptions {
    index most_pixels = 178'956'970;   ///< width × height × frames; Pillow's limit, 512 MB of grey in three bytes
    index frame = 0;                   ///< of a DICOM file with several
    std::optional<GreyWindow> window;  ///< of a DICOM file, instead of its own
};

/// Decodes PNG, JPEG and, where assay::dicom is linked and `enable_dicom` was called, DICOM.
///
/// The pixels are those of Pillow's `Image.open`: 16-bit grey stays 16-bit, other 16-bit samples keep their high byte,
/// grey with alpha becomes RGBA, a palette RGB. EXIF orientation, gamma and colour profiles are not applied, nor does
/// CLIP's reference do so. The dimensions are checked before any pixel's memory is taken.
/// @throws IoError where the bytes are damaged or cut off, ValueError for another format, too many pixels, an animated,
///         CMYK or 1-bit image, or a frame that is not there, StateError for DICOM without its component.
ASSAY_EXPORT Image decode_image(std::span<const std::byte> bytes, const ReadImageOptions& options = {});

/// The same from a file. @throws also IoError where it cannot be read; errors name the path.
ASSAY_EXPORT Image read_image(const std::filesystem::path& path, const ReadImageOptions& options = {});

namespace detail {

using ImageDecoder = Image (*)(std::span<const std::byte>, const ReadImageOptions&);

/// Where the component for DICOM puts itself.
ASSAY_EXPORT void use_dicom_decoder(ImageDecoder decoder) noexcept;

}  // namespace detail
}  // namespace assay::data
