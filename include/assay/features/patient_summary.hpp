#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"
#include "assay/data/table.hpp"

namespace assay::features {

/// Statistics of one vital sign over a patient's accepted measurements; all empty where count is 0.
struct VitalStatistics {
    index count = 0;
    std::optional<double> average;
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::optional<double> last;
    std::optional<Timestamp> last_at;
    std::optional<double> slope_per_hour;  ///< least squares, per hour; empty below two distinct times

    bool operator==(const VitalStatistics&) const = default;
};

/// Vital signs of the summary, in the order of its columns.
enum class Vital : std::uint8_t { HeartRate, SystolicBp, DiastolicBp, Spo2, Temperature, RespiratoryRate };
inline constexpr std::array kVitals{Vital::HeartRate, Vital::SystolicBp,  Vital::DiastolicBp,
                                    Vital::Spo2,      Vital::Temperature, Vital::RespiratoryRate};

/// Column name: "heart_rate", "systolic_bp", "diastolic_bp", "spo2", "temperature", "respiratory_rate".
ASSAY_EXPORT std::string_view name_of(Vital vital) noexcept;

/// A laboratory result outside its reference range.
struct AbnormalResult {
    std::string loinc;  ///< "" where the local test has no code
    std::string name;
    double value = 0;
    std::string unit;  ///< as reported
    std::optional<double> reference_low;
    std::optional<double> reference_high;
    bool high = false;  ///< above the range; otherwise below
    bool critical = false;
    std::optional<Timestamp> observed_at;

    bool operator==(const AbnormalResult&) const = default;
};

/// One row of gold.patient_clinical_summary as a value: what notes and judges read.
struct PatientSummary {
    std::string patient_id;
    std::optional<int> age;  ///< years, 0 to 130
    std::string sex;         ///< "male", "female", "" where unknown
    std::string chief_complaint;
    std::optional<Timestamp> first_observed_at;
    std::optional<Timestamp> last_observed_at;
    std::array<VitalStatistics, 6> vitals;     ///< indexed by Vital
    index vital_count = 0;                     ///< rows of vital signs
    index history_count = 0;                   ///< rows of medical history
    std::optional<double> average_risk_score;  ///< [0, 1]
    std::optional<double> max_risk_score;      ///< [0, 1]
    std::optional<int> worst_news2;
    std::optional<Timestamp> worst_news2_at;
    std::optional<bool> news2_red;                  ///< a single parameter of NEWS2 scored 3 in any row
    std::vector<std::string> news2_red_parameters;  ///< which, in the order of the chart: "respiratory_rate", …
    std::vector<std::string> diagnoses;
    std::vector<std::string> medications;  ///< active
    std::vector<std::string> allergies;
    std::vector<AbnormalResult> abnormal_results;
    std::string imaging;  ///< "CR chest, 2026-01-04", "" where there is none
    std::optional<Timestamp> aggregated_at;

    const VitalStatistics& vital(Vital which) const { return vitals[static_cast<std::size_t>(which)]; }
    VitalStatistics& vital(Vital which) { return vitals[static_cast<std::size_t>(which)]; }

    bool operator==(const PatientSummary&) const = default;
};

/// Schema of gold.patient_clinical_summary: patient_id, age, sex, chief_complaint, then for each vital sign
/// avg_, min_, max_, last_<name>, last_<name>_at, <name>_slope_per_hour and <name>_count, then the rest. Lists are
/// JSON text; an abnormal result is an object with the members of AbnormalResult.
ASSAY_EXPORT const data::TableSchema& patient_summary_schema();

/// The gold table of these patients, one row each, in this order.
ASSAY_EXPORT data::Table to_table(const std::vector<PatientSummary>& patients);

/// Row `row` of a gold table as a value. @throws SchemaError if a column is missing or a list is not JSON.
ASSAY_EXPORT PatientSummary patient_summary(const data::Table& gold, index row);

}  // namespace assay::features
