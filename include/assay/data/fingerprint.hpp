#pragma once

#include <span>
#include <string>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// SHA-256, in hexadecimal, of the table's content: names, types, nulls and values, in order.
///
/// Equal for equal tables however they are sliced or chunked; what stands in null places does not count.
/// @param except  columns left out, such as the time of aggregation; names the table lacks are ignored
/// Cost: O(bytes).
ASSAY_EXPORT std::string fingerprint(const Table& table, std::span<const std::string> except = {});

}  // namespace assay::data
