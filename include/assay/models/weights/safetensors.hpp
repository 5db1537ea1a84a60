#pragma once

#include "assay/base/export.hpp"
#include "assay/models/weights/weight_view.hpp"

#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace assay::models {

/// Writes tensors as a safetensors file, which a reader, a crash or a power cut finds whole or not at all.
///
/// The same tensors give the same bytes: the widest types stand first, then names decide, as in Hugging Face's writer;
/// the header is padded to 8 bytes, so that each tensor is aligned to its type.
/// @param metadata  `__metadata__`; left out where it is empty
/// @throws ValueError if a name is there twice, is "__metadata__" or is not UTF-8; ShapeError if a tensor's bytes are
///         not its shape; IoError if the file cannot be written.
/// Cost: the bytes pass through a buffer; memory does not grow with the tensors.
ASSAY_EXPORT void write_safetensors(const std::filesystem::path& path, std::span<const WeightView> tensors,
                                    const std::map<std::string, std::string>& metadata = {});

}  // namespace assay::models
