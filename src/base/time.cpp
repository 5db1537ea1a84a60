#include "assay/base/time.hpp"

#include <array>
#include <charconv>

namespace assay {
namespace {

constexpr std::int64_t micros_per_minute = 60 * Timestamp::micros_per_second;
constexpr std::int64_t first_micros = Timestamp{Date{CivilDate{1, 1, 1}}}.micros();
constexpr std::int64_t last_micros = Timestamp{Date{CivilDate{10000, 1, 1}}}.micros() - 1;

int digit_at(std::string_view text, std::size_t i) noexcept {
    return i < text.size() && text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1;
}

/// The two-digit number at `i` up to a limit, or -1.
int two_digits(std::string_view text, std::size_t i, int limit) noexcept {
    const int tens = digit_at(text, i);
    const int ones = digit_at(text, i + 1);
    const int value = tens * 10 + ones;
    return tens < 0 || ones < 0 || value > limit ? -1 : value;
}

/// Takes `.f` with one to nine digits from the front of the text.
bool take_fraction(std::string_view& text, std::int64_t& micros) noexcept {
    std::int64_t scale = 100'000;
    std::size_t i = 1;
    micros = 0;
    for (; digit_at(text, i) >= 0; ++i) {
        if (i > 9 || (scale == 0 && text[i] != '0')) return false;
        micros += digit_at(text, i) * scale;
        scale /= 10;
    }
    text.remove_prefix(i);
    return i > 1;
}

/// Reads a whole zone: nothing, `Z`, `±HH:MM` or `±HHMM`.
bool parse_zone(std::string_view text, std::int64_t& minutes) noexcept {
    minutes = 0;
    if (text.empty() || text == "Z") return true;
    if (text.front() != '+' && text.front() != '-') return false;
    const bool colon = text.size() == 6 && text[3] == ':';
    if (!colon && text.size() != 5) return false;
    const int hour = two_digits(text, 1, 23);
    const int minute = two_digits(text, colon ? 4 : 3, 59);
    if (hour < 0 || minute < 0) return false;
    minutes = (text.front() == '-' ? -1 : 1) * (hour * 60 + minute);
    return true;
}

char* write_digits(char* out, std::uint32_t value, int width) noexcept {
    for (int i = width - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
    return out + width;
}

char* write_date(char* out, Date date) noexcept {
    const CivilDate civil = date.civil();
    if (civil.year >= 0 && civil.year <= 9999) {
        out = write_digits(out, static_cast<std::uint32_t>(civil.year), 4);
    } else {
        const auto size = static_cast<std::uint32_t>(civil.year < 0 ? -civil.year : civil.year);
        *out++ = civil.year < 0 ? '-' : '+';
        out = size < 10'000 ? write_digits(out, size, 4) : std::to_chars(out, out + 8, size).ptr;
    }
    *out++ = '-';
    out = write_digits(out, static_cast<std::uint32_t>(civil.month), 2);
    *out++ = '-';
    return write_digits(out, static_cast<std::uint32_t>(civil.day), 2);
}

}  // namespace

bool detail::parse_iso_timestamp(std::string_view text, std::int64_t& micros) noexcept {
    if (text.size() < 16) return false;
    std::int64_t minutes = 0;
    if (!parse_iso_minutes(text.data(), minutes)) return false;
    micros = minutes * micros_per_minute;
    text.remove_prefix(16);
    if (!text.empty() && text.front() == ':') {
        const int second = two_digits(text, 1, 59);
        if (second < 0) return false;
        micros += second * Timestamp::micros_per_second;
        text.remove_prefix(3);
        std::int64_t fraction = 0;
        if (!text.empty() && text.front() == '.' && !take_fraction(text, fraction)) return false;
        micros += fraction;
    }
    std::int64_t offset = 0;
    if (!parse_zone(text, offset)) return false;
    micros -= offset * micros_per_minute;
    return micros >= first_micros && micros <= last_micros;
}

std::string to_iso8601(Date date) {
    std::array<char, 24> text{};
    return {text.data(), write_date(text.data(), date)};
}

std::string to_iso8601(Timestamp time) {
    std::array<char, 48> text{};
    char* out = write_date(text.data(), time.date());
    // Within the day, so that the arithmetic stays in range for the earliest moments, too.
    std::int64_t rest = time.micros() % Timestamp::micros_per_day;
    if (rest < 0) rest += Timestamp::micros_per_day;
    const auto seconds = static_cast<std::uint32_t>(rest / Timestamp::micros_per_second);
    const auto fraction = static_cast<std::uint32_t>(rest % Timestamp::micros_per_second);
    *out++ = 'T';
    out = write_digits(out, seconds / 3600, 2);
    *out++ = ':';
    out = write_digits(out, seconds / 60 % 60, 2);
    *out++ = ':';
    out = write_digits(out, seconds % 60, 2);
    if (fraction != 0) {
        *out++ = '.';
        out = write_digits(out, fraction, 6);
    }
    *out++ = 'Z';
    return {text.data(), out};
}

Timestamp now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

}  // namespace assay
