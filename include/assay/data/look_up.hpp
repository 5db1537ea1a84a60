#pragma once

#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/table.hpp"

namespace assay::data {

/// `table` with the columns of `dictionary` added, taken from the row with the same key; null where there is none.
/// Keys are compared as text. Columns that `table` has already are left as they are.
/// @throws SchemaError if a key is missing, or stands twice in the dictionary.   Cost: O(rows + dictionary)
ASSAY_EXPORT Table look_up(const Table& table, std::string_view key, const Table& dictionary,
                           std::string_view dictionary_key);

}  // namespace assay::data
