#pragma once

// Dates and times at fixed positions, eight bytes at a time. A CSV reader parses tens of millions of them.
//
// Eight characters are loaded as one word and XORed with a template that turns every digit into 0..9 and every
// separator into 0. Adding 0x76 to a digit byte (0x7F to a separator byte) carries into its top bit exactly where it
// is above 9 (above 0); x * 10 + (x >> 8) then makes byte i the two-digit number at i and i + 1.

#include "assay/base/civil.hpp"
#include "assay/base/detail/load.hpp"
#include "assay/base/export.hpp"

#include <cstdint>
#include <string_view>

namespace assay::detail {

/// The two-digit numbers of eight characters that have the form of `pattern`, where '0' stands for any digit.
/// @param word   the characters; afterwards byte i is ten times digit i plus digit i + 1
/// @return       whether every digit is a digit and every separator the pattern's
inline bool digit_pairs(std::uint64_t& word, std::uint64_t pattern, std::uint64_t limits) noexcept {
    constexpr std::uint64_t top_bits = 0x8080808080808080;
    const std::uint64_t digits = word ^ pattern;
    word = digits * 10 + (digits >> 8);
    return ((digits | (digits + limits)) & top_bits) == 0;
}

constexpr std::uint32_t byte_of(std::uint64_t word, int i) noexcept {
    return static_cast<std::uint32_t>(word >> (8 * i)) & 0xFF;
}

constexpr std::uint64_t word_of(const char (&text)[9]) noexcept {
    std::uint64_t word = 0;
    for (int i = 7; i >= 0; --i) word = word << 8 | static_cast<unsigned char>(text[i]);
    return word;
}

/// For each character of a pattern the addend that carries into the top bit where the character does not fit.
constexpr std::uint64_t limits_of(const char (&pattern)[9]) noexcept {
    std::uint64_t word = 0;
    for (int i = 7; i >= 0; --i) word = word << 8 | (pattern[i] == '0' ? 0x76u : 0x7Fu);
    return word;
}

/// What a month holds, in a common and in a leap year; months outside 1 to 12 have no day at all.
struct MonthTable {
    std::uint16_t days_before[2][16] = {};
    std::uint8_t length[2][16] = {};
};

constexpr MonthTable make_month_table() noexcept {
    MonthTable table;
    for (int leap = 0; leap < 2; ++leap) {
        for (int month = 1, before = 0; month <= 12; ++month) {
            const std::int32_t days = days_in_month(leap == 1 ? 2000 : 2001, month);
            table.days_before[leap][month] = static_cast<std::uint16_t>(before);
            table.length[leap][month] = static_cast<std::uint8_t>(days);
            before += days;
        }
    }
    return table;
}

inline constexpr MonthTable month_table = make_month_table();

/// Days since the epoch without a branch on the date, which would be mispredicted on real data.
/// @param hundreds,rest  the year's first and last two digits
/// @return               whether the day exists; `days` is meaningless where it does not
inline bool checked_days(std::uint32_t hundreds, std::uint32_t rest, std::uint32_t month, std::uint32_t day,
                         std::int32_t& days) noexcept {
    const std::uint32_t year = hundreds * 100 + rest;
    const std::uint32_t leap = ((rest == 0 ? hundreds : rest) & 3) == 0 ? 1 : 0;
    const std::uint32_t known_month = month & 15;
    const std::uint32_t full_centuries = hundreds - (rest == 0 ? 1 : 0);
    // Unsigned, for a day that is no number may be anything.
    days = static_cast<std::int32_t>((year - 1) * 365 + (year - 1) / 4 - full_centuries + full_centuries / 4 +
                                     month_table.days_before[leap][known_month] + day - 719163u);
    return static_cast<int>(year != 0) & static_cast<int>(month <= 15) &
           static_cast<int>(day - 1 < month_table.length[leap][known_month]);
}

/// Reads the ten characters `YYYY-MM-DD`.
inline bool parse_iso_date(const char* text, std::int32_t& days) noexcept {
    std::uint64_t word = load_first_low(text);
    const bool fits = digit_pairs(word, word_of("0000-00-"), limits_of("0000-00-"));
    const std::uint32_t tens = static_cast<unsigned char>(text[8]) - std::uint32_t{'0'};
    const std::uint32_t ones = static_cast<unsigned char>(text[9]) - std::uint32_t{'0'};
    const bool exists = checked_days(byte_of(word, 0), byte_of(word, 2), byte_of(word, 5), tens * 10 + ones, days);
    return static_cast<int>(fits) & static_cast<int>(tens <= 9) & static_cast<int>(ones <= 9) &
           static_cast<int>(exists);
}

/// Reads the sixteen characters `YYYY-MM-DDTHH:MM` to minutes since the epoch.
inline bool parse_iso_minutes(const char* text, std::int64_t& minutes) noexcept {
    std::uint64_t first = load_first_low(text);
    std::uint64_t second = load_first_low(text + 8);
    second ^= (text[10] == 'T' ? std::uint64_t{'T' ^ ' '} : 0) << 16;
    const bool fits = static_cast<int>(digit_pairs(first, word_of("0000-00-"), limits_of("0000-00-"))) &
                      static_cast<int>(digit_pairs(second, word_of("00 00:00"), limits_of("00 00:00")));
    const std::uint32_t hour = byte_of(second, 3);
    const std::uint32_t minute = byte_of(second, 6);
    std::int32_t days = 0;
    const bool exists = checked_days(byte_of(first, 0), byte_of(first, 2), byte_of(first, 5), byte_of(second, 0), days);
    minutes = std::int64_t{days} * 1440 + hour * 60 + minute;
    return static_cast<int>(fits) & static_cast<int>(hour <= 23) & static_cast<int>(minute <= 59) &
           static_cast<int>(exists);
}

/// Reads the nineteen characters `YYYY-MM-DDTHH:MM:SS`, UTC.
inline bool parse_iso_seconds(const char* text, std::int64_t& micros) noexcept {
    std::int64_t minutes = 0;
    const bool fits = parse_iso_minutes(text, minutes);
    const std::uint32_t tens = static_cast<unsigned char>(text[17]) - std::uint32_t{'0'};
    const std::uint32_t ones = static_cast<unsigned char>(text[18]) - std::uint32_t{'0'};
    // Unsigned, for the numbers of a text that does not fit may overflow.
    micros = static_cast<std::int64_t>((static_cast<std::uint64_t>(minutes) * 60 + tens * 10 + ones) * 1'000'000);
    return static_cast<int>(fits) & static_cast<int>(text[16] == ':') & static_cast<int>(tens <= 5) &
           static_cast<int>(ones <= 9);
}

/// Reads every form that `parse_timestamp` accepts.
ASSAY_EXPORT bool parse_iso_timestamp(std::string_view text, std::int64_t& micros) noexcept;

}  // namespace assay::detail
