#pragma once

#include "assay/models/clip/encoder_config.hpp"
#include "assay/models/clip/weight_map.hpp"
#include "assay/models/weights/weight_file.hpp"

#include <string>
#include <vector>

namespace assay::models::detail {

/// One tensor that a model needs.
struct ExpectedTensor {
    std::string name;                 ///< the encoders' name
    std::string key;                  ///< the file's name
    std::vector<index> shape;         ///< the encoders' shape
    std::vector<index> stored_shape;  ///< the file's, of as many elements; empty where it is `shape`
};

using ExpectedTensors = std::vector<ExpectedTensor>;

/// timm's ViT under open_clip's "visual." keys.
ExpectedTensors open_clip_vision_keys(const VisionConfig& config);
/// Hugging Face's CLIP towers.
ExpectedTensors hugging_face_vision_keys(const VisionConfig& config);
ExpectedTensors hugging_face_text_keys(const TextConfig& config);
/// Hugging Face's BERT, whose keys begin with `prefix`; without projection.
ExpectedTensors bert_keys(const TextConfig& config, const std::string& prefix);
/// open_clip's projection behind a BERT.
void add_open_clip_projection(const TextConfig& config, ExpectedTensors& out);

/// Finds what models need in one file and tells everything that does not fit at once.
class KeyMap {
  public:
    explicit KeyMap(const WeightFile& file);

    bool has(const std::string& key) const { return keys_.contains(key); }
    bool has_prefix(const std::string& prefix) const;
    /// The tensor under `key`; null where there is none.
    const WeightView* find(const std::string& key) const;

    WeightMap take(const ExpectedTensors& expected);
    double take_scalar(const std::string& key);
    /// Passes over keys that begin so.
    void ignore(const std::string& prefix);
    /// @throws ValueError naming all tensors that are missing, of another shape or type, or were neither taken nor
    ///         ignored.
    void finish(const std::string& where) const;

  private:
    std::map<std::string, const WeightView*, std::less<>> keys_;  ///< without DataParallel's "module."
    std::vector<std::string> missing_, wrong_;
    std::map<std::string, bool, std::less<>> used_;
};

}  // namespace assay::models::detail
