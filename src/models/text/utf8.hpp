#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::models::detail {

/// The code point that begins at `at`, and moves `at` behind it; U+FFFD for a byte that begins none.
inline char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const auto byte = [&](std::size_t i) -> char32_t {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const char32_t lead = byte(at);
    const std::size_t first = at++;
    if (lead < 0x80) return lead;
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    if (lead < 0xC2 || lead > 0xF4) return 0xFFFD;
    char32_t value = lead & (0x3FU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        const char32_t next = byte(first + i);
        if ((next & 0xC0U) != 0x80) return 0xFFFD;
        value = (value << 6U) | (next & 0x3FU);
    }
    if (value < kLeast[more] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 0xFFFD;
    at = first + more + 1;
    return value;
}

inline void append_utf8(std::string& out, char32_t c) {
    const auto add = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (c < 0x80) return add(c);
    if (c < 0x800) {
        add(0xC0U | (c >> 6U));
    } else if (c < 0x10000) {
        add(0xE0U | (c >> 12U));
        add(0x80U | ((c >> 6U) & 0x3FU));
    } else {
        add(0xF0U | (c >> 18U));
        add(0x80U | ((c >> 12U) & 0x3FU));
        add(0x80U | ((c >> 6U) & 0x3FU));
    }
    add(0x80U | (c & 0x3FU));
}

}  // namespace assay::models::detail
