#include "assay/models/diagnosis_rules.hpp"

#include <algorithm>

#include "assay/models/detail/affirmed.hpp"
#include "assay/models/detail/text.hpp"

namespace assay::models {
namespace {

std::vector<DiagnosisRule> infections() {
    return {
        {"R-SEPSIS",
         "Sepsis",
         {"sepsis", "urosepsis", "septic", "septicaemia", "septicemia"},
         {"septic arthritis"},
         {"icd10|a40", "icd10|a41", "icd10|r65", "icd9|038", "icd9|9959", "icd9|7855"},
         5,
         false,
         {{"Review cultures, antibiotics, lactate and fluid balance", "within 1 hour", "responsible physician"}},
         "Surviving Sepsis Campaign 2021"},
        {"R-TUBERCULOSIS",
         "Tuberculosis",
         {"tuberculosis", "tuberculous", "tb"},
         {"latent tuberculosis", "latent tb", "inactive tuberculosis"},
         {"icd10|a15", "icd10|a16", "icd10|a17", "icd10|a18", "icd10|a19", "icd9|010", "icd9|011", "icd9|012",
          "icd9|013", "icd9|014", "icd9|015", "icd9|016", "icd9|017", "icd9|018"},
         18,
         false,
         {{"Keep airborne isolation until cleared", "now", "infection control nurse"},
          {"Send sputum for smear and culture", "within 24 hours", "ward nurse"},
          {"Check regimen, liver tests and interactions", "today", "pharmacist"},
          {"Notify public health, start contact tracing", "within 3 working days", "ward physician"}},
         "NICE NG33; WHO consolidated guidelines on tuberculosis, module 4 (2022)"},
        {"R-PNEUMONIA",
         "Pneumonia",
         {"pneumonia", "bronchopneumonia"},
         {},
         {"icd10|j12", "icd10|j13", "icd10|j15", "icd10|j18", "icd9|486", "icd9|482"},
         19,
         false,
         {{"Review antibiotic choice, cultures and oxygen need", "today", "ward physician"}},
         "NICE NG250"},
    };
}

std::vector<DiagnosisRule> heart_and_vessels() {
    return {
        {"R-CORONARY",
         "Coronary artery disease",
         {"coronary", "myocardial infarction", "angina"},
         {"ludwig's angina", "ludwig angina"},
         {"icd10|i20", "icd10|i21", "icd10|i25", "icd9|410", "icd9|411", "icd9|413", "icd9|414"},
         20,
         true,
         {{"Review chest pain, ECG and secondary prevention", "today", "ward physician"}},
         "NICE NG185"},
        {"R-HEART-FAILURE",
         "Heart failure",
         {"heart failure"},
         {},
         {"icd10|i50", "icd9|428"},
         21,
         true,
         {{"Weigh daily and review fluid balance and diuretic", "daily", "ward nurse"}},
         "ESC 2021 heart failure guideline"},
        {"R-ATRIAL-FIBRILLATION",
         "Atrial fibrillation",
         {"atrial fibrillation"},
         {},
         {"icd10|i48", "icd9|4273"},
         23,
         true,
         {{"Review rate control and stroke prevention", "today", "ward physician"}},
         "NICE NG196"},
        {"R-STROKE",
         "Cerebrovascular disease",
         {"stroke", "cerebral infarction"},
         {"heat stroke"},
         {"icd10|i63", "icd9|434", "icd9|433"},
         17,
         false,
         {{"Repeat the neurological examination and swallowing check", "within 4 hours", "ward physician"}},
         "NICE NG128"},
        {"R-HYPERTENSION-HISTORY",
         "Hypertension on record",
         {"hypertension", "hypertensive"},
         {"pulmonary hypertension", "pulmonary arterial hypertension", "pulmonary venous hypertension",
          "portopulmonary hypertension", "portal hypertension", "portal hypertensive", "intracranial hypertension",
          "ocular hypertension", "intraocular hypertension", "venous hypertension"},
         {"icd10|i10", "icd9|401"},
         40,
         true,
         {{"Review the blood pressure trend and home treatment", "before discharge", "ward physician"}},
         "NICE NG136"},
    };
}

std::vector<DiagnosisRule> chronic_disease() {
    return {
        {"R-ACUTE-KIDNEY-INJURY",
         "Acute kidney injury",
         {"acute kidney", "acute renal"},
         {"acute renal colic"},
         {"icd10|n17", "icd9|584"},
         12,
         false,
         {{"Repeat creatinine and potassium and review nephrotoxic medication", "within 12 hours", "ward physician"}},
         "KDIGO 2012"},
        {"R-CHRONIC-KIDNEY-DISEASE",
         "Chronic kidney disease",
         {"chronic kidney", "end stage renal", "end-stage renal"},
         {},
         {"icd10|n18", "icd9|585"},
         30,
         true,
         {{"Adjust medication doses to kidney function", "today", "pharmacist"}},
         "KDIGO 2024"},
        {"R-DIABETES",
         "Diabetes mellitus",
         {"diabetes", "diabetic"},
         {"diabetes insipidus", "pre-diabetes", "pre diabetes", "pre-diabetic", "diabetic mother"},
         {"icd10|e10", "icd10|e11", "icd10|e13", "icd10|e14", "icd9|250"},
         25,
         true,
         {{"Monitor capillary glucose, review treatment", "daily", "ward nurse"}},
         "ADA Standards of Care 2024, section 16"},
        {"R-COPD",
         "Chronic obstructive pulmonary disease",
         {"copd", "chronic obstructive"},
         {},
         {"icd10|j44", "icd9|491", "icd9|496"},
         24,
         true,
         {{"Confirm the oxygen target range and review inhalers", "today", "respiratory nurse"}},
         "GOLD 2024"},
        {"R-ASTHMA",
         "Asthma",
         {"asthma", "asthmatic"},
         {"cardiac asthma"},
         {"icd10|j45", "icd9|493"},
         26,
         true,
         {{"Measure peak flow and review inhaler technique", "daily", "respiratory nurse"}},
         "GINA 2023"},
        {"R-LIVER",
         "Chronic liver disease",
         {"cirrhosis", "chronic liver"},
         {},
         {"icd10|k70", "icd10|k74", "icd9|571"},
         27,
         true,
         {{"Review liver tests, coagulation and hepatotoxic medication", "within 24 hours", "ward physician"}},
         "EASL 2018"},
        {"R-CANCER",
         "Malignancy",
         {"cancer", "carcinoma", "*carcinoma", "malignancy", "malignancies", "malignant", "lymphoma", "*lymphoma",
          "leukemia", "leukaemia"},
         {"malignant hypertension", "malignant hyperthermia", "neuroleptic malignant"},
         {"icd10|c", "icd9|1"},
         35,
         false,
         {{"Confirm treatment plan and goals of care", "within 24 hours", "responsible physician"}},
         "NICE NG31"},
        {"R-DEPRESSION",
         "Depression",
         {"depression", "depressive"},
         {"respiratory depression", "marrow depression", "myocardial depression", "st depression",
          "st segment depression", "st-segment depression"},
         {"icd10|f32", "icd10|f33", "icd9|311", "icd9|2962", "icd9|2963"},
         45,
         true,
         {{"Ask about mood and safety and continue treatment", "today", "ward nurse"}},
         "NICE NG222"},
    };
}

/// Neoplasms are 140-208 in ICD-9; the prefix "1" alone would take in 100-139 (infections).
bool has_icd9_neoplasm(std::string_view text) {
    constexpr std::string_view system = "icd9|";
    for (std::size_t at = text.find(system); at != std::string_view::npos; at = text.find(system, at + 1)) {
        const std::string_view chapter = text.substr(at + system.size(), 3);
        const bool digits = std::all_of(chapter.begin(), chapter.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (chapter.size() == 3 && digits && chapter >= "140" && chapter <= "208") return true;
    }
    return false;
}

bool has_code_of(const DiagnosisRule& rule, std::string_view text) {
    return std::any_of(rule.icd.begin(), rule.icd.end(), [&](std::string_view prefix) {
        return prefix == "icd9|1" ? has_icd9_neoplasm(text) : detail::has_code(text, prefix);
    });
}

bool has_word_of(const DiagnosisRule& rule, std::string text) {
    const auto named = [&](std::string_view word) { return detail::has_term(text, word); };
    if (std::none_of(rule.words.begin(), rule.words.end(), named)) return false;
    for (const std::string_view other : rule.others) {
        for (std::size_t at = detail::find_word(text, other); at != std::string::npos;
             at = detail::find_word(text, other, at + 1)) {
            text.replace(at, other.size(), other.size(), '#');
        }
    }
    return std::any_of(rule.words.begin(), rule.words.end(), named);
}

/// Whether something is left that is no code: "###### (icd10|a15.0)" holds nothing.
bool has_plain_word(std::string_view text) {
    bool word = false;
    bool code = false;
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const char c = at < text.size() ? text[at] : ' ';
        if (detail::is_word(c) || c == '|' || c == '.') {
            word = word || (c >= 'a' && c <= 'z');
            code = code || c == '|';
            continue;
        }
        if (word && !code) return true;
        word = code = false;
    }
    return false;
}

/// Whether the text says so when the words of these asides are left out.
bool says(const DiagnosisRule& rule, const std::string& lowered, detail::Aside asides) {
    const bool worded = has_word_of(rule, lowered);
    if (!worded && !has_code_of(rule, lowered)) return false;  // most texts: no cue need be looked for
    const std::string left = detail::affirmed(lowered, asides);
    if (worded) return has_word_of(rule, left);
    return has_code_of(rule, left) && (left == lowered || has_plain_word(left));
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
    using detail::Aside;
    const Aside now = Aside::Absent | Aside::Resolved | Aside::Inactive;
    return says(rule, detail::lower(diagnosis), rule.lasting ? now : detail::kEveryAside);
}

bool denies(const DiagnosisRule& rule, std::string_view diagnosis) {
    using detail::Aside;
    const std::string text = detail::lower(diagnosis);
    return says(rule, text, Aside{}) && !says(rule, text, Aside::Absent | Aside::Resolved);
}

}  // namespace assay::models
