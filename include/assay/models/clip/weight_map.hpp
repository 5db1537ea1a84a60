#pragma once

#include "assay/models/weights/weight_view.hpp"

#include <functional>
#include <map>
#include <string>

namespace assay::models {

/// Tensors by the names that the encoders use, whatever the file calls them. The bytes must live while an encoder is
/// made; it keeps copies.
///
/// Vision: `class_token`, `positions`, `patch.weight` [width, 3, p, p] and `.bias`, `input_norm.*`, `blocks.<i>.*`,
/// `norm.*`, `projection.weight` [dim, width]. Text: `tokens`, `positions`, `token_types`, `norm.*`, `blocks.<i>.*`,
/// `projection.0.weight`, `projection.1.weight`. A block: `norm1.*`, `norm2.*`, `qkv.*` [3 width, width] or `query.*`,
/// `key.*`, `value.*`, `out.*`, `up.*`, `down.*`; linear weights are [out, in].
using WeightMap = std::map<std::string, WeightView, std::less<>>;

}  // namespace assay::models
