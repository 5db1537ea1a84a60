#pragma once

#include <string>
#include <string_view>
#include <utility>

// Letters of ASCII without regard to case, and no locale: bytes beyond ASCII stay as they are.
namespace assay::data::detail {

constexpr char lower(char c) noexcept { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

/// A spelling in lower case and without blanks, and what it stands for.
using Spelling = std::pair<std::string_view, std::string_view>;

/// What a text stands for in a table of spellings, without regard to case and blanks; "" where it is not there.
template <class Spellings>
std::string_view spelled(std::string_view text, const Spellings& spellings) {
    std::string folded;
    for (const char c : text) {
        if (c != ' ' && c != '\t') folded.push_back(lower(c));
    }
    for (const auto& [spelling, meaning] : spellings) {
        if (spelling == folded) return meaning;
    }
    return {};
}

}  // namespace assay::data::detail
