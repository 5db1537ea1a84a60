#include "assay/data/units/analyte.hpp"

#include <algorithm>
#include <array>

namespace assay::data {

const std::vector<Analyte>& analytes() {
    static const std::vector<Analyte> kAnalytes = {
        {"2951-2", "Sodium", 22.990, 1},
        {"2947-0", "Sodium, blood", 22.990, 1},
        {"2823-3", "Potassium", 39.098, 1},
        {"6298-4", "Potassium, blood", 39.098, 1},
        {"2075-0", "Chloride", 35.45, -1},
        {"2028-9", "Carbon dioxide, total", std::nullopt, -1},
        {"1963-8", "Bicarbonate", 61.017, -1},
        {"33037-3", "Anion gap", std::nullopt, -1},
        {"3094-0", "Urea nitrogen", 28.014, std::nullopt},
        {"6299-2", "Urea nitrogen, blood", 28.014, std::nullopt},
        {"2160-0", "Creatinine", 113.12, std::nullopt},
        {"2161-8", "Creatinine, urine", 113.12, std::nullopt},
        {"2345-7", "Glucose", 180.156, std::nullopt},
        {"2339-0", "Glucose, blood", 180.156, std::nullopt},
        {"1558-6", "Glucose, fasting", 180.156, std::nullopt},
        {"17861-6", "Calcium", 40.078, 2},
        {"1994-3", "Calcium, ionized", 40.078, 2},
        {"19123-9", "Magnesium", 24.305, 2},
        {"2777-1", "Phosphate", 30.974, std::nullopt},
        {"1975-2", "Bilirubin, total", 584.66, std::nullopt},
        {"1968-7", "Bilirubin, direct", 584.66, std::nullopt},
        {"3084-1", "Urate", 168.11, std::nullopt},
        {"2093-3", "Cholesterol, total", 386.65, std::nullopt},
        {"2085-9", "Cholesterol, HDL", 386.65, std::nullopt},
        {"13457-7", "Cholesterol, LDL, calculated", 386.65, std::nullopt},
        {"2571-8", "Triglycerides", 885.4, std::nullopt},
        {"32693-4", "Lactate", 90.08, -1},
        {"3024-7", "Thyroxine, free", 776.87, std::nullopt},
        {"2498-4", "Iron", 55.845, std::nullopt},
        {"2132-9", "Vitamin B12", 1355.37, std::nullopt},
        {"2284-8", "Folate", 441.40, std::nullopt},
        {"2143-6", "Cortisol", 362.46, std::nullopt},
        {"16362-6", "Ammonia", 17.031, std::nullopt},
    };
    return kAnalytes;
}

const Analyte* find_analyte(std::string_view loinc) noexcept {
    const auto& known = analytes();
    const auto found = std::find_if(known.begin(), known.end(), [&](const Analyte& a) { return a.loinc == loinc; });
    return found == known.end() ? nullptr : &*found;
}

bool is_hba1c(std::string_view loinc) noexcept {
    // by any method; by HPLC; by IFCC protocol; by electrophoresis
    constexpr std::array<std::string_view, 4> kCodes = {"4548-4", "17856-6", "59261-8", "4549-2"};
    return std::find(kCodes.begin(), kCodes.end(), loinc) != kCodes.end();
}

}  // namespace assay::data
