#include "assay/judge/detail/lexicon.hpp"

namespace assay::judge::detail {

// LOINC codes as in reference tables of common adult chemistry, blood gas, haematology and coagulation tests.
const std::vector<Analyte>& analytes() {
    static const std::vector<Analyte> rows{
        {"2951-2", {"sodium", "serum sodium"}},
        {"2823-3", {"potassium", "serum potassium"}},
        {"2075-0", {"chloride"}},
        {"1963-8", {"bicarbonate", "hco3"}},
        {"33037-3", {"anion gap"}},
        {"3094-0", {"urea nitrogen", "bun", "blood urea nitrogen"}},
        {"2160-0", {"creatinine", "serum creatinine"}},
        {"2345-7", {"glucose", "blood glucose", "blood sugar"}},
        {"17861-6", {"calcium", "calcium total"}},
        {"1994-3", {"ionized calcium", "free calcium", "ionised calcium"}},
        {"19123-9", {"magnesium"}},
        {"2777-1", {"phosphate", "phosphorus"}},
        {"1751-7", {"albumin"}},
        {"2885-2", {"total protein"}},
        {"1975-2", {"bilirubin", "total bilirubin", "bilirubin total"}},
        {"1742-6", {"alt", "alanine aminotransferase", "alanine aminotransferase alt"}},
        {"1920-8", {"ast", "aspartate aminotransferase", "asparate aminotransferase ast"}},
        {"6768-6", {"alkaline phosphatase", "alp"}},
        {"2532-0", {"ldh", "lactate dehydrogenase", "lactate dehydrogenase ld"}},
        {"3040-3", {"lipase"}},
        {"2157-6", {"creatine kinase", "creatine kinase ck"}},
        {"3084-1", {"uric acid", "urate"}},
        {"2093-3", {"cholesterol", "total cholesterol"}},
        {"2571-8", {"triglycerides", "triglyceride"}},
        {"4548-4", {"hba1c", "a1c", "hemoglobin a1c", "haemoglobin a1c"}},
        {"1988-5", {"crp", "c-reactive protein"}},
        {"33959-8", {"procalcitonin"}},
        {"32693-4", {"lactate", "lactic acid"}},
        {"10839-9", {"troponin i"}},
        {"6598-7", {"troponin t", "troponin"}},
        {"33762-6", {"nt-probnp", "ntprobnp"}},
        {"6690-2", {"white blood cells", "wbc", "white cell count", "white blood cell count", "leukocytes"}},
        {"789-8", {"red blood cells", "rbc"}},
        {"718-7", {"hemoglobin", "haemoglobin", "hgb", "hb"}},
        {"4544-3", {"hematocrit", "haematocrit", "hct"}},
        {"777-3", {"platelet count", "platelets", "plt"}},
        {"751-8", {"neutrophils", "neutrophil count"}},
        {"731-0", {"lymphocytes", "lymphocyte count"}},
        {"6301-6", {"inr", "inr pt"}},
        {"14979-9", {"aptt", "ptt"}},
        {"3255-7", {"fibrinogen"}},
        {"48065-7", {"d-dimer"}},
        {"3016-3", {"tsh", "thyroid stimulating hormone"}},
        {"2276-4", {"ferritin"}},
        {"2132-9", {"vitamin b12"}},
        {"16362-6", {"ammonia"}},
        {"2744-1", {"arterial ph", "ph"}},
        {"2019-8", {"pco2", "paco2"}},
        {"2703-7", {"po2", "pao2"}},
        {"4537-7", {"esr"}},
    };
    return rows;
}

}  // namespace assay::judge::detail
