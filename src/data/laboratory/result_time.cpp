#include "assay/data/laboratory/result_time.hpp"

#include <algorithm>

#include "assay/base/civil.hpp"
#include "data/laboratory/told_time.hpp"

namespace assay::data {
namespace {

/// A moment's parts while they are read.
struct TimeParts {
    std::int32_t year = 0;
    std::int32_t month = 1;
    std::int32_t day = 1;
    std::int32_t hour = 0;
    std::int32_t minute = 0;
    std::int32_t second = 0;
    std::int32_t micros = 0;
    bool has_clock = false;  ///< more than a date
    std::optional<std::int32_t> offset_minutes{};
};

/// Reads from the front of a text.
class TimeScanner {
  public:
    explicit TimeScanner(std::string_view text) : text_(text) {}

    bool done() const { return text_.empty(); }
    char next() const { return text_.empty() ? '\0' : text_.front(); }
    bool take(char c) {
        if (next() != c || text_.empty()) return false;
        text_.remove_prefix(1);
        return true;
    }
    int leading_digits() const {
        int count = 0;
        while (static_cast<std::size_t>(count) < text_.size() && is_digit(text_[static_cast<std::size_t>(count)]))
            ++count;
        return count;
    }
    /// Exactly `count` digits.
    bool number(int count, std::int32_t& out) {
        if (leading_digits() < count) return false;
        out = 0;
        for (int i = 0; i < count; ++i) out = out * 10 + (text_[static_cast<std::size_t>(i)] - '0');
        text_.remove_prefix(static_cast<std::size_t>(count));
        return true;
    }
    bool one_or_two(std::int32_t& out) {
        const int digits = leading_digits();
        return (digits == 1 || digits == 2) && number(digits, out);
    }
    /// Decimals of a second; those past the sixth are cut off.
    bool fraction(std::int32_t& micros) {
        const int digits = leading_digits();
        if (digits == 0) return false;
        micros = 0;
        for (int i = 0; i < 6; ++i) micros = micros * 10 + (i < digits ? text_[static_cast<std::size_t>(i)] - '0' : 0);
        text_.remove_prefix(static_cast<std::size_t>(digits));
        return true;
    }
    bool word(char first, char second) {
        if (text_.size() < 2 || (text_[0] | 0x20) != first || (text_[1] | 0x20) != second) return false;
        text_.remove_prefix(2);
        return true;
    }

  private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    std::string_view text_;
};

/// Z, ±hh:mm, ±hhmm, ±hh or nothing, to the end of the text.
bool read_zone(TimeScanner& scan, TimeParts& parts) {
    if (scan.done()) return true;
    if (scan.take('Z') || scan.take('z')) {
        parts.offset_minutes = 0;
        return scan.done();
    }
    const int sign = scan.next() == '-' ? -1 : 1;
    std::int32_t hours = 0;
    std::int32_t minutes = 0;
    if (!scan.take('+') && !scan.take('-')) return false;
    if (!scan.number(2, hours)) return false;
    if (scan.take(':') ? !scan.number(2, minutes) : !scan.done() && !scan.number(2, minutes)) return false;
    parts.offset_minutes = sign * (hours * 60 + minutes);
    return scan.done() && hours <= 14 && minutes <= 59;
}

/// h:mm[:ss[.f]], [AM|PM], zone.
bool read_clock(TimeScanner& scan, TimeParts& parts) {
    parts.has_clock = true;
    if (!scan.one_or_two(parts.hour) || !scan.take(':') || !scan.number(2, parts.minute)) return false;
    if (scan.take(':')) {
        if (!scan.number(2, parts.second)) return false;
        if ((scan.take('.') || scan.take(',')) && !scan.fraction(parts.micros)) return false;
    }
    while (scan.take(' ')) {
    }
    const bool pm = scan.word('p', 'm');
    if (pm || scan.word('a', 'm')) {
        if (parts.hour < 1 || parts.hour > 12) return false;
        parts.hour = parts.hour % 12 + (pm ? 12 : 0);
    }
    return read_zone(scan, parts);
}

/// YYYY[MM[DD[HH[MM[SS[.f]]]]]][zone]
bool read_digits(TimeScanner& scan, TimeParts& parts, int digits) {
    if (digits != 4 && digits != 6 && digits != 8 && digits != 10 && digits != 12 && digits != 14) return false;
    scan.number(4, parts.year);
    if (digits > 4) scan.number(2, parts.month);
    if (digits > 6) scan.number(2, parts.day);
    parts.has_clock = digits > 8;
    if (digits > 8) scan.number(2, parts.hour);
    if (digits > 10) scan.number(2, parts.minute);
    if (digits > 12) scan.number(2, parts.second);
    if (digits == 14 && scan.take('.') && !scan.fraction(parts.micros)) return false;
    return read_zone(scan, parts);
}

/// YYYY-MM[-DD[(T| )clock]]
bool read_iso(TimeScanner& scan, TimeParts& parts) {
    if (!scan.number(4, parts.year) || !scan.take('-') || !scan.number(2, parts.month)) return false;
    if (scan.done()) return true;
    if (!scan.take('-') || !scan.number(2, parts.day)) return false;
    if (scan.done()) return true;
    return (scan.take('T') || scan.take('t') || scan.take(' ')) && read_clock(scan, parts);
}

/// d.m.yyyy, and with an order d/m/yyyy, m/d/yyyy, d-m-yyyy, m-d-yyyy; then a clock.
bool read_local(TimeScanner& scan, TimeParts& parts, DateOrder order) {
    std::int32_t first = 0;
    std::int32_t second = 0;
    if (!scan.one_or_two(first)) return false;
    const char mark = scan.next();
    if (mark == '.') order = DateOrder::DayFirst;
    if ((mark != '.' && mark != '/' && mark != '-') || order == DateOrder::Unknown) return false;
    scan.take(mark);
    if (!scan.one_or_two(second) || !scan.take(mark) || !scan.number(4, parts.year)) return false;
    parts.day = order == DateOrder::DayFirst ? first : second;
    parts.month = order == DateOrder::DayFirst ? second : first;
    return scan.done() || ((scan.take(' ') || scan.take('T')) && read_clock(scan, parts));
}

/// The offset that a place's clocks have where they show this local second; nothing where they never do.
std::optional<std::int64_t> offset_at(std::int64_t local_second, const TimeReading& reading) {
    const auto& changes = reading.changes;
    const auto before = [&](std::size_t i) {
        return i == 0 ? reading.utc_offset_minutes * 60 : changes[i - 1].offset_seconds;
    };
    // A change begins, on a clock of either offset, at the earlier of the two readings. Of a second that is shown twice
    // the later is taken: PostgreSQL does so in every zone (DetermineTimeZoneOffset), and both sources must agree.
    std::size_t low = 0;
    std::size_t high = changes.size();
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const std::int64_t begin =
            changes[middle].utc_second + std::min(before(middle), changes[middle].offset_seconds);
        if (begin <= local_second) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const bool skipped = low > 0 && local_second < changes[low - 1].utc_second + changes[low - 1].offset_seconds;
    return skipped ? std::nullopt : std::optional<std::int64_t>(before(low));
}

/// Seconds since 1970 on the clock that the text speaks of.
std::optional<std::int64_t> local_second(const TimeParts& parts) {
    const CivilDate day{parts.year, parts.month, parts.day};
    if (parts.year < 1 || !is_valid(day) || parts.hour > 23 || parts.minute > 59 || parts.second > 60) {
        return std::nullopt;
    }
    const std::int64_t days = days_from_civil(day);
    return (days * 1440 + parts.hour * 60 + parts.minute) * 60 + parts.second;
}

/// Seconds since 1970 in UTC; nothing for a time that the clocks left out. A date names its day, though its midnight be
/// left out: such a day begins when the clocks go on.
std::optional<std::int64_t> utc_second(const TimeParts& parts, std::int64_t local, const TimeReading& reading) {
    constexpr std::int64_t kDay = 86'400;
    if (parts.offset_minutes) return local - std::int64_t{*parts.offset_minutes} * 60;
    if (const auto offset = offset_at(local, reading)) return local - *offset;
    if (parts.has_clock || !offset_at(local + kDay - 1, reading)) return std::nullopt;  // Samoa left out a whole day
    return local - *offset_at(local - kDay, reading);
}

std::optional<Timestamp> moment_of(const TimeParts& parts, const TimeReading& reading) {
    const auto local = local_second(parts);
    const auto second = local ? utc_second(parts, *local, reading) : std::nullopt;
    if (!second) return std::nullopt;
    return Timestamp{*second * Timestamp::micros_per_second + parts.micros};
}

/// The parts of a text in any of the forms that are known.
bool read_parts(std::string_view text, const TimeReading& reading, TimeParts& parts) {
    TimeScanner scan(text);
    const int digits = scan.leading_digits();
    const char after = text.size() > static_cast<std::size_t>(digits) ? text[static_cast<std::size_t>(digits)] : '\0';
    // "2024-05" is a month, though "2024-0500" is the year 2024 five hours west of Greenwich.
    const bool iso = digits == 4 && after == '-' && (text.size() == 7 || (text.size() > 7 && text[7] == '-'));
    return iso           ? read_iso(scan, parts)
           : digits <= 2 ? read_local(scan, parts, reading.order)
                         : read_digits(scan, parts, digits);
}

}  // namespace

std::optional<Timestamp> parse_result_time(std::string_view text, const TimeReading& reading) noexcept {
    constexpr std::int64_t kSecond = Timestamp::micros_per_second;
    std::int64_t quick = 0;
    if (text.size() == 19 && assay::detail::parse_iso_seconds(text.data(), quick)) {
        const auto offset = offset_at(quick / kSecond, reading);
        return offset ? std::optional(Timestamp{quick - *offset * kSecond}) : std::nullopt;
    }
    TimeParts parts;
    return read_parts(text, reading, parts) ? moment_of(parts, reading) : std::nullopt;
}

bool is_skipped_time(std::string_view text, const TimeReading& reading) noexcept {
    TimeParts parts;
    if (!read_parts(text, reading, parts) || parts.offset_minutes) return false;
    const auto local = local_second(parts);
    return local && !utc_second(parts, *local, reading);
}

std::optional<Timestamp> laboratory::told_time(std::string_view text, const TimeReading& reading) noexcept {
    TimeParts parts;
    if (!is_skipped_time(text, reading) || !read_parts(text, reading, parts)) return parse_result_time(text, reading);
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t local = *local_second(parts);
    const std::int64_t before = *offset_at(local - kDay, reading);  // no place leaves out a time on two days
    return Timestamp{(local - before) * Timestamp::micros_per_second + parts.micros};
}

}  // namespace assay::data
