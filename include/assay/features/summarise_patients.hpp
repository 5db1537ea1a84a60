#pragma once

#include <optional>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"
#include "assay/data/table.hpp"
#include "assay/features/abnormal_labs.hpp"
#include "assay/features/clean_vitals.hpp"
#include "assay/features/news2.hpp"
#include "assay/features/patient_summary.hpp"
#include "assay/features/risk_score.hpp"

namespace assay::features {

/// What is known of patients besides their vital signs. Each table may be absent: a Table without columns.
struct PatientRecords {
    data::Table history;    ///< data::MedicalHistory
    data::Table emergency;  ///< data::EmergencyData
    data::Table imaging;    ///< data::DicomMetadata
    data::Table labs;       ///< data::LabResults
};

struct SummaryOptions {
    std::optional<Timestamp> aggregated_at;  ///< written to every row; a parameter, so that results are reproducible
    RiskWeights risk_weights;
    Spo2Scale spo2_scale = Spo2Scale::One;
    LabOptions labs;
};

/// One summary for every patient of any table, sorted by patient_id; rows without one belong to nobody.
///
/// Vital signs: statistics over accepted values; the average is taken about the first value of each 2048-row piece
/// and pieces are merged in row order, so that neither large offsets nor the number of threads change it. `last` is
/// the value of the latest time (of rows with one time, the last). The slope is least squares over hours.
/// Risk score: risk_score() of each row, mean and maximum over the rows that have one.
/// NEWS2: of rows that hold all five vital signs. Consciousness and oxygen are those of the arrival that covers the
/// row's time: of the arrivals up to it the latest, unless its departure came before. Rows that no arrival covers, or
/// whose arrival does not state both, have no score, never a partial sum, and so have patients known to be under 16.
/// The time is the earliest with the worst score.
/// Red score: a single parameter of 3 in any row, whatever the total and also where it cannot be formed, since each set
/// of observations calls for a review on its own (RCP 2017, table "thresholds and triggers"); false where no measured
/// one scored 3 and a total exists, otherwise empty; empty under 16, too.
/// Age (as of that arrival, in the limits of data::Age, 0 to 130; what lies outside is left out), sex ("male", "m",
/// "female", "f") and complaint: the latest arrival that states them.
/// Lists: in order of the history, each text once, its description, or its code where there is none. Category, status,
/// sex and consciousness are read without regard to case; blanks and underscores in a status stand for hyphens. By the
/// codes of HL7 FHIR R4 (features/detail/entry_status.hpp): entered-in-error is left out; medications that are
/// completed, stopped, cancelled, not-taken or (as exports say) discontinued, inactive, expired or ended are left out;
/// diagnoses that are resolved, inactive, in remission or refuted say so, and allergies that are resolved, inactive or
/// refuted, too, so that a reader sees what was settled. A status that is not known leaves the entry as it is.
/// Imaging: the latest study. Abnormal results: the latest of each test, where it is outside its reference
/// (abnormal_labs.hpp).
/// @param vitals  cleaned rows (patient_id, observed_at, any of the six vital signs as float64), or without columns
/// @throws SchemaError if a table that is there lacks a column it needs, or has it in another type.
/// Cost: one pass over each table, on all threads for vital signs.
ASSAY_EXPORT std::vector<PatientSummary> summarise_patients(const data::Table& vitals,
                                                            const PatientRecords& records = {},
                                                            const SummaryOptions& options = {});

/// The same of rows just cleaned. What cleaning found out of them is used again, which saves a tenth where the rows of
/// many patients are interleaved.
ASSAY_EXPORT std::vector<PatientSummary> summarise_patients(const CleanedVitals& vitals,
                                                            const PatientRecords& records = {},
                                                            const SummaryOptions& options = {});

}  // namespace assay::features
