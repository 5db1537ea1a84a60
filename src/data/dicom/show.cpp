#include <algorithm>
#include <cmath>
#include <cstring>

#include "assay/base/error.hpp"
#include "assay/base/thread_pool.hpp"
#include "assay/data/image/dicom.hpp"
#include "data/dicom/dataset.hpp"

namespace assay::data {
namespace {

/// PS3.3, C.11.2.1.2 and C.11.2.1.3: a value to [0, 1].
class VoiFunction {
  public:
    explicit VoiFunction(const DicomWindow& of) : center_(of.window.center), width_(of.window.width) {
        kind_ = of.function == "LINEAR_EXACT" ? Kind::exact : of.function == "SIGMOID" ? Kind::sigmoid : Kind::linear;
        if (of.function != "LINEAR" && kind_ == Kind::linear) {
            throw ValueError("show_dicom: expected the window's function LINEAR, LINEAR_EXACT or SIGMOID, got another");
        }
        if (!std::isfinite(center_) || !std::isfinite(width_) || width_ < (kind_ == Kind::linear ? 1 : 0) ||
            width_ == 0) {
            throw ValueError("show_dicom: expected a window at least 1 wide, got " + std::to_string(width_));
        }
    }

    double operator()(double value) const {
        switch (kind_) {
            case Kind::sigmoid:
                return 1.0 / (1.0 + std::exp(-4.0 * (value - center_) / width_));
            case Kind::exact:
                return between(value, center_ - width_ / 2, center_ + width_ / 2, (value - center_) / width_ + 0.5);
            default:
                return between(value, center_ - 0.5 - (width_ - 1) / 2, center_ - 0.5 + (width_ - 1) / 2,
                               (value - (center_ - 0.5)) / (width_ - 1) + 0.5);
        }
    }

  private:
    enum class Kind : unsigned char { linear, exact, sigmoid };

    static double between(double value, double low, double high, double share) {
        return value <= low ? 0.0 : value > high ? 1.0 : share;
    }

    Kind kind_;
    double center_;
    double width_;
};

/// From the least to the greatest value of a frame; one value alone becomes black.
DicomWindow whole_range(const DicomPixels& pixels, index first, index count) {
    double low = 0;
    double high = 0;
    bool any = false;
    for (index i = 0; i < count; ++i) {
        const std::int64_t stored = pixels.value(first + i);
        if (pixels.padding && stored == *pixels.padding) continue;
        const double value = static_cast<double>(stored) * pixels.slope + pixels.intercept;
        low = any ? std::min(low, value) : value;
        high = any ? std::max(high, value) : value;
        any = true;
    }
    const double width = high > low ? high - low : 1.0;
    return {{low + width / 2, width}, "LINEAR_EXACT"};
}

DicomWindow window_of(const DicomPixels& pixels, index first, index count, std::optional<GreyWindow> given) {
    if (given) return {*given, "LINEAR"};
    if (!pixels.windows.empty()) return pixels.windows.front();
    return whole_range(pixels, first, count);
}

Image show_grey(const DicomPixels& pixels, index frame, std::optional<GreyWindow> given) {
    if (pixels.with_tables && !given) {
        throw ValueError(
            "show_dicom: expected grey values with a rescale and a window, got a file with a lookup table; "
            "give a window to do without it");
    }
    const index count = pixels.height * pixels.width;
    const index first = frame * count;
    const VoiFunction voi(window_of(pixels, first, count, given));
    const bool turned = pixels.photometric == "MONOCHROME1";
    MutableBuffer bytes(count);
    auto* to = bytes.as<std::uint8_t>();
    parallel_for(count, 65536, [&](index begin, index end) {
        for (index i = begin; i < end; ++i) {
            const double value = static_cast<double>(pixels.value(first + i)) * pixels.slope + pixels.intercept;
            const auto byte = static_cast<std::uint8_t>(std::floor(voi(value) * 255.0 + 0.5));
            to[i] = turned ? static_cast<std::uint8_t>(255 - byte) : byte;
        }
    });
    return {ImageMode::grey, pixels.width, pixels.height, std::move(bytes).freeze()};
}

Image decode_dicom(std::span<const std::byte> bytes, const ReadImageOptions& options) {
    return show_dicom(read_dicom_pixels(bytes, options.most_pixels), options.frame, options.window);
}

}  // namespace

Image show_dicom(const DicomPixels& pixels, index frame, std::optional<GreyWindow> window) {
    if (frame < 0 || frame >= pixels.frames) {
        throw ValueError("show_dicom: expected a frame below " + std::to_string(pixels.frames) + ", got " +
                         std::to_string(frame));
    }
    if (pixels.photometric == "RGB" && pixels.channels == 3) {
        const index size = pixels.height * pixels.width * 3;
        return {ImageMode::rgb, pixels.width, pixels.height,
                Buffer(pixels.values.owner(), pixels.values.data() + frame * size, size)};
    }
    if (pixels.photometric != "MONOCHROME1" && pixels.photometric != "MONOCHROME2") {
        throw ValueError("show_dicom: expected MONOCHROME1, MONOCHROME2, RGB or YBR_FULL, got " +
                         std::string(pixels.photometric == "PALETTE COLOR" ? "PALETTE COLOR"
                                                                           : "another photometric "
                                                                             "interpretation"));
    }
    return show_grey(pixels, frame, window);
}

void enable_dicom() {
    dicom::prepare_dcmtk();
    detail::use_dicom_decoder(&decode_dicom);
}

}  // namespace assay::data
