#pragma once

#include "assay/base/export.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// The text in Unicode's normalisation form KC, so that what reads the same is the same bytes: "Å" in one code point or
/// two, full-width digits, ligatures.
///
/// @return  nothing where the bytes are not UTF-8
/// Cost: O(n); text in ASCII is only looked at and copied.
/// Source: Unicode Standard Annex 15; Unicode 14.0. Code points that are not assigned there stay as they are.
ASSAY_EXPORT std::optional<std::string> to_nfkc(std::string_view utf8);

}  // namespace assay
