#pragma once

#include <optional>
#include <vector>

#include "assay/judge/detail/context.hpp"
#include "assay/models/vital_rules.hpp"

namespace assay::judge::detail {

/// "average SpO2 91.9 % at …": a number, what it is of, and how it is qualified.
struct NumberClaim {
    NumberMention number;
    const Mention* subject = nullptr;  ///< null where the note does not say of what
    Concept concept_of = Concept::Vital;
    int id = 0;  ///< as Mention::id
    Qualifier qualifier = Qualifier::None;
    index qualifier_begin = -1;
    std::optional<models::Comparison> comparison;  ///< "below 92 %"
    const TimeMention* time = nullptr;             ///< the time said for it
};

/// Numbers outside the plan that claim something of the record, in order. Numbers that count hours, doses or drops, and
/// numbers quoted from the record's own texts, are left out.
std::vector<NumberClaim> number_claims(const Context& context);

}  // namespace assay::judge::detail
