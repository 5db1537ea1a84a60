#include <array>
#include <functional>

#include "assay/data/units/unit_converter.hpp"

namespace assay::data {
namespace {

/// One remembered pair of units.
struct Remembered {
    std::string from;
    std::string to;
    Substance substance;
    std::optional<UnitConverter> converter;

    bool is(std::string_view other_from, std::string_view other_to, const Substance& other) const {
        return converter && from == other_from && to == other_to && substance.loinc == other.loinc &&
               substance.molar_mass == other.molar_mass && substance.charge == other.charge;
    }
};

/// Bounded: a later pair takes the place of an earlier one of the same hash.
constexpr std::size_t kPlaces = 256;

}  // namespace

double convert(double value, std::string_view from, std::string_view to, const Substance& substance) {
    thread_local std::array<Remembered, kPlaces> remembered;
    const std::size_t hash = std::hash<std::string_view>{}(from) * 31 + std::hash<std::string_view>{}(to);
    Remembered& place = remembered[(hash ^ (hash >> 17)) % kPlaces];
    if (!place.is(from, to, substance)) {
        UnitConverter converter(Unit::parse(from), Unit::parse(to), substance);
        place = {std::string(from), std::string(to), substance, std::move(converter)};
    }
    return (*place.converter)(value);
}

}  // namespace assay::data
