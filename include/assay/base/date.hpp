#pragma once

#include "assay/base/civil.hpp"
#include "assay/base/detail/iso8601.hpp"
#include "assay/base/export.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// A calendar day, as days since 1970-01-01 (Arrow's date32).
class Date {
  public:
    constexpr Date() noexcept = default;
    constexpr explicit Date(std::int32_t days_since_epoch) noexcept : days_(days_since_epoch) {}
    constexpr explicit Date(const CivilDate& civil) noexcept : days_(days_from_civil(civil)) {}

    constexpr std::int32_t days() const noexcept { return days_; }
    constexpr CivilDate civil() const noexcept { return civil_from_days(days_); }

    friend constexpr auto operator<=>(Date, Date) noexcept = default;

  private:
    std::int32_t days_ = 0;
};

/// The date written as `YYYY-MM-DD`, or nothing where the text is anything else or the day does not exist.
/// Years 0001 to 9999; no surrounding blanks.
inline std::optional<Date> parse_date(std::string_view text) noexcept {
    std::int32_t days = 0;
    if (text.size() != 10 || !detail::parse_iso_date(text.data(), days)) return std::nullopt;
    return Date{days};
}

/// `YYYY-MM-DD`; outside the years 0000 to 9999 with a sign and as many digits as needed (ISO 8601's expanded form).
ASSAY_EXPORT std::string to_iso8601(Date date);

}  // namespace assay
