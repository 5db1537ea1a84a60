#pragma once

#include <optional>
#include <string_view>

#include "assay/base/index.hpp"

namespace assay::judge::detail {

/// What a unit measures, as far as a note needs it.
enum class Dimension : std::uint8_t {
    None,
    Rate,
    Pressure,
    Percent,
    Temperature,
    Years,
    Points,
    Rows,
    Laboratory,
    Dose,
    Other
};

/// A unit as written in notes; canonical = scale × value + offset, in /min, mmHg, %, °C, years or mg.
struct UnitOfNote {
    std::string_view spelling;  ///< lower case
    std::string_view name;      ///< one name for all spellings
    Dimension dimension = Dimension::None;
    double scale = 1;
    double offset = 0;
};

struct ParsedUnit {
    const UnitOfNote* unit = nullptr;  ///< null where no known unit follows
    index end = 0;                     ///< after the unit; `at` where none follows
};

/// The unit that starts at `at` in lower-case text, blanks before it skipped. The longest spelling wins.
ParsedUnit unit_at(std::string_view lower, index at);

/// The whole text as a unit, null where it is not known.
const UnitOfNote* unit_named(std::string_view text);

/// `value` of an analyte (LOINC) from one unit to another; empty where no conversion is known.
/// Source: molar masses, see docs/adr/0006-note-and-judge.md.
std::optional<double> convert_result(std::string_view loinc, double value, std::string_view from, std::string_view to);

}  // namespace assay::judge::detail
