#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"

namespace assay::data {

/// A unit as a laboratory wrote it, and what it means.
struct UnitReading {
    enum class By : std::uint8_t {
        ucum,      ///< the text is a UCUM code and means just that
        spelling,  ///< a usual spelling: "sec", "mm Hg", "K/uL", "MG/DL"
        analyte,   ///< several readings were possible, and only this one fits what is measured: "IU/L" of an enzyme
    };

    std::string code;  ///< UCUM
    By by = By::ucum;

    bool operator==(const UnitReading&) const = default;
};

/// "ucum", "spelling", "analyte".
ASSAY_EXPORT std::string_view name_of(UnitReading::By by) noexcept;

/// Whether the text says that there is no unit: blank, "N/A", "#ERROR!", "none", "-", …
ASSAY_EXPORT bool is_missing_unit(std::string_view text);

/// Every UCUM code that laboratories mean by a text, the likeliest first: "U/L" and "[IU]/L" by "u/l"; the text itself
/// where it is UCUM and no usual spelling.
/// Empty for a missing unit and for one that cannot be read.
ASSAY_EXPORT std::vector<std::string> unit_readings(std::string_view text);

/// Reads a unit as laboratories write it, without regard to case, blanks, Greek or Latin mu and superscripts.
///
/// To UCUM "K/uL" is kelvin per microlitre and "m/uL" metre per microlitre; to a laboratory they are thousands and
/// millions of cells. "G/L" is gauss per litre, "IU/L" nothing at all. So usual spellings go before UCUM, unless the
/// text is, letter by letter, one of the codes that the spelling can stand for ("mU/L"). With a LOINC code whose unit
/// Assay knows, the reading that converts to that unit is taken.
/// @returns nothing for a missing unit and for one that cannot be read. Cost: about 2 µs.
ASSAY_EXPORT std::optional<UnitReading> read_unit(std::string_view text, std::string_view loinc = {});

}  // namespace assay::data
