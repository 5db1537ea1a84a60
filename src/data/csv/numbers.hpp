#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

// Numbers to the bits that std::from_chars gives.
namespace assay::data::csv {

inline constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                          1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

template <class T>
bool parse_whole(std::string_view text, T& value) noexcept {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

/// Eight characters as a number, eight at a time. Each byte of `digits` holds a digit, the first one lowest.
/// Source: Lemire, "Quickly parsing eight digits" (2022): pairs, then fours, then all by multiplication.
constexpr std::uint32_t join_digits(std::uint64_t digits) noexcept {
    digits = digits * 10 + (digits >> 8);
    const std::uint64_t mask = 0x000000FF000000FF;
    return static_cast<std::uint32_t>(
        ((digits & mask) * 0x000F424000000064 + ((digits >> 16) & mask) * 0x0000271000000001) >> 32);
}

/// Texts of at most eight characters such as 72, 0.5 or 37.96: no sign, no exponent, at most one point.
/// @param last  one past the text; the eight bytes before it must be readable
/// @return      false where the text is anything else, which says nothing about it
inline bool parse_short(const char* last, std::size_t size, double& value) noexcept {
    if (size - 1 > 7) return false;
    std::uint64_t word = 0;
    std::memcpy(&word, last - 8, 8);
    // The bytes before the text become the digit 0; the first byte is the lowest.
    word ^= 0x3030303030303030;
    word &= ~std::uint64_t{0} << (8 * (8 - size));
    const std::uint64_t ones = 0x0101010101010101;
    const std::uint64_t tops = 0x8080808080808080;
    const std::uint64_t without_point = word ^ (ones * ('.' ^ '0'));
    const std::uint64_t point = (without_point - ones) & ~without_point & tops;
    unsigned decimals = 0;
    if (point != 0) {
        const auto at = static_cast<unsigned>(std::countr_zero(point)) >> 3;
        if (size == 1) return false;
        decimals = 7 - at;
        const std::uint64_t below = (std::uint64_t{1} << (8 * at)) - 1;
        word = (word & ~((below << 8) | 0xff)) | ((word & below) << 8);
    }
    if (((word | (word + ones * 0x76)) & tops) != 0) return false;
    value = static_cast<double>(join_digits(word)) / kPowersOfTen[decimals];
    return true;
}

/// A decimal number exactly: up to 19 digits, where mantissa and power of ten are doubles and one rounding remains.
/// @return  false where from_chars must decide
/// Source: Clinger 1990, "How to read floating point numbers accurately", the fast path.
inline bool parse_decimal(std::string_view text, double& value) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    std::uint64_t mantissa = 0;
    int digits = 0;
    int exponent = 0;
    for (; at != end && static_cast<unsigned char>(*at - '0') < 10; ++at, ++digits) {
        mantissa = mantissa * 10 + static_cast<unsigned char>(*at - '0');
    }
    if (at != end && *at == '.') {
        for (++at; at != end && static_cast<unsigned char>(*at - '0') < 10; ++at, ++digits, --exponent) {
            mantissa = mantissa * 10 + static_cast<unsigned char>(*at - '0');
        }
    }
    if (at != end || digits == 0 || digits > 19 || exponent < -22 || mantissa > (std::uint64_t{1} << 53)) return false;
    value = static_cast<double>(mantissa) / kPowersOfTen[-exponent];
    if (negative) value = -value;
    return true;
}

inline bool parse_float64(std::string_view text, double& value) noexcept {
    return parse_decimal(text, value) || parse_whole(text, value);
}

/// @param last  one past the text; the eight bytes before it must be readable
inline bool parse_short(const char* last, std::size_t size, std::int64_t& value) noexcept {
    if (size - 1 > 7) return false;
    std::uint64_t word = 0;
    std::memcpy(&word, last - 8, 8);
    word ^= 0x3030303030303030;
    word &= ~std::uint64_t{0} << (8 * (8 - size));
    if (((word | (word + 0x7676767676767676)) & 0x8080808080808080) != 0) return false;
    value = join_digits(word);
    return true;
}

}  // namespace assay::data::csv
