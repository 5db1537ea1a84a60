#pragma once

#include <string_view>
#include <utility>

#include "assay/features/drift/table_sample.hpp"

namespace assay::features::detail {

/// @throws ValueError limits below 8192 numbers and 1 category
void check_limits(const SampleLimits& limits);

/// Groups lie by name, then unit.
inline bool is_before(const ColumnSample& group, const std::pair<std::string_view, std::string_view>& key) {
    return std::pair(std::string_view(group.name), std::string_view(group.unit)) < key;
}

}  // namespace assay::features::detail
