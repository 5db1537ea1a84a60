#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/forest/compact_forest.hpp"

#include <string>
#include <string_view>

namespace assay::models {

/// A forest in few bytes: the payload of a model file.
///
/// By tree in preorder, a split as its feature and the place of its threshold among the different thresholds of that
/// feature, a leaf as the places of its value and its weight among the different ones: some 3 bytes for a node. The
/// forest that is read back runs the same, to the bit.
/// @throws ValueError above 100,000 trees, which decode_forest() refuses.
ASSAY_EXPORT std::string encode_forest(const CompactForest& forest);

/// @param name  what errors call the bytes
/// @throws IoError if the bytes are not what encode_forest() writes.
/// Memory: while it reads, some 40 bytes for each node and 450 for each tree, whatever the bytes say; a node takes at
/// least 2 bytes of them, a tree 4.
ASSAY_EXPORT CompactForest decode_forest(std::string_view bytes, const std::string& name);

}  // namespace assay::models
