#pragma once

#include <vector>

#include "assay/models/note.hpp"

namespace assay::models::detail {

/// The problems of a patient with their plans, most urgent first; at least one.
std::vector<Problem> problems_of(const features::PatientSummary& patient);

/// "potassium 6.8 mmol/L (high, critical; reference 3.5-5 mmol/L; observed …)".
std::string describe(const features::AbnormalResult& result);

/// "respiratory rate, SpO2": the parameters of NEWS2 that scored 3.
std::string red_parameters(const features::PatientSummary& patient);

/// Critical results before others, each kind by how many times they lie beyond their limit.
std::vector<features::AbnormalResult> farthest_first(std::vector<features::AbnormalResult> results);

/// Who or what wrote the note, and that a person must review it.
std::string disclosure(const SoapNote& note);

}  // namespace assay::models::detail
