#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/data/laboratory/reading.hpp"

namespace assay::data {

/// Reads FHIR R4 Observations from a file, or from all .json and .ndjson files (.gz, .zst too) of a folder: single
/// resources, arrays, one a line, Bundles (in Bundles and Parameters, too), DiagnosticReports with contained
/// Observations.
///
/// An Observation's own value is one result, and so is each component. An Observation that only lists members is a
/// panel, not a result. Codes with the system of LOINC become `loinc`, the first other one `local_code`. Numbers keep
/// their decimal text where a double does not hold it; units are UCUM codes where they are given. Time: effective[x],
/// else the specimen's collection, else the report's, else that of release (counted in the remarks). Patients,
/// specimens, devices and reports are looked up in the same Bundle, then in all files. In a document ids mean something
/// only there: results are named by the report, too, or by the patient. Patient/17 of two servers are two patients: an
/// absolute reference is the patient_id as it is, and a relative one in an entry whose fullUrl is absolute means that
/// server; ids of Observations likewise. Without an id a result is named by patient and identifier, its system
/// included. Of one result the latest meta.lastUpdated (else Bundle.timestamp, else issued) counts, the others are
/// `superseded`. Quarantined with their bytes: json.syntax, json.truncated, json.duplicate_name, json.too_deep,
/// resource.too_long, observation.code_missing, patient_id.required, observed_at.required, observed_at.type, value.type
/// (a number between quotes), value.kind (waveforms, attachments).
/// @throws IoError if the file cannot be read, or a folder holds no such file.   Cost: O(bytes), two passes.
/// Source: FHIR R4 (4.0.1) Observation, DiagnosticReport, Bundle.
ASSAY_EXPORT ResultsReading read_fhir(const std::filesystem::path& path, const ReadingOptions& options = {});

/// The same from bytes in memory; `name` stands for the file.
ASSAY_EXPORT ResultsReading read_fhir_bytes(std::string_view bytes, const ReadingOptions& options = {},
                                            const std::string& name = "<memory>");

}  // namespace assay::data
