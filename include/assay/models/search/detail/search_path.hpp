#pragma once

#include "assay/base/export.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace assay::models::detail {

/// Instruction sets in which this machine can search, fastest first; the last is "scalar".
ASSAY_EXPORT std::vector<std::string> search_paths();

/// The one in use: that of ASSAY_SIMD where set, else the fastest.
/// @throws ValueError if ASSAY_SIMD names one that does not exist or that this machine lacks.
ASSAY_EXPORT std::string search_path();

/// Uses another for all later calls. @throws ValueError like search_path.
ASSAY_EXPORT void use_search_path(std::string_view name);

}  // namespace assay::models::detail
