#pragma once

#include <array>
#include <cstdint>

namespace assay {

/// A day of the proleptic Gregorian calendar. No check is made; see `is_valid`.
struct CivilDate {
    std::int32_t year = 1970;
    std::int32_t month = 1;  ///< 1 to 12
    std::int32_t day = 1;    ///< 1 to 31

    friend constexpr auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

constexpr bool is_leap_year(std::int32_t year) noexcept {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Number of days in a month. @param month 1 to 12, not checked
constexpr std::int32_t days_in_month(std::int32_t year, std::int32_t month) noexcept {
    constexpr std::array<std::int8_t, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

/// Whether the date exists, in the years 1 to 9999 that ISO 8601 writes with four digits.
constexpr bool is_valid(const CivilDate& date) noexcept {
    return date.year >= 1 && date.year <= 9999 && date.month >= 1 && date.month <= 12 && date.day >= 1 &&
           date.day <= days_in_month(date.year, date.month);
}

/// Days since 1970-01-01 of a valid date.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil: years begin in March, so
/// that the leap day comes last, and repeat in eras of 400 years = 146 097 days.
constexpr std::int32_t days_from_civil(const CivilDate& date) noexcept {
    const std::int32_t year = date.year - (date.month <= 2 ? 1 : 0);
    const std::int32_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<std::uint32_t>(year - era * 400);
    const auto month_from_march = static_cast<std::uint32_t>(date.month > 2 ? date.month - 3 : date.month + 9);
    const std::uint32_t day_of_year = (153 * month_from_march + 2) / 5 + static_cast<std::uint32_t>(date.day) - 1;
    const std::uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return static_cast<std::int32_t>(std::int64_t{era} * 146097 + day_of_era - 719468);
}

/// The calendar date of a number of days since 1970-01-01.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
constexpr CivilDate civil_from_days(std::int32_t days_since_epoch) noexcept {
    const std::int64_t days = std::int64_t{days_since_epoch} + 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<std::uint32_t>(days - era * 146097);
    const std::uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const std::uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    const auto day = static_cast<std::int32_t>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    const auto month = static_cast<std::int32_t>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    const auto year = static_cast<std::int32_t>(year_of_era + era * 400) + (month <= 2 ? 1 : 0);
    return {year, month, day};
}

}  // namespace assay
