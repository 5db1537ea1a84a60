#pragma once

#include <optional>
#include <string_view>

#include "assay/base/export.hpp"

namespace assay::data {

/// A result as a laboratory writes it, taken apart. The text views the argument.
struct ReportedValue {
    std::string_view comparator;   ///< "<", "<=", ">=", ">" or empty
    std::optional<double> number;  ///< none: the result is a text
    std::string_view text;  ///< where it is no number, or one of more digits than a double holds: as written, trimmed
};

/// Reads "5.4", "<0.01", "> 90", "≤5", "=<2", "LESS THAN 5", "1.2e3".
///
/// Whatever is not wholly a number, with a comparator or without, stays a text: "1+", "+1", "3-5", "1:80", "5 mg/dL",
/// "1,200" (with a decimal point). Nothing is guessed.
/// @param decimal_point  '.' or ','; with ',' a point is refused, so that "1.200" stays a text
/// Cost: O(characters).
ASSAY_EXPORT ReportedValue parse_result_value(std::string_view written, char decimal_point = '.') noexcept;

}  // namespace assay::data
