#pragma once

#include <string>

#include "assay/base/time.hpp"
#include "assay/data/schema.hpp"

namespace assay::data {

/// One wide row per patient and time of bedside vital signs: schema, documentation, parser and check in one.
///
/// `Valid` is what is plausible in a living patient, `Outlier` what a device can report at all.
/// Source: MIMIC-Extract (Wang et al. 2020, doi:10.1145/3368555.3384469) for heart rate, respiratory rate and
/// temperature; the MIMIC code repository's vital-sign concept for pressures and oxygen saturation.
struct PatientId : Column<"patient_id", std::string, Required> {};
struct ObservedAt : Column<"observed_at", Timestamp, Required> {};
struct HeartRate : Column<"heart_rate", double, Unit<"/min">, Loinc<"8867-4">, Valid<1, 350>, Outlier<0, 390>> {};
struct SystolicBp : Column<"systolic_bp", double, Unit<"mm[Hg]">, Loinc<"8480-6">, Valid<1, 400>, Outlier<0, 400>> {};
struct DiastolicBp : Column<"diastolic_bp", double, Unit<"mm[Hg]">, Loinc<"8462-4">, Valid<1, 300>, Outlier<0, 300>> {};
struct Spo2 : Column<"spo2", double, Unit<"%">, Loinc<"59408-5">, Valid<1, 100>, Outlier<0, 100>> {};
struct Temperature : Column<"temperature", double, Unit<"Cel">, Loinc<"8310-5">, Valid<26, 45>, Outlier<0, 47>> {};
struct RespiratoryRate
    : Column<"respiratory_rate", double, Unit<"/min">, Loinc<"9279-1">, Valid<1, 300>, Outlier<0, 330>> {};
struct MeanBp : Column<"mean_bp", double, Unit<"mm[Hg]">, Loinc<"8478-0">, Valid<1, 300>, Outlier<0, 300>> {};

using VitalSigns =
    Schema<PatientId, ObservedAt, HeartRate, SystolicBp, DiastolicBp, Spo2, Temperature, RespiratoryRate>;

}  // namespace assay::data
