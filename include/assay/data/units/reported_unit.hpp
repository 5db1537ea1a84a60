#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/units/unit_converter.hpp"

namespace assay::data {

/// Brings values in units as people write them to one unit; remembers every spelling it has met.
///
/// Stricter than UnitConverter where the unit is all that is known: "%" of a quantity without a unit ({INR}) is another
/// quantity, and a D-dimer that says neither FEU nor DDU is neither. Not safe between threads.
class ASSAY_EXPORT ReportedUnits {
  public:
    /// @param to    the unit wanted; a text that is not UCUM is met by itself only
    /// @param loinc what is measured, where known
    explicit ReportedUnits(std::string to, std::string loinc = {});

    /// How values in the unit as reported become values in the unit wanted; null where it is missing, cannot be read or
    /// is of another kind. Valid until the next call. Cost: a comparison a spelling met before, else some microseconds.
    const UnitConverter* from(std::string_view reported);

    /// The UCUM code that a text was read as; the text itself where it cannot be read.
    static std::string code_of(std::string_view reported);

  private:
    struct Met {
        std::string reported;
        std::optional<UnitConverter> converter;
    };
    std::optional<UnitConverter> converter_from(std::string_view reported) const;

    std::string to_;
    std::string loinc_;
    std::vector<Met> met_;
};

}  // namespace assay::data
