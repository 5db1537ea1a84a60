#pragma once

#include <string_view>

#include "assay/base/export.hpp"

namespace assay::data {

/// Whether the text is a LOINC code: digits, a hyphen and the right check digit, or one of the fourteen deprecated
/// codes that were issued with a wrong one. Cost: O(characters).
/// Source: LOINC Users' Guide, appendix on the mod 10 (Luhn) check digit.
ASSAY_EXPORT bool is_loinc(std::string_view code) noexcept;

}  // namespace assay::data
