#pragma once

#include "assay/base/export.hpp"

#include <string>
#include <string_view>

namespace assay::models {

/// A text as open_clip cleans it before its Hugging Face tokenizers: HTML's character references resolved, quotes
/// straightened, ligatures, full-width characters and Windows-1252 among the controls written plainly, terminal and
/// control characters dropped, single spaces between words.
///
/// Equal to open_clip for text that was decoded rightly: of ftfy's repairs those of broken text are left out (mojibake
/// such as "Ã©" for "é", bytes lost on the way, lone surrogates), and composition (NFC), which the tokenizer undoes.
/// Bytes that are not UTF-8 become U+FFFD.   Cost: O(length).
/// Source: open_clip's tokenizer.py (basic_clean, whitespace_clean); ftfy 6; WHATWG HTML, 13.2.5.72 to 13.2.5.80, as
/// Python's html.unescape reads them.
ASSAY_EXPORT std::string clean_text(std::string_view text);

}  // namespace assay::models
