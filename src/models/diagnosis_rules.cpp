#include "assay/models/diagnosis_rules.hpp"

#include <algorithm>

#include "assay/models/detail/text.hpp"

namespace assay::models {
namespace {

std::vector<DiagnosisRule> infections() {
    return {
        {"R-SEPSIS", "Sepsis", {"sepsis", "septic", "septicaemia", "septicemia"},
         {"icd10|a40", "icd10|a41", "icd10|r65", "icd9|038", "icd9|9959", "icd9|7855"}, 5,
         {{"Review cultures, antibiotics, lactate and fluid balance", "within 1 hour", "responsible physician"}},
         "Surviving Sepsis Campaign 2021"},
        {"R-TUBERCULOSIS", "Tuberculosis", {"tubercul"},
         {"icd10|a15", "icd10|a16", "icd10|a17", "icd10|a18", "icd10|a19", "icd9|010", "icd9|011", "icd9|012", "icd9|013",
          "icd9|014", "icd9|015", "icd9|016", "icd9|017", "icd9|018"}, 18,
         {{"Keep airborne isolation until cleared", "now", "infection control nurse"},
          {"Send sputum for smear and culture", "within 24 hours", "ward nurse"},
          {"Check regimen, liver tests and interactions", "today", "pharmacist"},
          {"Notify public health, start contact tracing", "within 3 working days", "ward physician"}},
         "NICE NG33; WHO consolidated guidelines on tuberculosis, module 4 (2022)"},
        {"R-PNEUMONIA", "Pneumonia", {"pneumonia"}, {"icd10|j12", "icd10|j13", "icd10|j15", "icd10|j18", "icd9|486", "icd9|482"}, 19,
         {{"Review antibiotic choice, cultures and oxygen need", "today", "ward physician"}}, "NICE NG250"},
    };
}

std::vector<DiagnosisRule> heart_and_vessels() {
    return {
        {"R-CORONARY", "Coronary artery disease", {"coronary", "myocardial infarction", "angina"},
         {"icd10|i20", "icd10|i21", "icd10|i25", "icd9|410", "icd9|411", "icd9|413", "icd9|414"}, 20,
         {{"Review chest pain, ECG and secondary prevention", "today", "ward physician"}}, "NICE NG185"},
        {"R-HEART-FAILURE", "Heart failure", {"heart failure"}, {"icd10|i50", "icd9|428"}, 21,
         {{"Weigh daily and review fluid balance and diuretic", "daily", "ward nurse"}}, "ESC 2021 heart failure guideline"},
        {"R-ATRIAL-FIBRILLATION", "Atrial fibrillation", {"atrial fibrillation"}, {"icd10|i48", "icd9|4273"}, 23,
         {{"Review rate control and stroke prevention", "today", "ward physician"}}, "NICE NG196"},
        {"R-STROKE", "Cerebrovascular disease", {"stroke", "cerebral infarction"}, {"icd10|i63", "icd9|434", "icd9|433"}, 17,
         {{"Repeat the neurological examination and swallowing check", "within 4 hours", "ward physician"}}, "NICE NG128"},
        {"R-HYPERTENSION-HISTORY", "Hypertension on record", {"hypertension", "hypertensive"}, {"icd10|i10", "icd9|401"}, 40,
         {{"Review the blood pressure trend and home treatment", "before discharge", "ward physician"}}, "NICE NG136"},
    };
}

std::vector<DiagnosisRule> chronic_disease() {
    return {
        {"R-ACUTE-KIDNEY-INJURY", "Acute kidney injury", {"acute kidney", "acute renal"}, {"icd10|n17", "icd9|584"}, 12,
         {{"Repeat creatinine and potassium and review nephrotoxic medication", "within 12 hours", "ward physician"}},
         "KDIGO 2012"},
        {"R-CHRONIC-KIDNEY-DISEASE", "Chronic kidney disease", {"chronic kidney", "end stage renal"}, {"icd10|n18", "icd9|585"}, 30,
         {{"Adjust medication doses to kidney function", "today", "pharmacist"}}, "KDIGO 2024"},
        {"R-DIABETES", "Diabetes mellitus", {"diabetes", "diabetic"},
         {"icd10|e10", "icd10|e11", "icd10|e13", "icd10|e14", "icd9|250"}, 25,
         {{"Monitor capillary glucose, review treatment", "daily", "ward nurse"}},
         "ADA Standards of Care 2024, section 16"},
        {"R-COPD", "Chronic obstructive pulmonary disease", {"copd", "chronic obstructive"}, {"icd10|j44", "icd9|491", "icd9|496"}, 24,
         {{"Confirm the oxygen target range and review inhalers", "today", "respiratory nurse"}}, "GOLD 2024"},
        {"R-ASTHMA", "Asthma", {"asthma"}, {"icd10|j45", "icd9|493"}, 26,
         {{"Measure peak flow and review inhaler technique", "daily", "respiratory nurse"}}, "GINA 2023"},
        {"R-LIVER", "Chronic liver disease", {"cirrhosis", "chronic liver"}, {"icd10|k70", "icd10|k74", "icd9|571"}, 27,
         {{"Review liver tests, coagulation and hepatotoxic medication", "within 24 hours", "ward physician"}}, "EASL 2018"},
        {"R-CANCER", "Malignancy", {"cancer", "carcinoma", "malignan", "lymphoma", "leukemia", "leukaemia"}, {"icd10|c", "icd9|1"}, 35,
         {{"Confirm treatment plan and goals of care", "within 24 hours", "responsible physician"}}, "NICE NG31"},
        {"R-DEPRESSION", "Depression", {"depressi"}, {"icd10|f32", "icd10|f33", "icd9|311", "icd9|2962", "icd9|2963"}, 45,
         {{"Ask about mood and safety and continue treatment", "today", "ward nurse"}}, "NICE NG222"},
    };
}

/// Neoplasms are 140-208 in ICD-9; the prefix "1" alone would take in 100-139 (infections).
bool is_icd9_neoplasm(std::string_view text, std::size_t at) {
    const std::string_view code = text.substr(at + 5);
    if (code.size() < 3 || !std::all_of(code.begin(), code.begin() + 3, [](char c) { return c >= '0' && c <= '9'; })) return false;
    const std::string_view chapter = code.substr(0, 3);
    return chapter >= "140" && chapter <= "208";
}

}  // namespace

const std::vector<DiagnosisRule>& diagnosis_rules() {
    static const std::vector<DiagnosisRule> rules = [] {
        std::vector<DiagnosisRule> all;
        for (const auto& group : {infections(), heart_and_vessels(), chronic_disease()}) {
            all.insert(all.end(), group.begin(), group.end());
        }
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.urgency < b.urgency; });
        return all;
    }();
    return rules;
}

bool matches(const DiagnosisRule& rule, std::string_view diagnosis) {
    const std::string text = detail::lower(diagnosis);
    const auto named = [&](std::string_view word) { return text.find(word) != std::string::npos; };
    if (std::any_of(rule.words.begin(), rule.words.end(), named)) return true;
    return std::any_of(rule.icd.begin(), rule.icd.end(), [&](std::string_view prefix) {
        const std::size_t at = text.find(prefix);
        if (at == std::string::npos) return false;
        return prefix != "icd9|1" || is_icd9_neoplasm(text, at);
    });
}

}  // namespace assay::models
