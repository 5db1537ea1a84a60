#pragma once

#include "assay/base/export.hpp"
#include "assay/models/clip/encoder_config.hpp"
#include "assay/models/clip/weight_map.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace assay::models {

/// A text transformer on libtorch: token ids to embeddings. Safe to call from several threads.
///
/// Texts are given without padding and are never padded: the tokens of many texts are one matrix, and attention runs
/// over texts of one length at a time, so that a short text costs what its own tokens cost.
class ASSAY_EXPORT TextEncoder {
  public:
    /// @throws ValueError for a missing or unexpected tensor, a shape other than the configuration's, and a device or
    ///         precision that is not there
    TextEncoder(const TextConfig& config, const WeightMap& weights, const EncoderOptions& options = {});
    ~TextEncoder();
    TextEncoder(TextEncoder&&) noexcept;
    TextEncoder& operator=(TextEncoder&&) noexcept;

    /// Embeddings of texts. On the CPU in fp32 a text's bits do not depend on what else is in the call.
    /// @param ids         the tokens of all texts one after another, special tokens included
    /// @param ends        [n] for each text the position in `ids` after its last token; ascending
    /// @param embeddings  [n, dim()], written
    /// @param unit        whether to scale each to length one
    /// @throws ShapeError if the lengths do not fit; ValueError for an empty text, one of more than most_tokens, an id
    ///         outside the vocabulary; StateError if the device's memory holds not even one text
    void encode(std::span<const std::int32_t> ids, std::span<const index> ends, std::span<float> embeddings,
                bool unit = true) const;

    index dim() const noexcept;
    const TextConfig& config() const noexcept;
    const std::string& device() const noexcept;  ///< "cpu", "cuda:0"
    const std::string& dtype() const noexcept;   ///< "fp32", "bf16", "fp16"

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::models
