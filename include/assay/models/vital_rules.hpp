#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/features/patient_summary.hpp"

namespace assay::models {

/// How a vital sign is written in a note.
struct VitalDisplay {
    std::string_view name;    ///< "Heart rate"
    std::string_view column;  ///< "heart_rate"; the gold columns are avg_, min_, max_ and last_<column>
    std::string_view unit;    ///< "/min", "mmHg", "%", "°C"
    int decimals = 1;
};

/// Name, column, unit and decimals of a vital sign.
ASSAY_EXPORT const VitalDisplay& display_of(features::Vital vital) noexcept;

enum class Statistic : std::uint8_t { Average, Minimum, Maximum, Last };

/// "average", "minimum", "maximum", "last".
ASSAY_EXPORT std::string_view name_of(Statistic statistic) noexcept;
/// The value of a statistic, empty where nothing was measured.
ASSAY_EXPORT std::optional<double> value_of(const features::VitalStatistics& vital, Statistic statistic) noexcept;

enum class Comparison : std::uint8_t { Less, LessEqual, Greater, GreaterEqual };

/// Whether `value` stands in this relation to `threshold`.
ASSAY_EXPORT bool holds(Comparison comparison, double value, double threshold) noexcept;
/// "below", "at or below", "above", "at or above".
ASSAY_EXPORT std::string_view name_of(Comparison comparison) noexcept;

/// What a plan says about one problem.
struct PlannedAction {
    std::string_view action;
    std::string_view timing;
    std::string_view owner;
};

/// A vital sign that makes a problem: `statistic comparison threshold`, in the unit of display_of(vital).
struct VitalRule {
    std::string_view id;       ///< "R-HYPOXAEMIA"
    std::string_view problem;  ///< "Hypoxaemia"
    features::Vital vital = features::Vital::HeartRate;
    Statistic statistic = Statistic::Average;
    Comparison comparison = Comparison::Greater;
    double threshold = 0;
    int urgency = 0;  ///< smaller comes first in the assessment
    std::vector<PlannedAction> plan;
    std::string_view source;  ///< where the threshold was published
};

/// All rules on vital signs, in order of urgency. Two rules may name one problem; the first that holds is used.
ASSAY_EXPORT const std::vector<VitalRule>& vital_rules();

/// The rules that hold for a patient, one for each problem. A statistic that is missing makes no rule hold.
ASSAY_EXPORT std::vector<const VitalRule*> abnormal_vitals(const features::PatientSummary& patient);

}  // namespace assay::models
