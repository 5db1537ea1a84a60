#pragma once

#include <optional>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"
#include "assay/data/table.hpp"
#include "assay/features/abnormal_labs.hpp"
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
/// NEWS2: of rows that hold all five vital signs, for patients whose latest arrival in `emergency` states both
/// consciousness and oxygen, which then stand for all their rows; otherwise, and for patients known to be under 16,
/// empty, never a partial sum. The time is the earliest with the worst score.
/// Age (as of that arrival), sex and complaint: the latest arrival that states them. Lists: in order of the history,
/// each text once, its description, or its code where there is none; diagnoses whose status is resolved say so;
/// medications count unless their status is completed, stopped, cancelled or entered-in-error. Imaging: the latest
/// study. Abnormal results: the latest of each test, where it is outside its reference (abnormal_labs.hpp).
/// @param vitals  cleaned rows (patient_id, observed_at, any of the six vital signs as float64), or without columns
/// @throws SchemaError if a table that is there lacks a column it needs, or has it in another type.
/// Cost: one pass over each table, on all threads for vital signs.
ASSAY_EXPORT std::vector<PatientSummary> summarise_patients(const data::Table& vitals,
                                                            const PatientRecords& records = {},
                                                            const SummaryOptions& options = {});

}  // namespace assay::features
