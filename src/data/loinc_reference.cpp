#include "assay/data/loinc_reference.hpp"

#include "assay/data/laboratory/loinc_term.hpp"

namespace assay::data {

std::optional<Range> LoincReference::range(std::string_view sex) const {
    if (!female && !male) return both;
    if (sex == "female") return female;
    if (sex == "male") return male;
    return std::nullopt;
}

const std::vector<LoincReference>& loinc_references() {
    static const std::vector<LoincReference> kReferences = [] {
        std::vector<LoincReference> references;
        for (const LoincTerm& term : loinc_terms()) {
            if (!term.reference) continue;
            references.push_back({std::string(term.loinc), std::string(term.name), std::string(term.unit),
                                  *term.reference, term.female, term.male, std::nullopt, ""});
        }
        return references;
    }();
    return kReferences;
}

}  // namespace assay::data
