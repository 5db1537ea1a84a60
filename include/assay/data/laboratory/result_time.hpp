#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"

namespace assay::data {

/// How "03/04/2024" is read. Unknown: not at all, for a guess would be a wrong date.
enum class DateOrder : std::uint8_t { Unknown, DayFirst, MonthFirst };

/// A moment from which a place's clocks show another offset, such as the start of summer time.
struct ZoneChange {
    std::int64_t utc_second = 0;      ///< since 1970
    std::int32_t offset_seconds = 0;  ///< from then on, east positive
};

/// What the text of a time leaves open. A local time that the clocks show twice is the second of the two, as in
/// PostgreSQL; one that they leave out (02:30 on the day when summer time begins) is none.
struct TimeReading {
    std::int32_t utc_offset_minutes = 0;  ///< of times without a zone, east positive; before the first change
    DateOrder order = DateOrder::Unknown;
    std::vector<ZoneChange> changes{};  ///< of the place's clocks, in order of time
};

/// The moment that a laboratory's file means, or nothing where it is none.
///
/// ISO 8601 and FHIR (`2024`, `2024-05`, `2024-05-01`, `2024-05-01T08:30[:15[.123]][Z|±hh:mm]`, one blank for the T),
/// HL7 v2 (`YYYY[MM[DD[HH[MM[SS[.ffff]]]]]][±ZZZZ]`), `01.05.2024 08:30`, and with an order `05/01/2024 8:30 PM`. What
/// is not given is the start: of the year, the month, the day. Decimals past the sixth are cut off; second 60 is the
/// next minute's first. Rejected: days that do not exist, 24:00, years outside 0001 to 9999. Source: HL7 v2.8 §2.A.22
/// (DTM), FHIR R4 §2.24.0.1 (dateTime, instant).
ASSAY_EXPORT std::optional<Timestamp> parse_result_time(std::string_view text,
                                                        const TimeReading& reading = {}) noexcept;

/// Whether a text that `parse_result_time` does not read is a time that the clocks of its place left out.
ASSAY_EXPORT bool is_skipped_time(std::string_view text, const TimeReading& reading) noexcept;

}  // namespace assay::data
