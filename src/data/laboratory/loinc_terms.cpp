#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "assay/data/laboratory/loinc_term.hpp"

namespace assay::data {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

bool is_part_of_a_whole(const LoincTerm& term) {
    constexpr std::array<std::string_view, 3> kFractions = {"VFr", "NFr", "MFr"};
    return term.unit == "%" && std::find(kFractions.begin(), kFractions.end(), term.property) != kFractions.end();
}

}  // namespace

const std::vector<LoincTerm>& loinc_terms() {
    static const std::vector<LoincTerm> kTerms = {
#include "loinc_terms.inc"
    };
    return kTerms;
}

const LoincTerm* find_loinc_term(std::string_view loinc) noexcept {
    static const auto kByCode = [] {
        std::unordered_map<std::string_view, const LoincTerm*> by_code;
        for (const LoincTerm& term : loinc_terms()) by_code.emplace(term.loinc, &term);
        return by_code;
    }();
    const auto found = kByCode.find(loinc);
    return found == kByCode.end() ? nullptr : found->second;
}

std::optional<PlausibilityLimits> limits_of(std::string_view loinc) {
    const LoincTerm* term = find_loinc_term(loinc);
    if (term == nullptr) return std::nullopt;
    if (term->plausible) return PlausibilityLimits{*term->possible, term->plausible, "MIMIC-Extract"};
    if (term->possible) return PlausibilityLimits{*term->possible, {}, "a difference of either sign"};
    if (term->unit == "[pH]") return PlausibilityLimits{{0, 14}, {}, "the scale of pH"};
    if (is_part_of_a_whole(*term)) return PlausibilityLimits{{0, 100}, {}, "a part of a whole"};
    return PlausibilityLimits{{0, kNone}, {}, "not negative"};
}

}  // namespace assay::data
