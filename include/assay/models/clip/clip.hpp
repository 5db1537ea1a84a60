#pragma once

#include "assay/base/export.hpp"
#include "assay/data/image.hpp"
#include "assay/features/image/image_preprocessor.hpp"
#include "assay/models/clip/text_model.hpp"
#include "assay/models/clip/vision_encoder.hpp"
#include "assay/models/weights/pretrained.hpp"

#include <span>
#include <string>
#include <vector>

namespace assay::models {

/// A model that puts images and texts into one space: BiomedCLIP, OpenAI-style CLIP. On libtorch.
/// Safe to call from several threads.
class ASSAY_EXPORT Clip {
  public:
    /// Reads a model from a folder or file that the user holds; nothing is downloaded.
    /// @throws as read_clip() and the encoders
    static Clip from_pretrained(const std::filesystem::path& path, const EncoderOptions& options = {});

    /// The weights are copied: `model` may go afterwards.
    explicit Clip(const PretrainedClip& model, const EncoderOptions& options = {});

    /// Embeddings of unit length of images, [n, dim]: the model's preprocessing, then encode_pixels.
    std::vector<float> encode_images(std::span<const data::Image> images) const;

    /// Embeddings of unit length of pixels that are prepared already, [n, 3, size, size] to [n, dim].
    void encode_pixels(std::span<const float> pixels, std::span<float> embeddings) const;

    /// Embeddings of unit length of texts; see TextModel::encode.
    TextEmbeddings encode_texts(std::span<const std::string> texts) const { return text_.encode(texts); }

    const VisionEncoder& vision() const noexcept { return vision_; }
    const TextModel& text() const noexcept { return text_; }
    const features::ImagePreprocessor& preprocessor() const noexcept { return preprocessor_; }

    index dim() const noexcept { return vision_.dim(); }
    /// Natural logarithm of the factor on cosines that the model was trained with.
    double logit_scale() const noexcept { return logit_scale_; }

  private:
    Clip(VisionEncoder vision, const PretrainedClip& model, const EncoderOptions& options);

    VisionEncoder vision_;
    TextModel text_;
    features::ImagePreprocessor preprocessor_;
    double logit_scale_;
};

}  // namespace assay::models
