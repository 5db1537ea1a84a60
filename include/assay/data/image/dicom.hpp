#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/image/read_image.hpp"

namespace assay::data {

/// The component assay::dicom, on DCMTK.

/// A window of the file itself, with the function that it is for (PS3.3, C.11.2.1.3).
struct DicomWindow {
    GreyWindow window;
    std::string function = "LINEAR";  ///< or LINEAR_EXACT, SIGMOID
};

/// The stored values of a DICOM image with what is needed to show them.
///
/// Values are those of pydicom's `pixel_array`: unused bits removed, colour in RGB and by pixel, 1-bit as 0 and 1.
struct DicomPixels {
    index frames = 1;
    index height = 0;
    index width = 0;
    index channels = 1;
    int bits = 8;  ///< of one value in `values`: 8, 16 or 32
    bool with_sign = false;
    Buffer values;            ///< [frames, height, width, channels]
    std::string photometric;  ///< MONOCHROME1, MONOCHROME2, PALETTE COLOR or RGB
    double slope = 1;         ///< of the rescale; 1 and 0 where the file has none
    double intercept = 0;
    std::optional<std::int64_t> padding;  ///< stored value outside of the image
    std::vector<DicomWindow> windows;
    bool with_tables = false;  ///< the file wants a lookup table for its grey values

    /// One value as a number. @param at  below frames · height · width · channels
    std::int64_t value(index at) const noexcept;
};

/// Reads the pixels of all frames. Compressed ones are decoded where DCMTK has the codec: RLE, JPEG (lossy, lossless)
/// and JPEG-LS.
/// @param most_pixels  width × height × frames, checked before pixels are decoded
/// @throws IoError where the file is damaged, cut off or holds no image, ValueError for another kind of image or codec.
ASSAY_EXPORT DicomPixels read_dicom_pixels(std::span<const std::byte> bytes,
                                           index most_pixels = ReadImageOptions{}.most_pixels);

/// One frame as a reader sees it: colour as RGB, grey as 8-bit L after rescale and window, MONOCHROME1 turned over.
///
/// The window is the given one, else the file's first, else from the frame's least to its greatest value without
/// padding. Source: DICOM PS3.3, C.11.1 (modality) and C.11.2 (VOI).
/// @throws ValueError if there is no such frame, a window's width does not fit its function, or tables are needed.
ASSAY_EXPORT Image show_dicom(const DicomPixels& pixels, index frame = 0, std::optional<GreyWindow> window = {});

/// From here on `decode_image` and `read_image` know DICOM. Also silences DCMTK's log.
ASSAY_EXPORT void enable_dicom();

}  // namespace assay::data
