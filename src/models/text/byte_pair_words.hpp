#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::models::detail {

/// The words of a text as CLIP's tokenizer sees them, in UTF-8: composed (NFC), in lower case, without spaces; runs of
/// letters, single digits, English endings after an apostrophe, and runs of everything else. Bytes that are not UTF-8
/// are dropped.
std::vector<std::string> byte_pair_words(std::string_view text);

}  // namespace assay::models::detail
