#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "assay/base/error.hpp"
#include "assay/base/number.hpp"
#include "assay/data/image/dicom.hpp"
#include "data/dicom/dataset.hpp"

namespace assay::data {
namespace {

static_assert(std::endian::native == std::endian::little, "read_dicom takes DCMTK's little-endian words as they are");

/// The image module, checked.
struct ImageModule {
    index rows = 0;
    index columns = 0;
    index samples = 1;
    index frames = 1;
    int allocated = 0;
    int stored = 0;
    int high_bit = 0;
    bool with_sign = false;
    bool planar = false;
    std::string photometric;
};

[[noreturn]] void contradicts(const std::string& what) {
    throw IoError("read_dicom: expected " + what + "; the file is damaged or no image");
}

index unsigned_value(DcmDataset& set, const DcmTagKey& tag, const char* name) {
    Uint16 value = 0;
    if (set.findAndGetUint16(tag, value).bad()) contradicts(std::string("a value of ") + name);
    return value;
}

std::string text_value(DcmItem& set, const DcmTagKey& tag, unsigned long position = 0) {
    OFString text;
    if (set.findAndGetOFString(tag, text, position).bad()) return {};
    std::string out(text.c_str(), text.length());
    out.erase(0, std::min(out.find_first_not_of(' '), out.size()));
    while (!out.empty() && (out.back() == ' ' || out.back() == '\0')) out.pop_back();
    return out;
}

std::optional<double> decimal_value(DcmItem& set, const DcmTagKey& tag, unsigned long position = 0) {
    const std::string text = text_value(set, tag, position);
    if (text.empty()) return std::nullopt;
    const std::optional<double> value = parse_number(text);
    if (!value || !std::isfinite(*value)) contradicts("decimal numbers in rescale and window");
    return value;
}

index frames_of(DcmDataset& set) {
    const std::string text = text_value(set, DCM_NumberOfFrames);
    if (text.empty()) return 1;
    if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos || text == "0") {
        contradicts("a whole number of frames");
    }
    return std::stol(text);
}

void read_layout(DcmDataset& set, ImageModule& module) {
    module.photometric = text_value(set, DCM_PhotometricInterpretation);
    module.samples = unsigned_value(set, DCM_SamplesPerPixel, "SamplesPerPixel");
    module.allocated = static_cast<int>(unsigned_value(set, DCM_BitsAllocated, "BitsAllocated"));
    module.stored = static_cast<int>(unsigned_value(set, DCM_BitsStored, "BitsStored"));
    module.high_bit = static_cast<int>(unsigned_value(set, DCM_HighBit, "HighBit"));
    Uint16 planar = 0;
    module.planar = module.samples > 1 && set.findAndGetUint16(DCM_PlanarConfiguration, planar).good() && planar == 1;
    const int bits = module.allocated;
    if (bits != 1 && bits != 8 && bits != 16 && bits != 32) {
        throw ValueError("read_dicom: expected 1, 8, 16 or 32 bits a sample, got " + std::to_string(bits));
    }
    if (module.stored < 1 || module.stored > bits || module.high_bit >= bits || module.high_bit + 1 < module.stored) {
        contradicts("bits stored within the bits allocated");
    }
    if (module.samples != 1 && (module.samples != 3 || bits != 8)) {
        throw ValueError("read_dicom: expected one sample a pixel or three of 8 bits, got " +
                         std::to_string(module.samples) + " of " + std::to_string(bits));
    }
}

ImageModule image_module(DcmDataset& set) {
    if (!set.tagExists(DCM_PixelData)) {
        if (set.tagExists(DCM_FloatPixelData) || set.tagExists(DCM_DoubleFloatPixelData)) {
            throw ValueError("read_dicom: expected integer pixels, got floating-point ones");
        }
        throw IoError("read_dicom: expected an image, got a DICOM file without pixel data");
    }
    ImageModule module;
    read_layout(set, module);
    module.rows = unsigned_value(set, DCM_Rows, "Rows");
    module.columns = unsigned_value(set, DCM_Columns, "Columns");
    module.with_sign = unsigned_value(set, DCM_PixelRepresentation, "PixelRepresentation") == 1;
    module.frames = frames_of(set);
    if (module.rows < 1 || module.columns < 1) contradicts("at least one row and column");
    return module;
}

void decompress(DcmDataset& set) {
    const E_TransferSyntax syntax = set.getOriginalXfer();
    const DcmXfer known(syntax);
    if (!known.isEncapsulated()) return;
    if (!DcmCodecList::canChangeCoding(syntax, EXS_LittleEndianExplicit)) {
        throw ValueError(std::string("read_dicom: expected a transfer syntax that DCMTK decodes, got ") +
                         known.getXferName() + "; convert it first, for example with GDCM's `gdcmconv --raw`");
    }
    const OFCondition done = set.chooseRepresentation(EXS_LittleEndianExplicit, nullptr);
    if (done.bad()) {
        throw IoError(std::string("read_dicom: expected whole compressed pixels, got damaged ones: ") + done.text());
    }
}

/// The value of `stored` bits that end at `high_bit`.
template <class T>
T cut_bits(std::uint32_t raw, const ImageModule& module) {
    const int unused = 31 - module.high_bit;
    const std::uint32_t top = raw << unused;
    const int shift = 32 - module.stored;
    return static_cast<T>(module.with_sign ? static_cast<std::uint32_t>(static_cast<std::int32_t>(top) >> shift)
                                           : top >> shift);
}

template <class T>
void copy_values(const Uint8* from, index count, const ImageModule& module, T* to) {
    for (index i = 0; i < count; ++i) {
        T raw;
        std::memcpy(&raw, from + i * static_cast<index>(sizeof(T)), sizeof(T));
        to[i] = cut_bits<T>(raw, module);
    }
}

std::uint8_t rounded_byte(double value) {
    return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

/// PS3.3, C.7.6.3.1.2: YBR_FULL to RGB in place.
void to_rgb(std::uint8_t* pixels, index count) {
    for (index i = 0; i < count; ++i, pixels += 3) {
        const double y = pixels[0];
        const double blue = pixels[1] - 128.0;
        const double red = pixels[2] - 128.0;
        pixels[0] = rounded_byte(y + 1.402 * red);
        pixels[1] = rounded_byte(y - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red);
        pixels[2] = rounded_byte(y + 1.772 * blue);
    }
}

Buffer unpacked(const Uint8* from, const ImageModule& module) {
    const index plane = module.rows * module.columns;
    const index count = module.frames * plane * module.samples;
    MutableBuffer values(count * (module.allocated == 1 ? 1 : module.allocated / 8));
    if (module.allocated == 1) {
        for (index i = 0; i < count; ++i) values.as<std::uint8_t>()[i] = (from[i / 8] >> (i % 8)) & 1;
    } else if (module.allocated == 16) {
        copy_values(from, count, module, values.as<std::uint16_t>());
    } else if (module.allocated == 32) {
        copy_values(from, count, module, values.as<std::uint32_t>());
    } else if (module.planar) {
        auto* to = values.as<std::uint8_t>();
        for (index frame = 0; frame < module.frames; ++frame, from += 3 * plane) {
            for (index i = 0; i < plane; ++i) {
                for (index k = 0; k < 3; ++k) *to++ = from[k * plane + i];
            }
        }
    } else {
        copy_values(from, count, module, values.as<std::uint8_t>());
    }
    if (module.photometric == "YBR_FULL") to_rgb(values.as<std::uint8_t>(), module.frames * plane);
    return std::move(values).freeze();
}

/// What says how grey is shown.
void read_presentation(DcmDataset& set, DicomPixels& pixels) {
    pixels.slope = decimal_value(set, DCM_RescaleSlope).value_or(1);
    pixels.intercept = decimal_value(set, DCM_RescaleIntercept).value_or(0);
    pixels.with_tables = set.tagExists(DCM_ModalityLUTSequence) ||
                         (set.tagExists(DCM_VOILUTSequence) && !set.tagExists(DCM_WindowCenter));
    const std::string function = text_value(set, DCM_VOILUTFunction);
    for (unsigned long i = 0; i < 16; ++i) {
        const std::optional<double> center = decimal_value(set, DCM_WindowCenter, i);
        const std::optional<double> width = decimal_value(set, DCM_WindowWidth, i);
        if (!center || !width) break;
        pixels.windows.push_back({{*center, *width}, function.empty() ? "LINEAR" : function});
    }
    Uint16 padding = 0;
    Sint16 signed_padding = 0;
    if (pixels.with_sign && set.findAndGetSint16(DCM_PixelPaddingValue, signed_padding).good()) {
        pixels.padding = signed_padding;
    } else if (set.findAndGetUint16(DCM_PixelPaddingValue, padding).good()) {
        pixels.padding = padding;
    }
}

}  // namespace

std::int64_t DicomPixels::value(index at) const noexcept {
    if (bits == 8) return with_sign ? values.as<std::int8_t>()[at] : values.as<std::uint8_t>()[at];
    if (bits == 16) return with_sign ? values.as<std::int16_t>()[at] : values.as<std::uint16_t>()[at];
    return with_sign ? static_cast<std::int64_t>(values.as<std::int32_t>()[at]) : values.as<std::uint32_t>()[at];
}

DicomPixels read_dicom_pixels(std::span<const std::byte> bytes, index most_pixels) {
    const std::unique_ptr<DcmFileFormat> file = dicom::parse(bytes);
    DcmDataset& set = *file->getDataset();
    ImageModule module = image_module(set);
    if (module.rows * module.columns > most_pixels / module.frames) {
        throw ValueError("read_dicom: expected at most " + std::to_string(most_pixels) + " pixels, got " +
                         std::to_string(module.columns) + " x " + std::to_string(module.rows) + " in " +
                         std::to_string(module.frames) + " frames; raise most_pixels if the file can be trusted");
    }
    decompress(set);
    read_layout(set, module);  // a codec may have changed the colours
    if (module.samples == 3 && module.photometric != "RGB" && module.photometric != "YBR_FULL") {
        throw ValueError("read_dicom: expected colours as RGB or YBR_FULL, got another photometric interpretation");
    }
    const Uint8* data = nullptr;
    unsigned long length = 0;
    if (set.findAndGetUint8Array(DCM_PixelData, data, &length).bad() || data == nullptr) {
        contradicts("pixel data of bytes or words");
    }
    const index count = module.frames * module.rows * module.columns * module.samples;
    const index needed = module.allocated == 1 ? (count + 7) / 8 : count * (module.allocated / 8);
    if (static_cast<index>(length) < needed) {
        contradicts(std::to_string(needed) + " bytes of pixels, got " + std::to_string(length));
    }
    DicomPixels pixels;
    pixels.frames = module.frames;
    pixels.height = module.rows;
    pixels.width = module.columns;
    pixels.channels = module.samples;
    pixels.bits = std::max(module.allocated, 8);
    pixels.with_sign = module.with_sign && module.allocated > 1;
    pixels.values = unpacked(data, module);
    pixels.photometric = module.photometric == "YBR_FULL" ? "RGB" : module.photometric;
    read_presentation(set, pixels);
    return pixels;
}

}  // namespace assay::data
