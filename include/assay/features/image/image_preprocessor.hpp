#pragma once

#include <array>
#include <span>

#include "assay/base/export.hpp"
#include "assay/data/image.hpp"
#include "assay/features/image/resize.hpp"

namespace assay::features {

/// How 16-bit grey becomes numbers in [0, 1].
enum class DeepGrey : unsigned char {
    scale,     ///< value / 65535
    saturate,  ///< min(value, 255) / 255, as Pillow's `convert("RGB")`: nearly all of an X-ray is then white
};

/// What an encoder expects of its input; the defaults are those of OpenAI's CLIP and BiomedCLIP.
struct ImagePreprocessorOptions {
    index size = 224;
    std::array<float, 3> mean{0.48145466F, 0.4578275F, 0.40821073F};
    std::array<float, 3> std{0.26862954F, 0.26130258F, 0.27577711F};
    DeepGrey deep_grey = DeepGrey::scale;
    PillowRelease pillow = PillowRelease::v13;
};

/// The preprocessing of CLIP: resize, centre crop, RGB, normalise.
///
/// The shortest side becomes `size` by Pillow's bicubic in the image's own mode (the longer int(size · long / short)),
/// the square in the middle is cut out (offset rounded half to even), grey fills three channels, alpha is dropped, and
/// each sample becomes (value / 255 - mean) / std in 32-bit floats. The same bits as Pillow with torchvision's ToTensor
/// and Normalize, at any number of threads and with every instruction set.
/// Source: Radford et al. 2021; open_clip, image_transform.
class ASSAY_EXPORT ImagePreprocessor {
  public:
    /// @throws ValueError if size is not within 1 and 65536, a mean not finite or a std not above 0.
    explicit ImagePreprocessor(const ImagePreprocessorOptions& options = {});

    const ImagePreprocessorOptions& options() const noexcept { return options_; }

    /// Floats of one image: 3 · size · size.
    index values() const noexcept { return 3 * options_.size * options_.size; }

    /// @param chw  [3, size, size]; only the rows and columns of the square are worked out
    /// @throws ShapeError if chw has another length.   Runs on all threads.
    void operator()(const data::Image& image, std::span<float> chw) const;

    /// @param nchw  [images, 3, size, size]; images run beside each other
    /// @throws ShapeError if nchw has another length.
    void operator()(std::span<const data::Image> images, std::span<float> nchw) const;

  private:
    void run(const data::Image& image, float* chw) const;

    ImagePreprocessorOptions options_;
    std::array<std::array<float, 256>, 3> normalised_;  ///< of each byte
};

}  // namespace assay::features
