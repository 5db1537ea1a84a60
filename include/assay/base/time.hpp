#pragma once

#include "assay/base/date.hpp"
#include "assay/base/detail/iso8601.hpp"
#include "assay/base/export.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// A point in time, as microseconds since 1970-01-01T00:00:00Z without leap seconds (Arrow's timestamp[us, UTC]).
class Timestamp {
  public:
    constexpr Timestamp() noexcept = default;
    constexpr explicit Timestamp(std::int64_t micros_since_epoch) noexcept : micros_(micros_since_epoch) {}
    /// Midnight UTC of a day, which must lie within 292 000 years of 1970.
    constexpr explicit Timestamp(Date day) noexcept : micros_(day.days() * micros_per_day) {}

    constexpr std::int64_t micros() const noexcept { return micros_; }
    /// The UTC day this moment lies in.
    constexpr Date date() const noexcept {
        const std::int64_t days = micros_ / micros_per_day;
        return Date{static_cast<std::int32_t>(days - (micros_ % micros_per_day < 0 ? 1 : 0))};
    }

    friend constexpr auto operator<=>(Timestamp, Timestamp) noexcept = default;
    friend constexpr std::chrono::microseconds operator-(Timestamp a, Timestamp b) noexcept {
        return std::chrono::microseconds{a.micros_ - b.micros_};
    }
    friend constexpr Timestamp operator+(Timestamp a, std::chrono::microseconds b) noexcept {
        return Timestamp{a.micros_ + b.count()};
    }
    friend constexpr Timestamp operator-(Timestamp a, std::chrono::microseconds b) noexcept {
        return Timestamp{a.micros_ - b.count()};
    }

    static constexpr std::int64_t micros_per_second = 1'000'000;
    static constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

  private:
    std::int64_t micros_ = 0;
};

/// The moment written in ISO 8601, or nothing where the text is anything else.
///
/// `YYYY-MM-DD`, then `T` or one space, then `HH:MM[:SS[.f]]`, then `Z`, `±HH:MM`, `±HHMM` or nothing, which means
/// UTC. A fraction has one to nine digits; those past the sixth must be 0, for nothing is rounded. Rejected: days
/// that do not exist, 24:00, second 60, blanks around, years outside 0001 to 9999 (after the offset is applied, too).
/// Cost: O(characters), without a branch on the digits of `YYYY-MM-DD HH:MM:SS`.
inline std::optional<Timestamp> parse_timestamp(std::string_view text) noexcept {
    std::int64_t micros = 0;
    const bool ok =
        text.size() == 19 ? detail::parse_iso_seconds(text.data(), micros) : detail::parse_iso_timestamp(text, micros);
    return ok ? std::optional<Timestamp>{Timestamp{micros}} : std::nullopt;
}

/// `YYYY-MM-DDTHH:MM:SSZ`, with six decimals where the microseconds are not 0. Years as for dates.
ASSAY_EXPORT std::string to_iso8601(Timestamp time);

/// The system clock's time.
ASSAY_EXPORT Timestamp now();

}  // namespace assay
