#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

// Small text helpers that do not depend on the locale: a note must be the same bytes everywhere.
namespace assay::models::detail {

/// `value` with a fixed number of decimals; a value that rounds to zero has no sign.
inline std::string fixed(double value, int decimals) {
    if (!std::isfinite(value)) return "not a number";
    if (std::abs(value) * std::pow(10.0, decimals) < 0.5) value = 0.0;
    std::array<char, 400> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, decimals);
    return {buffer.data(), end.ptr};
}

/// The shortest text that reads back as `value`.
inline std::string shortest(double value) {
    if (!std::isfinite(value)) return "not a number";
    std::array<char, 400> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
    return {buffer.data(), end.ptr};
}

/// ASCII letters in lower case; other bytes as they are, so that byte offsets stay.
inline std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// Text that stands for itself in HTML.
inline std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// "Heart rate" and "Systolic BP" as they stand within a sentence; "SpO2" stays.
inline std::string in_sentence(std::string_view name) {
    return name == "SpO2" ? std::string(name) : lower(name.substr(0, 1)).append(name.substr(1));
}

/// "91.9%", "105.6/min", "37.96°C", but "136.7 mmHg".
inline std::string with_unit(std::string number, std::string_view unit) {
    if (unit == "mmHg") number += ' ';
    return number.append(unit);
}

inline bool is_word(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Position of `word` in `text` with no letter, digit or underscore on either side; npos where there is none.
inline std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0) {
    if (word.empty()) return std::string_view::npos;
    for (std::size_t at = text.find(word, from); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const bool left = at == 0 || !is_word(text[at - 1]);
        const std::size_t after = at + word.size();
        if (left && (after >= text.size() || !is_word(text[after]))) return at;
    }
    return std::string_view::npos;
}

/// Whether `text` holds a term at word borders, also with a plural's "s"; a '*' at either end lets the word go on
/// there: "hyperkal*", "*carcinoma".
inline bool has_term(std::string_view text, std::string_view term) {
    const bool from_anywhere = term.starts_with('*');
    const bool to_anywhere = term.ends_with('*');
    if (from_anywhere) term.remove_prefix(1);
    if (to_anywhere) term.remove_suffix(1);
    if (term.empty()) return false;
    const auto border = [&](std::size_t at) { return at >= text.size() || !is_word(text[at]); };
    for (std::size_t at = text.find(term); at != std::string_view::npos; at = text.find(term, at + 1)) {
        const std::size_t after = at + term.size();
        const bool left = from_anywhere || at == 0 || !is_word(text[at - 1]);
        const bool right = to_anywhere || border(after) || (text[after] == 's' && border(after + 1));
        if (left && right) return true;
    }
    return false;
}

/// Whether `text` holds a code that begins so ("icd10|a15"), with nothing of a word before it.
inline bool has_code(std::string_view text, std::string_view prefix) {
    for (std::size_t at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
        if (at == 0 || !is_word(text[at - 1])) return true;
    }
    return false;
}

}  // namespace assay::models::detail
