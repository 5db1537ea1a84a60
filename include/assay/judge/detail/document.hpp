#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/base/index.hpp"

namespace assay::judge::detail {

/// Where in a SOAP note a sentence stands.
enum class Section : std::uint8_t { None, Subjective, Objective, Assessment, Plan, SafetyNet };

/// A word: letters, digits and underscores; other scripts count as letters, general punctuation does not.
struct Token {
    index begin = 0;
    index end = 0;
};

/// A sentence or list item; byte span in the text, tokens [first_token, last_token).
struct Sentence {
    index begin = 0;
    index end = 0;
    index first_token = 0;
    index last_token = 0;
    Section section = Section::None;
    bool heading = false;
    bool list_item = false;
    index line = 0;

    index words() const noexcept { return last_token - first_token; }
};

/// A note cut into words, sentences and sections. Byte offsets are those of `text`. Cost: O(bytes).
struct Document {
    std::string_view text;
    std::string lower;  ///< ASCII lower case, the same length
    std::vector<Token> tokens;
    std::vector<Sentence> sentences;

    std::string_view word(index token) const {
        const Token& t = tokens[static_cast<std::size_t>(token)];
        return std::string_view(lower).substr(static_cast<std::size_t>(t.begin),
                                              static_cast<std::size_t>(t.end - t.begin));
    }
    std::string_view slice(index begin, index end) const {
        return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    }
    std::string_view lower_slice(index begin, index end) const {
        return std::string_view(lower).substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    }
};

/// Any bytes are accepted; `text` must outlive the document.
Document parse_document(std::string_view text);

/// The section that a heading opens ("## Objective", "S:", "Assessment and plan"), None where it opens none.
Section section_of_heading(std::string_view lower_line);

}  // namespace assay::judge::detail
