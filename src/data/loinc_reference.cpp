#include "assay/data/loinc_reference.hpp"

#include <array>
#include <limits>

#include "assay/data/detail/folded.hpp"

namespace assay::data {
namespace {

constexpr double kNoLow = -std::numeric_limits<double>::infinity();
constexpr double kNoHigh = std::numeric_limits<double>::infinity();

using detail::Spelling;

/// Lower case, without blanks. K and m before "/ul" are thousand and million here, not kelvin and metre.
// clang-format off
constexpr std::array kSpellings = {
    Spelling{"k/ul", "10*3/uL"},      Spelling{"10*3/ul", "10*3/uL"},   Spelling{"10^3/ul", "10*3/uL"},
    Spelling{"x10^3/ul", "10*3/uL"},  Spelling{"10*9/l", "10*9/L"},     Spelling{"10^9/l", "10*9/L"},
    Spelling{"x10^9/l", "10*9/L"},    Spelling{"m/ul", "10*6/uL"},      Spelling{"10*6/ul", "10*6/uL"},
    Spelling{"10^6/ul", "10*6/uL"},   Spelling{"x10^6/ul", "10*6/uL"},  Spelling{"10*12/l", "10*12/L"},
    Spelling{"10^12/l", "10*12/L"},   Spelling{"x10^12/l", "10*12/L"},  Spelling{"meq/l", "meq/L"},
    Spelling{"mmol/l", "mmol/L"},     Spelling{"umol/l", "umol/L"},     Spelling{"µmol/l", "umol/L"},
    Spelling{"μmol/l", "umol/L"},     Spelling{"nmol/l", "nmol/L"},     Spelling{"pmol/l", "pmol/L"},
    Spelling{"mg/dl", "mg/dL"},       Spelling{"mg/l", "mg/L"},         Spelling{"g/dl", "g/dL"},
    Spelling{"g/l", "g/L"},           Spelling{"ug/dl", "ug/dL"},       Spelling{"mcg/dl", "ug/dL"},
    Spelling{"ug/l", "ug/L"},         Spelling{"mcg/l", "ug/L"},        Spelling{"ng/ml", "ng/mL"},
    Spelling{"ng/dl", "ng/dL"},       Spelling{"ng/l", "ng/L"},         Spelling{"pg/ml", "pg/mL"},
    Spelling{"u/l", "U/L"},           Spelling{"iu/l", "U/L"},          Spelling{"ukat/l", "ukat/L"},
    Spelling{"m[iu]/l", "m[IU]/L"},   Spelling{"miu/l", "m[IU]/L"},     Spelling{"mu/l", "m[IU]/L"},
    Spelling{"u[iu]/ml", "u[IU]/mL"}, Spelling{"uiu/ml", "u[IU]/mL"},   Spelling{"uu/ml", "u[IU]/mL"},
    Spelling{"%", "%"},               Spelling{"l/l", "L/L"},           Spelling{"fl", "fL"},
    Spelling{"pg", "pg"},             Spelling{"s", "s"},               Spelling{"sec", "s"},
    Spelling{"seconds", "s"},         Spelling{"mmhg", "mm[Hg]"},       Spelling{"mm[hg]", "mm[Hg]"},
    Spelling{"kpa", "kPa"},           Spelling{"mm/h", "mm/h"},         Spelling{"mm/hr", "mm/h"},
    Spelling{"[ph]", "[pH]"},         Spelling{"ph", "[pH]"},           Spelling{"units", "[pH]"},
    Spelling{"{inr}", "{INR}"},       Spelling{"inr", "{INR}"},         Spelling{"ng/ml{feu}", "ng/mL{FEU}"},
    Spelling{"ng/mlfeu", "ng/mL{FEU}"}, Spelling{"ug/l{feu}", "ug/L{FEU}"}, Spelling{"ug/ml{feu}", "ug/mL{FEU}"},
    Spelling{"ug/mlfeu", "ug/mL{FEU}"},
};
// clang-format on

}  // namespace

std::optional<Range> LoincReference::range(std::string_view sex) const {
    if (!female && !male) return both;
    if (sex == "female") return female;
    if (sex == "male") return male;
    return std::nullopt;
}

const std::vector<LoincReference>& loinc_references() {
    // clang-format off
    static const std::vector<LoincReference> kReferences = {
        {"2951-2", "Sodium", "mmol/L", {135, 145}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"2823-3", "Potassium", "mmol/L", {3.5, 5.0}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"2075-0", "Chloride", "mmol/L", {98, 107}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"2028-9", "Carbon dioxide, total", "mmol/L", {22, 29}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"1963-8", "Bicarbonate", "mmol/L", {22, 28}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"33037-3", "Anion gap", "mmol/L", {8, 16}, std::nullopt, std::nullopt, {{"meq/L", 1}}, std::nullopt, ""},
        {"3094-0", "Urea nitrogen", "mg/dL", {7, 20}, std::nullopt, std::nullopt, {{"mmol/L", 2.8014}}, std::nullopt, ""},
        {"2160-0", "Creatinine", "mg/dL", {0.6, 1.2}, std::nullopt, std::nullopt, {{"umol/L", 113.12 / 10000}}, std::nullopt, ""},
        {"2345-7", "Glucose", "mg/dL", {70, 99}, std::nullopt, std::nullopt, {{"mmol/L", 18.0156}}, std::nullopt, ""},
        {"17861-6", "Calcium", "mg/dL", {8.6, 10.3}, std::nullopt, std::nullopt, {{"mmol/L", 4.0078}, {"meq/L", 4.0078 / 2}}, std::nullopt, ""},
        {"1994-3", "Calcium, ionized", "mmol/L", {1.12, 1.32}, std::nullopt, std::nullopt, {{"meq/L", 0.5}, {"mg/dL", 1 / 4.0078}}, std::nullopt, ""},
        {"19123-9", "Magnesium", "mg/dL", {1.7, 2.2}, std::nullopt, std::nullopt, {{"mmol/L", 2.4305}, {"meq/L", 2.4305 / 2}}, std::nullopt, ""},
        {"2777-1", "Phosphate", "mg/dL", {2.5, 4.5}, std::nullopt, std::nullopt, {{"mmol/L", 3.0974}}, std::nullopt, ""},
        {"1751-7", "Albumin", "g/dL", {3.5, 5.0}, std::nullopt, std::nullopt, {{"g/L", 0.1}}, std::nullopt, ""},
        {"2885-2", "Protein, total", "g/dL", {6.0, 8.3}, std::nullopt, std::nullopt, {{"g/L", 0.1}}, std::nullopt, ""},
        {"1975-2", "Bilirubin, total", "mg/dL", {0.1, 1.2}, std::nullopt, std::nullopt, {{"umol/L", 584.66 / 10000}}, std::nullopt, ""},
        {"1968-7", "Bilirubin, direct", "mg/dL", {0, 0.3}, std::nullopt, std::nullopt, {{"umol/L", 584.66 / 10000}}, std::nullopt, ""},
        {"1742-6", "Alanine aminotransferase", "U/L", {7, 56}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"1920-8", "Aspartate aminotransferase", "U/L", {10, 40}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"6768-6", "Alkaline phosphatase", "U/L", {44, 147}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"2324-2", "Gamma-glutamyl transferase", "U/L", {8, 61}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"2532-0", "Lactate dehydrogenase", "U/L", {140, 280}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"3040-3", "Lipase", "U/L", {13, 60}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"1798-8", "Amylase", "U/L", {30, 110}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"2157-6", "Creatine kinase", "U/L", {30, 200}, std::nullopt, std::nullopt, {{"ukat/L", 60}}, std::nullopt, ""},
        {"3084-1", "Urate", "mg/dL", {3.5, 7.2}, std::nullopt, std::nullopt, {{"umol/L", 168.11 / 10000}, {"mmol/L", 16.811}}, std::nullopt, ""},
        {"2093-3", "Cholesterol, total", "mg/dL", {kNoLow, 200}, std::nullopt, std::nullopt, {{"mmol/L", 38.665}}, std::nullopt, ""},
        {"2085-9", "Cholesterol, HDL", "mg/dL", {40, kNoHigh}, std::nullopt, std::nullopt, {{"mmol/L", 38.665}}, std::nullopt, ""},
        {"13457-7", "Cholesterol, LDL, calculated", "mg/dL", {kNoLow, 130}, std::nullopt, std::nullopt, {{"mmol/L", 38.665}}, std::nullopt, ""},
        {"2571-8", "Triglycerides", "mg/dL", {kNoLow, 150}, std::nullopt, std::nullopt, {{"mmol/L", 88.54}}, std::nullopt, ""},
        {"4548-4", "Hemoglobin A1c", "%", {kNoLow, 5.7}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"1988-5", "C-reactive protein", "mg/L", {kNoLow, 5}, std::nullopt, std::nullopt, {{"mg/dL", 10}}, std::nullopt, ""},
        {"33959-8", "Procalcitonin", "ng/mL", {kNoLow, 0.1}, std::nullopt, std::nullopt, {{"ug/L", 1}}, std::nullopt, ""},
        {"32693-4", "Lactate", "mmol/L", {0.5, 2.0}, std::nullopt, std::nullopt, {{"mg/dL", 10 / 90.08}}, std::nullopt, ""},
        {"10839-9", "Troponin I", "ng/mL", {kNoLow, 0.04}, std::nullopt, std::nullopt, {{"ug/L", 1}, {"ng/L", 0.001}, {"pg/mL", 0.001}}, std::nullopt, ""},
        {"6598-7", "Troponin T", "ng/mL", {kNoLow, 0.01}, std::nullopt, std::nullopt, {{"ug/L", 1}, {"ng/L", 0.001}, {"pg/mL", 0.001}}, std::nullopt, ""},
        {"33762-6", "NT-proBNP", "pg/mL", {kNoLow, 125}, std::nullopt, std::nullopt, {{"ng/L", 1}}, std::nullopt, ""},
        {"6690-2", "Leukocytes", "10*3/uL", {4.0, 11.0}, std::nullopt, std::nullopt, {{"10*9/L", 1}}, std::nullopt, ""},
        {"789-8", "Erythrocytes", "10*6/uL", {4.2, 5.9}, std::nullopt, std::nullopt, {{"10*12/L", 1}}, std::nullopt, ""},
        {"718-7", "Hemoglobin", "g/dL", {12, 17.5}, Range{12, 16}, Range{13.5, 17.5}, {{"g/L", 0.1}}, std::nullopt, ""},
        {"4544-3", "Hematocrit", "%", {36, 53}, Range{36, 46}, Range{41, 53}, {{"L/L", 100}}, std::nullopt, ""},
        {"787-2", "Mean corpuscular volume", "fL", {80, 100}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"785-6", "Mean corpuscular hemoglobin", "pg", {27, 33}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"786-4", "Mean corpuscular hemoglobin concentration", "g/dL", {32, 36}, std::nullopt, std::nullopt, {{"g/L", 0.1}}, std::nullopt, ""},
        {"788-0", "Red cell distribution width", "%", {11.5, 14.5}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"777-3", "Platelets", "10*3/uL", {150, 400}, std::nullopt, std::nullopt, {{"10*9/L", 1}}, std::nullopt, ""},
        {"751-8", "Neutrophils", "10*3/uL", {1.8, 7.7}, std::nullopt, std::nullopt, {{"10*9/L", 1}}, std::nullopt, ""},
        {"731-0", "Lymphocytes", "10*3/uL", {1.0, 4.8}, std::nullopt, std::nullopt, {{"10*9/L", 1}}, std::nullopt, ""},
        {"5902-2", "Prothrombin time", "s", {11, 13.5}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"6301-6", "INR", "{INR}", {0.8, 1.1}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"14979-9", "Activated partial thromboplastin time", "s", {25, 35}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"3255-7", "Fibrinogen", "mg/dL", {200, 400}, std::nullopt, std::nullopt, {{"g/L", 100}}, std::nullopt, ""},
        {"48065-7", "D-dimer FEU", "ng/mL{FEU}", {kNoLow, 500}, std::nullopt, std::nullopt, {{"ug/L{FEU}", 1}, {"ug/mL{FEU}", 1000}}, std::nullopt, ""},
        {"3016-3", "Thyrotropin", "m[IU]/L", {0.4, 4.0}, std::nullopt, std::nullopt, {{"u[IU]/mL", 1}}, std::nullopt, ""},
        {"3024-7", "Thyroxine, free", "ng/dL", {0.8, 1.8}, std::nullopt, std::nullopt, {{"pmol/L", 776.87 / 10000}}, std::nullopt, ""},
        {"2276-4", "Ferritin", "ng/mL", {20, 300}, std::nullopt, std::nullopt, {{"ug/L", 1}}, std::nullopt, ""},
        {"2498-4", "Iron", "ug/dL", {60, 170}, std::nullopt, std::nullopt, {{"umol/L", 5.5845}}, std::nullopt, ""},
        {"2132-9", "Vitamin B12", "pg/mL", {200, 900}, std::nullopt, std::nullopt, {{"ng/L", 1}, {"pmol/L", 1.35537}}, std::nullopt, ""},
        {"2284-8", "Folate", "ng/mL", {3, 17}, std::nullopt, std::nullopt, {{"ug/L", 1}, {"nmol/L", 0.44140}}, std::nullopt, ""},
        {"2143-6", "Cortisol", "ug/dL", {5, 25}, std::nullopt, std::nullopt, {{"nmol/L", 362.46 / 10000}}, std::nullopt, ""},
        {"16362-6", "Ammonia", "umol/L", {11, 35}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"2744-1", "pH, arterial", "[pH]", {7.35, 7.45}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
        {"2019-8", "pCO2, arterial", "mm[Hg]", {35, 45}, std::nullopt, std::nullopt, {{"kPa", 1000 / 133.322387415}}, std::nullopt, ""},
        {"2703-7", "pO2, arterial", "mm[Hg]", {75, 100}, std::nullopt, std::nullopt, {{"kPa", 1000 / 133.322387415}}, std::nullopt, ""},
        {"4537-7", "Erythrocyte sedimentation rate", "mm/h", {kNoLow, 20}, std::nullopt, std::nullopt, {}, std::nullopt, ""},
    };
    // clang-format on
    return kReferences;
}

std::string_view laboratory_unit(std::string_view spelling) { return detail::spelled(spelling, kSpellings); }

}  // namespace assay::data
