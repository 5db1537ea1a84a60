#pragma once

#include <string_view>

namespace assay::data::csv {

/// Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
/// Source: Unicode 15, table 3-7.
bool is_utf8(std::string_view bytes) noexcept;

}  // namespace assay::data::csv
