#include "assay/tracking/detail/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace assay::tracking::detail {
namespace {

bool is_plain(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

struct Sequence {
    std::size_t length = 1;
    bool valid = false;
};

/// The UTF-8 sequence at the begin of `text`, or the maximal part of one. Source: RFC 3629, section 4.
Sequence read_sequence(std::string_view text) noexcept {
    const auto byte = [&text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return {1, true};
    if (first < 0xC2 || first > 0xF4) return {};
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const unsigned char lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned char highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (std::size_t i = 1; i < length; ++i) {
        const bool second = i == 1;
        if (i >= text.size() || byte(i) < (second ? lowest : 0x80) || byte(i) > (second ? highest : 0xBF)) {
            return {i, false};
        }
    }
    return {length, true};
}

void append_control(std::string& out, char c) {
    static constexpr char hex[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
        out += "\\n";
    } else if (c == '\t') {
        out += "\\t";
    } else {
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const char c = text.front();
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
            text.remove_prefix(1);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            append_control(out, c);
            text.remove_prefix(1);
        } else {
            const Sequence sequence = read_sequence(text);
            out += sequence.valid ? text.substr(0, sequence.length) : std::string_view("\xEF\xBF\xBD");
            text.remove_prefix(sequence.length);
        }
    }
    out += '"';
}

void append_json_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_json_number(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
        return;
    }
    std::array<char, 32> digits;
    const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace assay::tracking::detail
