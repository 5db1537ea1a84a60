#pragma once

#include <string>

#include "assay/data/vital_signs.hpp"

namespace assay::data {

/// One row per diagnosis, medication, allergy or procedure of a patient.
struct RecordedAt : Column<"recorded_at", Timestamp> {};
struct HistoryCategory : Column<"category", std::string, Required,
                                Description<"diagnosis, medication, allergy, procedure, microbiology">> {};
struct HistoryCode : Column<"code", std::string, Description<"with its system: icd10|A15.0, icd9|4139">> {};
struct HistoryText : Column<"description", std::string> {};
struct HistoryStatus : Column<"status", std::string, Description<"active, resolved, completed">> {};

using MedicalHistory = Schema<PatientId, RecordedAt, HistoryCategory, HistoryCode, HistoryText, HistoryStatus>;

}  // namespace assay::data
