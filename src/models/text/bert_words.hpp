#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models::detail {

/// Words of a text one behind the other, in UTF-8.
struct BertWords {
    std::string bytes;
    std::vector<std::size_t> ends;  ///< where each word ends in `bytes`; no word is empty
};

/// Appends the words of `text` as an uncased BERT sees them: control characters dropped, CJK ideographs and punctuation
/// on their own, accents removed, lower case. Bytes that are not UTF-8 are dropped.
void append_bert_words(std::string_view text, BertWords& out);

}  // namespace assay::models::detail
