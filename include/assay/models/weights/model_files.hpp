#pragma once

#include "assay/base/export.hpp"

#include <filesystem>
#include <vector>

namespace assay::models {

/// The files that make up a CLIP model: the weights that are loaded, then what stands beside them under the names of a
/// configuration, a preprocessing or a tokenizer. Other files of the folder are none of the model.
/// @param path  folder or weight file, as Clip::from_pretrained() takes it
/// @throws IoError if the weights are not there, naming the files that were looked for
ASSAY_EXPORT std::vector<std::filesystem::path> model_files(const std::filesystem::path& path);

}  // namespace assay::models
