#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::data::detail {

/// One code point of a text as names and ids are compared, and the bytes of the text that it came from.
struct FoldedPoint {
    char32_t folded;  ///< NFKC, in lower case
    char32_t as_is;   ///< NFKC
    index begin;
    index end;
};

/// A text as names and ids are compared: NFKC, without case, marks that no letter has taken up, soft hyphens and
/// joiners; dashes and apostrophes of one kind each.
///
/// Case goes of Latin, Greek (its accents, too: capitals are written without), Cyrillic and Armenian letters; other
/// scripts with cases, and polytonic Greek, stay as they are. A byte that is no UTF-8 is no letter. Cost: O(n).
std::vector<FoldedPoint> fold_text(std::string_view utf8);

/// A letter or digit of any script. Beyond ASCII: what is not known as punctuation, sign or space.
bool is_letter_or_digit(char32_t folded);

/// Han, kana, Thai and their like, where words stand without spaces.
bool is_unspaced(char32_t folded);

}  // namespace assay::data::detail
