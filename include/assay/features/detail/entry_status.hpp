#pragma once

#include <string>
#include <string_view>

// What the status of a history entry means, by the codes of HL7 FHIR R4 (4.0.1) and their usual spellings in exports.
// A status that is not known leaves the entry as it is: a medicine too many is asked about, one too few is missed.
namespace assay::features::detail {

/// A code in lower case, trimmed, with a hyphen for each blank or underscore: "Entered in error" is "entered-in-error".
std::string folded_code(std::string_view text);

/// Whether a medication is not taken (any more).
///
/// completed, stopped, cancelled and entered-in-error (MedicationRequest), not-taken (MedicationStatement), not-done
/// (MedicationAdministration), declined (MedicationDispense), revoked (request-status); discontinued, inactive,
/// expired, ended as exports say. On-hold stays, for it is expected to continue, and so do draft, intended and unknown.
/// Source: HL7 FHIR R4, value sets medicationrequest-status, medication-statement-status, medication-admin-status,
/// medicationdispense-status, request-status.
bool ends_medication(std::string_view folded_status);

/// What is said of a diagnosis that is not present: "resolved", "inactive", "in remission", "refuted"; "" otherwise.
/// Source: HL7 FHIR R4, value sets condition-clinical and condition-ver-status.
std::string_view said_of_diagnosis(std::string_view folded_status);

/// What is said of an allergy that is in doubt: "resolved" and "refuted", which were shown by testing or re-exposure
/// and raise no alert, and "inactive", which does; "" otherwise. Source: HL7 FHIR R4, value sets
/// allergyintolerance-clinical and allergyintolerance-verification.
std::string_view said_of_allergy(std::string_view folded_status);

}  // namespace assay::features::detail
