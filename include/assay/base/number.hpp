#pragma once

#include "assay/base/export.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace assay {

/// Room that `write_number` needs at most.
inline constexpr int number_chars = 32;

/// Writes the shortest decimal text that reads back as the same double; independent of the locale.
///
/// Without exponent from 1e-5 to below 1e16, so that 100000 is not "1e+05"; whole numbers without a point; "nan",
/// "inf" and "-inf" as such (a JSON writer must not pass those in).
/// @param out  at least `number_chars` characters; no null is written
/// @return     the end of the text
ASSAY_EXPORT char* write_number(char* out, double value) noexcept;

/// The same as a string.
ASSAY_EXPORT std::string to_text(double value);

/// The double nearest to a decimal text, or nothing where the text is anything else: no blanks, hexadecimal digits,
/// "nan" or "inf", and nothing that overflows; one sign is allowed. Independent of the locale.
ASSAY_EXPORT std::optional<double> parse_number(std::string_view text) noexcept;

}  // namespace assay
