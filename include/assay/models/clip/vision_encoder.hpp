#pragma once

#include "assay/base/export.hpp"
#include "assay/models/clip/encoder_config.hpp"
#include "assay/models/clip/weight_map.hpp"

#include <memory>
#include <span>
#include <string>

namespace assay::models {

/// A vision transformer on libtorch: pixels to embeddings. Safe to call from several threads.
class ASSAY_EXPORT VisionEncoder {
  public:
    /// @throws ValueError for a missing or unexpected tensor, a shape other than the configuration's, and a device or
    ///         precision that is not there
    VisionEncoder(const VisionConfig& config, const WeightMap& weights, const EncoderOptions& options = {});
    ~VisionEncoder();
    VisionEncoder(VisionEncoder&&) noexcept;
    VisionEncoder& operator=(VisionEncoder&&) noexcept;

    /// Embeddings of images. On the CPU in fp32 an image's bits do not depend on what else is in the call.
    /// @param pixels      [n, 3, image_size, image_size], normalised as the model was trained; NaN gives NaN
    /// @param embeddings  [n, dim()], written
    /// @param unit        whether to scale each to length one
    /// @throws ShapeError if the lengths do not fit; StateError if the device's memory holds not even one image
    void encode(std::span<const float> pixels, std::span<float> embeddings, bool unit = true) const;

    index dim() const noexcept;
    const VisionConfig& config() const noexcept;
    const std::string& device() const noexcept;  ///< "cpu", "cuda:0"
    const std::string& dtype() const noexcept;   ///< "fp32", "bf16", "fp16"

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::models
