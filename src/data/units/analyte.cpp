#include "assay/data/units/analyte.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "assay/data/laboratory/loinc_term.hpp"

namespace assay::data {

const std::vector<Analyte>& analytes() {
    static const std::vector<Analyte> kAnalytes = [] {
        std::vector<Analyte> known;
        for (const LoincTerm& term : loinc_terms()) {
            if (!term.molar_mass && !term.charge) continue;
            known.push_back({std::string(term.loinc), std::string(term.name), term.molar_mass, term.charge});
        }
        return known;
    }();
    return kAnalytes;
}

const Analyte* find_analyte(std::string_view loinc) noexcept {
    static const auto kByCode = [] {
        std::unordered_map<std::string_view, const Analyte*> by_code;
        for (const Analyte& analyte : analytes()) by_code.emplace(analyte.loinc, &analyte);
        return by_code;
    }();
    const auto found = kByCode.find(loinc);
    return found == kByCode.end() ? nullptr : found->second;
}

bool is_hba1c(std::string_view loinc) noexcept {
    // by any method; by HPLC; by IFCC protocol; by electrophoresis
    constexpr std::array<std::string_view, 4> kCodes = {"4548-4", "17856-6", "59261-8", "4549-2"};
    return std::find(kCodes.begin(), kCodes.end(), loinc) != kCodes.end();
}

}  // namespace assay::data
