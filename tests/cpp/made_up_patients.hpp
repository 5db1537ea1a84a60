#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/features/detail/worst_news2.hpp"
#include "assay/features/patient_summary.hpp"

// Made-up patients for tests of notes and judges; none is a real person.
namespace assay::tests {

/// splitmix64: the same numbers on every platform.
class Draw {
  public:
    explicit Draw(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    double uniform(double low, double high) {
        return low + (high - low) * static_cast<double>(next() >> 11) * 0x1.0p-53;
    }
    int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
    bool chance(double p) { return uniform(0, 1) < p; }

  private:
    std::uint64_t state_;
};

inline Timestamp hour(int h) { return *parse_timestamp("2026-01-04T00:00:00Z") + std::chrono::hours(h); }

inline void set_vital(features::PatientSummary& p, features::Vital v, double average, double low, double high,
                      double last, int last_hour) {
    p.vital(v) = {48, average, low, high, last, hour(last_hour), 0.0125};
}

/// Like the shipped example: 58, male, pulmonary tuberculosis. Made up.
inline features::PatientSummary example_patient() {
    using features::Vital;
    features::PatientSummary p;
    p.patient_id = "M00001";
    p.age = 58;
    p.sex = "male";
    p.chief_complaint = "cough with blood and night sweats for six weeks";
    p.first_observed_at = hour(0);
    p.last_observed_at = hour(47);
    set_vital(p, Vital::HeartRate, 105.6, 92.1, 118.9, 104.2, 47);
    set_vital(p, Vital::SystolicBp, 136.7, 124.0, 149.3, 135.5, 47);
    set_vital(p, Vital::DiastolicBp, 84.2, 76.4, 93.0, 85.1, 47);
    set_vital(p, Vital::Spo2, 91.9, 87.1, 95.8, 92.6, 46);
    set_vital(p, Vital::Temperature, 37.96, 37.1, 38.84, 37.62, 45);
    set_vital(p, Vital::RespiratoryRate, 22.4, 18.0, 27.3, 21.9, 47);
    p.vital_count = 48;
    p.history_count = 5;
    p.average_risk_score = 0.27;
    p.max_risk_score = 0.5;
    p.worst_news2 = 8;
    p.worst_news2_at = hour(13);
    p.news2_red = true;
    p.news2_red_parameters = {"respiratory_rate", "spo2"};
    p.diagnoses = {"Pulmonary tuberculosis (icd10|A15.0)", "Type 2 diabetes mellitus (icd10|E11.9)"};
    p.medications = {"Isoniazid 300 mg daily", "Rifampicin 600 mg daily", "Metformin 500 mg twice daily"};
    p.allergies = {"Penicillin"};
    p.imaging = "CR chest, 2026-01-04";
    p.aggregated_at = hour(48);
    return p;
}

inline features::AbnormalResult potassium(double value, bool critical) {
    return {"2823-3", "Potassium", value, "mmol/L", 3.5, 5.0, value > 5.0, critical, hour(20)};
}

/// A patient of any kind: with or without vital signs, diagnoses, medicines, allergies, results. Made up.
inline features::PatientSummary random_patient(std::uint64_t seed) {
    using features::Vital;
    static const std::vector<std::string> diagnoses{"Pulmonary tuberculosis",
                                                    "icd9|4139",
                                                    "icd9|25000",
                                                    "icd10|I50.9",
                                                    "Chronic kidney disease, stage 4",
                                                    "Asthma",
                                                    "icd9|0389",
                                                    "Major depressive disorder",
                                                    "Essential hypertension (icd10|I10)",
                                                    "fracture of the left wrist",
                                                    "Paroxysmal atrial fibrillation",
                                                    "icd9|V5861"};
    static const std::vector<std::string> medications{"Isoniazid 300 mg daily",
                                                      "Metoprolol Tartrate 25 mg",
                                                      "Ibuprofen 400 mg",
                                                      "Heparin",
                                                      "Insulin",
                                                      "Amoxicillin 500 mg",
                                                      "Furosemide",
                                                      "Sulfamethoxazole-Trimethoprim",
                                                      "Ceftriaxone 1 g",
                                                      "0.9% Sodium Chloride",
                                                      "Spironolactone 25 mg",
                                                      "Acetaminophen 500 mg",
                                                      "Vancomycin"};
    static const std::vector<std::string> allergies{"Penicillin", "Sulfa drugs", "NSAIDs", "latex", "Iodine contrast"};
    static const std::vector<features::AbnormalResult> results{
        potassium(6.8, true),
        potassium(3.1, false),
        {"2160-0", "Creatinine", 2.4, "mg/dL", 0.6, 1.2, true, false, hour(5)},
        {"718-7", "Hemoglobin", 6.2, "g/dL", 12.0, 16.0, false, true, hour(7)},
        {"", "Oxygen Saturation", 61, "%", 95.0, std::nullopt, false, false, hour(9)},
        {"2345-7", "Glucose", 312, "mg/dL", 70.0, 99.0, true, false, hour(11)},
        {"32693-4", "Lactate", 6.4, "mmol/L", 0.5, 2.0, true, true, hour(12)},
        {"", "H", 3, "", std::nullopt, std::nullopt, true, false, std::nullopt}};
    Draw draw(seed);
    features::PatientSummary p;
    p.patient_id = "T" + std::to_string(10000 + draw.below(80000));
    if (draw.chance(0.9)) p.age = 18 + draw.below(75);
    p.sex = draw.chance(0.1) ? "" : draw.chance(0.5) ? "male" : "female";
    if (draw.chance(0.7)) p.chief_complaint = draw.chance(0.5) ? "chest pain" : "fever and cough";
    const auto pick = [&](const auto& from, auto& into, double p_each) {
        for (const auto& item : from) {
            if (draw.chance(p_each)) into.push_back(item);
        }
    };
    pick(diagnoses, p.diagnoses, 0.25);
    pick(medications, p.medications, 0.25);
    pick(allergies, p.allergies, 0.2);
    pick(results, p.abnormal_results, 0.3);
    p.history_count = static_cast<index>(p.diagnoses.size() + p.medications.size() + p.allergies.size());
    if (draw.chance(0.15)) return p;  // no vital signs at all
    const double typical[6][3] = {{40, 140, 30}, {80, 190, 40},     {45, 110, 20},
                                  {84, 99, 4},   {34.5, 39.8, 1.5}, {8, 32, 8}};
    p.vital_count = 48;
    p.first_observed_at = hour(0);
    p.last_observed_at = hour(47);
    for (const Vital v : features::kVitals) {
        if (draw.chance(0.1)) continue;
        const auto& t = typical[static_cast<std::size_t>(v)];
        const double average = draw.uniform(t[0], t[1]);
        const double low = average - draw.uniform(0, t[2]);
        const double top =
            v == Vital::Spo2 ? std::min(100.0, average + draw.uniform(0, t[2])) : average + draw.uniform(0, t[2]);
        set_vital(p, v, average, low, top, draw.uniform(low, top), 40 + draw.below(8));
    }
    if (draw.chance(0.8)) {
        p.worst_news2 = draw.below(15);
        p.worst_news2_at = hour(draw.below(47));
        p.average_risk_score = draw.uniform(0, 0.5);
        p.max_risk_score = draw.uniform(0.5, 1);
    }
    p.news2_red_parameters = features::detail::red_parameters(p, {}, features::Spo2Scale::One);
    if (!p.news2_red_parameters.empty() || p.worst_news2) p.news2_red = !p.news2_red_parameters.empty();
    return p;
}

}  // namespace assay::tests
