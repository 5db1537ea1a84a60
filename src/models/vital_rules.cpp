#include "assay/models/vital_rules.hpp"

#include <algorithm>

namespace assay::models {
namespace {

using features::Vital;
constexpr std::string_view kNews2 = "RCP 2017, NEWS2 chart 1";

std::vector<VitalRule> hypoxia_and_breathing() {
    return {
        {"R-HYPOXAEMIA",
         "Hypoxaemia",
         Vital::Spo2,
         Statistic::Average,
         Comparison::Less,
         92,
         10,
         {{"Give oxygen to prescribed target saturation", "now", "bedside nurse"},
          {"Examine chest, consider blood gas", "within 1 hour", "responsible physician"}},
         "BTS 2017 oxygen guideline; RCP 2017, NEWS2 (92-93 % scores 2)"},
        {"R-HYPOXAEMIA",
         "Hypoxaemia",
         Vital::Spo2,
         Statistic::Last,
         Comparison::Less,
         92,
         10,
         {{"Give oxygen to prescribed target saturation", "now", "bedside nurse"}},
         "BTS 2017 oxygen guideline; RCP 2017, NEWS2 (92-93 % scores 2)"},
        {"R-TACHYPNOEA",
         "Tachypnoea",
         Vital::RespiratoryRate,
         Statistic::Average,
         Comparison::Greater,
         20,
         14,
         {{"Recount respiratory rate, look for cause", "within 1 hour", "bedside nurse"}},
         kNews2},
        {"R-BRADYPNOEA",
         "Bradypnoea",
         Vital::RespiratoryRate,
         Statistic::Minimum,
         Comparison::LessEqual,
         8,
         9,
         {{"Check airway and consciousness, review sedatives and opioids", "now", "responsible physician"}},
         kNews2},
    };
}

std::vector<VitalRule> circulation() {
    return {
        {"R-HYPOTENSION",
         "Hypotension",
         Vital::SystolicBp,
         Statistic::Minimum,
         Comparison::LessEqual,
         90,
         11,
         {{"Repeat blood pressure, assess perfusion and fluid balance", "now", "responsible physician"}},
         kNews2},
        {"R-TACHYCARDIA",
         "Tachycardia",
         Vital::HeartRate,
         Statistic::Average,
         Comparison::Greater,
         100,
         15,
         {{"Record 12-lead ECG", "within 1 hour", "ward physician"}},
         "Adult resting heart rate 60-100 /min (AHA)"},
        {"R-BRADYCARDIA",
         "Bradycardia",
         Vital::HeartRate,
         Statistic::Average,
         Comparison::Less,
         50,
         13,
         {{"Record 12-lead ECG, review rate-lowering medication", "within 1 hour", "ward physician"}},
         "ACC/AHA/HRS 2018 bradycardia guideline (below 50 /min)"},
        {"R-HYPERTENSION",
         "Raised blood pressure",
         Vital::SystolicBp,
         Statistic::Average,
         Comparison::GreaterEqual,
         140,
         22,
         {{"Repeat blood pressure seated, review treatment", "today", "ward physician"}},
         "NICE NG136 (140/90 mmHg)"},
        {"R-HYPERTENSION",
         "Raised blood pressure",
         Vital::DiastolicBp,
         Statistic::Average,
         Comparison::GreaterEqual,
         90,
         22,
         {{"Repeat blood pressure seated, review treatment", "today", "ward physician"}},
         "NICE NG136 (140/90 mmHg)"},
    };
}

std::vector<VitalRule> temperature() {
    return {
        {"R-FEVER",
         "Fever",
         Vital::Temperature,
         Statistic::Maximum,
         Comparison::GreaterEqual,
         38.0,
         16,
         {{"Take blood cultures, recheck temperature", "within 4 hours", "bedside nurse"}},
         "NICE NG143 and common practice: 38.0 °C or more"},
        {"R-HYPOTHERMIA",
         "Hypothermia",
         Vital::Temperature,
         Statistic::Minimum,
         Comparison::LessEqual,
         35.0,
         12,
         {{"Rewarm, recheck core temperature", "within 1 hour", "bedside nurse"}},
         kNews2},
    };
}

}  // namespace

const VitalDisplay& display_of(Vital vital) noexcept {
    static constexpr std::array<VitalDisplay, 6> displays{{
        {"Heart rate", "heart_rate", "/min", 1},
        {"Systolic BP", "systolic_bp", "mmHg", 1},
        {"Diastolic BP", "diastolic_bp", "mmHg", 1},
        {"SpO2", "spo2", "%", 1},
        {"Temperature", "temperature", "°C", 2},
        {"Respiratory rate", "respiratory_rate", "/min", 1},
    }};
    return displays[static_cast<std::size_t>(vital)];
}

std::string_view name_of(Statistic statistic) noexcept {
    static constexpr std::array<std::string_view, 4> names{"average", "minimum", "maximum", "last"};
    return names[static_cast<std::size_t>(statistic)];
}

std::optional<double> value_of(const features::VitalStatistics& vital, Statistic statistic) noexcept {
    switch (statistic) {
        case Statistic::Average:
            return vital.average;
        case Statistic::Minimum:
            return vital.minimum;
        case Statistic::Maximum:
            return vital.maximum;
        case Statistic::Last:
            return vital.last;
    }
    return std::nullopt;
}

bool holds(Comparison comparison, double value, double threshold) noexcept {
    switch (comparison) {
        case Comparison::Less:
            return value < threshold;
        case Comparison::LessEqual:
            return value <= threshold;
        case Comparison::Greater:
            return value > threshold;
        case Comparison::GreaterEqual:
            return value >= threshold;
    }
    return false;
}

std::string_view name_of(Comparison comparison) noexcept {
    static constexpr std::array<std::string_view, 4> names{"below", "at or below", "above", "at or above"};
    return names[static_cast<std::size_t>(comparison)];
}

const std::vector<VitalRule>& vital_rules() {
    static const std::vector<VitalRule> rules = [] {
        std::vector<VitalRule> all;
        for (const auto& group : {hypoxia_and_breathing(), circulation(), temperature()}) {
            all.insert(all.end(), group.begin(), group.end());
        }
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.urgency < b.urgency; });
        return all;
    }();
    return rules;
}

std::vector<const VitalRule*> abnormal_vitals(const features::PatientSummary& patient) {
    std::vector<const VitalRule*> found;
    for (const VitalRule& rule : vital_rules()) {
        const auto value = value_of(patient.vital(rule.vital), rule.statistic);
        if (!value || !holds(rule.comparison, *value, rule.threshold)) continue;
        const bool known =
            std::any_of(found.begin(), found.end(), [&](const VitalRule* f) { return f->id == rule.id; });
        if (!known) found.push_back(&rule);
    }
    return found;
}

}  // namespace assay::models
