// Fuzz target of units: whatever the text, a code is refused with ValueError, or it is a unit that has a name, converts
// to itself unchanged and to and from its canonical code; a spelling is unread or becomes a unit of UCUM.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "assay/base/error.hpp"
#include "assay/data/units/unit_converter.hpp"
#include "assay/data/units/unit_spelling.hpp"

namespace {

using assay::data::UcumUnit;
using assay::data::UnitConverter;

void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

void check_unit(const UcumUnit& unit) {
    require(!unit.display_name().empty(), "a unit without a name");
    require(UnitConverter(unit, unit)(3.5) == 3.5, "a unit does not convert to itself");
    require(unit.magnitude() > 0, "a factor that is not above zero");
    if (unit.is_special()) return;
    const UcumUnit canonical = UcumUnit::parse(unit.canonical_code());
    require(unit.is_commensurable(canonical) || unit.canonical_code().empty(), "a canonical code of another kind");
    if (!unit.is_commensurable(canonical)) return;  // mmol/mol beside plain numbers
    try {
        const double there = UnitConverter(unit, canonical)(3.5);
        const double back = UnitConverter(canonical, unit)(there);
        require(std::fabs(back - 3.5) < 1e-9, "there and back again is another value");
    } catch (const assay::ValueError&) {  // FEU and DDU
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto unit = UcumUnit::try_parse(text)) check_unit(*unit);
    if (const auto reading = assay::data::read_unit(text, size % 2 == 0 ? "2345-7" : "")) {
        require(UcumUnit::try_parse(reading->code).has_value(), "a reading that is no unit");
    }
    return 0;
}

#ifdef ASSAY_FUZZ_REPLAY
#include "replay.hpp"
#endif
