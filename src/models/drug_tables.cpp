#include "assay/models/drug_safety.hpp"

// Tables only: what they mean, and that they are illustrative and unchecked, is said in the header; how they are used
// in drug_safety.cpp.
namespace assay::models {
namespace {

std::vector<DrugClass> antimicrobials() {
    return {
        {"penicillin",
         {"penicillin", "penicillins"},
         {"penicillin", "amoxicillin", "ampicillin", "augmentin", "co-amoxiclav", "piperacillin", "tazocin", "zosyn",
          "flucloxacillin", "dicloxacillin", "oxacillin", "nafcillin", "benzylpenicillin", "unasyn", "ticarcillin"}},
        {"cephalosporin",
         {"cephalosporin", "cephalosporins"},
         {"cefazolin", "cefalexin", "cephalexin", "cefuroxime", "ceftriaxone", "cefotaxime", "ceftazidime", "cefepime",
          "cefixime", "cefpodoxime", "cefaclor", "rocephin", "keflex"}},
        {"carbapenem", {"carbapenem", "carbapenems"}, {"meropenem", "imipenem", "ertapenem", "doripenem"}},
        {"sulfonamide",
         {"sulfa", "sulfonamide", "sulfonamides", "sulpha", "sulphonamide"},
         {"sulfamethoxazole", "co-trimoxazole", "bactrim", "septrin", "sulfadiazine", "sulfasalazine"}},
        {"macrolide", {"macrolide", "macrolides"}, {"erythromycin", "azithromycin", "clarithromycin"}},
        {"fluoroquinolone",
         {"quinolone", "quinolones", "fluoroquinolone", "fluoroquinolones"},
         {"ciprofloxacin", "levofloxacin", "moxifloxacin", "ofloxacin"}},
        {"tetracycline", {"tetracycline", "tetracyclines"}, {"doxycycline", "minocycline", "tetracycline"}},
        {"aminoglycoside",
         {"aminoglycoside", "aminoglycosides"},
         {"gentamicin", "tobramycin", "amikacin", "streptomycin"}},
        {"vancomycin", {}, {"vancomycin"}},
        {"isoniazid", {}, {"isoniazid"}},
        {"rifamycin", {"rifamycin"}, {"rifampicin", "rifampin", "rifabutin"}},
        {"pyrazinamide", {}, {"pyrazinamide"}},
        {"ethambutol", {}, {"ethambutol"}},
    };
}

std::vector<DrugClass> other_medicines() {
    return {
        {"NSAID",
         {"nsaid", "nsaids"},
         {"ibuprofen", "naproxen", "diclofenac", "ketorolac", "indomethacin", "indometacin", "celecoxib", "meloxicam",
          "aspirin", "toradol"}},
        {"beta-blocker",
         {"beta-blocker", "beta-blockers"},
         {"propranolol", "metoprolol", "atenolol", "bisoprolol", "carvedilol", "labetalol", "nadolol", "sotalol"}},
        {"ACE inhibitor", {"ace-inhibitor"}, {"lisinopril", "enalapril", "ramipril", "captopril", "perindopril"}},
        {"ARB", {"arb"}, {"losartan", "valsartan", "candesartan", "irbesartan"}},
        {"potassium-sparing diuretic", {}, {"spironolactone", "eplerenone", "amiloride", "triamterene"}},
        {"potassium supplement", {}, {"kcl", "k-dur"}},
        {"biguanide", {}, {"metformin"}},
        {"sulfonylurea", {}, {"gliclazide", "glipizide", "glimepiride", "glyburide", "glibenclamide"}},
        {"insulin", {}, {"insulin", "humalog", "lantus"}},
        {"opioid",
         {"opioid", "opioids", "opiate", "opiates"},
         {"morphine", "oxycodone", "hydromorphone", "fentanyl", "codeine", "tramadol", "hydrocodone"}},
        {"benzodiazepine", {"benzodiazepine", "benzodiazepines"}, {"lorazepam", "diazepam", "midazolam", "alprazolam"}},
        {"anticoagulant",
         {"anticoagulant", "anticoagulants"},
         {"warfarin", "heparin", "enoxaparin", "apixaban", "rivaroxaban", "dabigatran", "coumadin"}},
        {"paracetamol", {}, {"paracetamol", "acetaminophen", "tylenol"}},
        {"statin", {"statin", "statins"}, {"atorvastatin", "simvastatin", "rosuvastatin", "pravastatin"}},
        {"loop diuretic", {}, {"furosemide", "lasix", "torsemide", "bumetanide"}},
        {"thiazide", {}, {"hydrochlorothiazide", "chlorthalidone", "indapamide"}},
        {"calcium-channel blocker", {}, {"amlodipine", "nifedipine", "diltiazem", "verapamil"}},
        {"corticosteroid", {}, {"prednisone", "prednisolone", "dexamethasone", "hydrocortisone", "methylprednisolone"}},
        {"antiplatelet", {}, {"aspirin", "clopidogrel", "ticagrelor"}},
        {"proton-pump inhibitor", {}, {"omeprazole", "pantoprazole", "esomeprazole", "lansoprazole"}},
        {"cardiac glycoside", {}, {"digoxin"}},
        {"antiepileptic", {}, {"valproate", "phenytoin", "carbamazepine", "levetiracetam", "lamotrigine"}},
        {"bronchodilator", {}, {"salbutamol", "albuterol", "ipratropium", "tiotropium"}},
    };
}

}  // namespace

const std::vector<DrugClass>& drug_classes() {
    // clang-format off
    static const std::vector<DrugClass> classes = [] {
        std::vector<DrugClass> all = antimicrobials();
        const std::vector<DrugClass> rest = other_medicines();
        all.insert(all.end(), rest.begin(), rest.end());
        return all;
    }();
    return classes;
}

const std::vector<AllergyCode>& allergy_codes() {
    static const std::vector<AllergyCode> codes{
        {"rxnorm|7980", "penicillin"},       {"rxnorm|70618", "penicillin"},      {"rxnorm|1191", "aspirin"},
        {"rxnorm|2670", "codeine"},          {"rxnorm|5640", "ibuprofen"},        {"snomed|91936005", "penicillin"},
        {"snomed|91939003", "sulfonamide"},  {"snomed|91931000", "erythromycin"}, {"snomed|409137002", ""},
        {"icd10|z88.0", "penicillin"},       {"icd10|z880", "penicillin"},        {"icd10|z88.2", "sulfonamide"},
        {"icd10|z882", "sulfonamide"},       {"icd10|z88.5", "opioid"},           {"icd10|z885", "opioid"},
        {"icd9|v14.0", "penicillin"},        {"icd9|v140", "penicillin"},         {"icd9|v14.2", "sulfonamide"},
        {"icd9|v142", "sulfonamide"},        {"icd9|v14.5", "opioid"},            {"icd9|v145", "opioid"},
    };
    // clang-format on
    return codes;
}

const std::vector<Contraindication>& contraindications() {
    // clang-format off
    static const std::vector<Contraindication> rows{
        {"NSAID", "chronic kidney disease", {"chronic kidney", "kidney failure", "renal failure"},
         {"icd10|n18", "icd9|585"}, "", 0, "KDIGO 2024 CKD guideline, 4.3"},
        {"NSAID", "acute kidney injury", {"acute kidney"}, {"icd10|n17", "icd9|584"}, "", 0, "KDIGO 2012 AKI guideline", true},
        {"NSAID", "heart failure", {"heart failure"}, {"icd10|i50", "icd9|428"}, "", 0, "ESC 2021 heart failure guideline"},
        {"NSAID", "gastrointestinal bleeding or ulcer",
         {"gastrointestinal bleed*", "gastrointestinal hemorrhage", "gastrointestinal haemorrhage", "peptic ulcer", "gi bleed*"},
         {"icd10|k25", "icd10|k26", "icd10|k27", "icd10|k922", "icd10|k92.2", "icd9|531", "icd9|532", "icd9|578"}, "", 0,
         "US labelling, boxed warning"},
        {"beta-blocker", "asthma", {"asthma"}, {"icd10|j45", "icd9|493"}, "", 0, "GINA 2023; US labelling of propranolol"},
        {"biguanide", "severe kidney failure", {"end stage renal", "end-stage renal", "kidney failure", "renal failure"},
         {"icd10|n18.5", "icd10|n185", "icd10|n18.6", "icd10|n186", "icd9|5855", "icd9|5856"}, "", 0,
         "US labelling of metformin (eGFR below 30)"},
        {"biguanide", "raised lactate", {}, {}, "32693-4", 4.0, "US labelling of metformin (lactic acidosis)", true},
        {"ACE inhibitor", "hyperkalaemia", {"hyperkal*"}, {"icd10|e875", "icd10|e87.5", "icd9|2767"}, "2823-3", 5.5,
         "NICE NG203, 1.6", true},
        {"ACE inhibitor", "pregnancy", {"pregnan*"}, {"icd10|z33", "icd10|o09", "icd9|v22"}, "", 0, "US labelling, boxed warning", true},
        {"ARB", "hyperkalaemia", {"hyperkal*"}, {"icd10|e875", "icd10|e87.5", "icd9|2767"}, "2823-3", 5.5, "NICE NG203, 1.6", true},
        {"ARB", "pregnancy", {"pregnan*"}, {"icd10|z33", "icd10|o09", "icd9|v22"}, "", 0, "US labelling, boxed warning", true},
        {"potassium-sparing diuretic", "hyperkalaemia", {"hyperkal*"}, {"icd10|e875", "icd10|e87.5", "icd9|2767"},
         "2823-3", 5.5, "US labelling of spironolactone", true},
        {"potassium supplement", "hyperkalaemia", {"hyperkal*"}, {"icd10|e875", "icd10|e87.5", "icd9|2767"}, "2823-3", 5.5,
         "US labelling of potassium chloride", true},
        {"tetracycline", "pregnancy", {"pregnan*"}, {"icd10|z33", "icd10|o09", "icd9|v22"}, "", 0, "US labelling of doxycycline", true},
        {"anticoagulant", "active bleeding", {"intracranial hemorrhage", "intracranial haemorrhage", "gastrointestinal hemorrhage", "gastrointestinal haemorrhage",
          "active bleeding"},
         {"icd10|i60", "icd10|i61", "icd10|i62", "icd9|430", "icd9|431", "icd9|432"}, "", 0, "US labelling of warfarin", true},
        {"ethambutol", "optic neuritis", {"optic neuritis"}, {"icd10|h46", "icd9|3773"}, "", 0, "US labelling of ethambutol"},
        {"pyrazinamide", "acute gout", {"acute gout"}, {}, "", 0, "US labelling of pyrazinamide", true},
        {"fluoroquinolone", "myasthenia gravis", {"myasthenia"}, {"icd10|g70", "icd9|3580"}, "", 0, "US labelling, boxed warning"},
    };
    // clang-format on
    return rows;
}

const std::vector<DoseLimit>& dose_limits() {
    // clang-format off
    static const std::vector<DoseLimit> rows{
        {"paracetamol", 1000, 4000},  {"acetaminophen", 1000, 4000}, {"ibuprofen", 800, 3200},
        {"naproxen", 1000, 1500},     {"aspirin", 1000, 4000},       {"isoniazid", 900, 900},
        {"rifampicin", 900, 1200},    {"rifampin", 900, 1200},       {"pyrazinamide", 4000, 4000},
        {"ethambutol", 4000, 4000},   {"metformin", 2000, 2550},     {"amoxicillin", 3000, 6000},
        {"ceftriaxone", 4000, 4000},  {"ciprofloxacin", 750, 1500},  {"azithromycin", 2000, 2000},
        {"warfarin", 15, 15},         {"digoxin", 1, 1.5},           {"furosemide", 250, 1500},
        {"atorvastatin", 80, 80},     {"simvastatin", 80, 80},       {"lisinopril", 80, 80},
        {"ramipril", 10, 10},         {"bisoprolol", 20, 20},        {"metoprolol", 200, 400},
        {"amlodipine", 10, 10},       {"prednisone", 100, 250},      {"prednisolone", 100, 250},
        {"omeprazole", 80, 360},      {"spironolactone", 200, 400},  {"levothyroxine", 0.3, 0.3},
    };
    // clang-format on
    return rows;
}

}  // namespace assay::models
