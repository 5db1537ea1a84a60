#pragma once

#include "assay/judge/detail/claims.hpp"

namespace assay::judge::detail {

/// Numbers, units and times against the record.
void check_numbers(const Context& context, CriterionResult& out);
/// Conditions, directions and negations against the record.
void check_conditions(const Context& context, CriterionResult& out);
/// Diagnoses and their treatment against the record.
void check_diagnoses(const Context& context, CriterionResult& out);
/// Identity, sex, allergies and medicines against the record.
void check_statements(const Context& context, CriterionResult& out);

}  // namespace assay::judge::detail
