#pragma once

#include "assay/base/export.hpp"
#include "assay/models/clip/encoder_config.hpp"
#include "assay/models/clip/weight_map.hpp"
#include "assay/models/weights/weight_file.hpp"

#include <array>
#include <filesystem>

namespace assay::models {

/// A CLIP as users hold it on disk: both towers' tensors under the encoders' names, and what they were trained with.
struct PretrainedClip {
    WeightFile file;  ///< owns the bytes of the maps
    VisionConfig vision_config{};
    TextConfig text_config{};
    WeightMap vision{};
    WeightMap text{};
    double logit_scale = 0;                     ///< as stored: the natural logarithm of what multiplies a cosine
    std::array<float, 3> mean{};                ///< of the channels, subtracted from pixels between 0 and 1
    std::array<float, 3> standard_deviation{};  ///< of the channels
    std::filesystem::path vocabulary{};  ///< vocab.txt beside the weights, or vocab.json with merges.txt; or empty
};

/// A BERT that embeds texts, sentence-transformers' included.
struct PretrainedText {
    WeightFile file;  ///< owns the bytes of the map
    TextConfig config{};
    WeightMap text{};
    bool unit = true;                    ///< whether its embeddings are scaled to length one
    std::filesystem::path vocabulary{};  ///< vocab.txt beside the weights, or empty
};

/// Reads BiomedCLIP (open_clip's keys) or a Hugging Face CLIP from a folder or a weight file.
///
/// The configuration stands beside the weights: open_clip_config.json, or config.json and preprocessor_config.json. An
/// open_clip file without one is taken for BiomedCLIP, whose shapes are then required. Of a folder the safetensors file
/// is taken before the .bin.
/// @throws IoError if no weights or no configuration are there, or they are damaged; ValueError if a tensor is missing,
///         unexpected or of another shape (all are named), or the configuration asks for what is not supported.
ASSAY_EXPORT PretrainedClip read_clip(const std::filesystem::path& path);

/// Reads a plain BERT such as all-MiniLM-L6-v2; config.json must stand beside the weights. Without
/// sentence-transformers' own files the mean of all tokens is the embedding.
/// @throws as read_clip().
ASSAY_EXPORT PretrainedText read_text_model(const std::filesystem::path& path);

}  // namespace assay::models
