#include <cstdint>
#include <cstring>
#include <vector>

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

/// Unit codes are short: their length and first eight bytes tell most apart, and a wrong guess costs time only.
std::size_t hash_of(std::string_view code) {
    std::uint64_t head = code.size();
    std::memcpy(&head, code.data(), code.size() < sizeof head ? code.size() : sizeof head);
    return (head ^ code.size()) * 0x9E3779B97F4A7C15u;
}

/// Bounded: where all places of a hash are taken, the first gives way.
constexpr std::size_t kPlaces = 1024;
constexpr std::size_t kProbes = 8;

Remembered& place_of(std::string_view from, std::string_view to, const Substance& substance) {
    thread_local std::vector<Remembered> remembered(kPlaces);
    const std::size_t home = (hash_of(from) + (hash_of(to) >> 7)) >> 40;
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
        Remembered& place = remembered[(home + probe) % kPlaces];
        if (!place.converter || place.is(from, to, substance)) return place;
    }
    return remembered[home % kPlaces];
}

}  // namespace

double convert(double value, std::string_view from, std::string_view to, const Substance& substance) {
    Remembered& place = place_of(from, to, substance);
    if (!place.is(from, to, substance)) {
        UnitConverter converter(UcumUnit::parse(from), UcumUnit::parse(to), substance);
        place = {std::string(from), std::string(to), substance, std::move(converter)};
    }
    return (*place.converter)(value);
}

}  // namespace assay::data
