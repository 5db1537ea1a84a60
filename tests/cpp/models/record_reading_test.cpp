#include <algorithm>

#include "assay/models/detail/affirmed.hpp"
#include "assay/models/diagnosis_rules.hpp"
#include "assay/models/drug_safety.hpp"
#include "assay/models/template_note.hpp"
#include "catch.hpp"
#include "made_up_patients.hpp"

// What a recorded text says the patient has. All texts are made up; the titles follow ICD-9-CM and ICD-10-CM.

using namespace assay;

namespace {

const models::DiagnosisRule& rule(const std::string& id) {
    const auto& rules = models::diagnosis_rules();
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.id == id; });
    REQUIRE(found != rules.end());
    return *found;
}

bool acts(const char* id, const char* text) { return models::matches(rule(id), text); }

models::SoapNote note_on(const std::vector<std::string>& diagnoses) {
    features::PatientSummary p;
    p.patient_id = "T1";
    p.diagnoses = diagnoses;
    return models::TemplateNoteWriter{}.write(p);
}

bool has_problem(const models::SoapNote& note, const std::string& id) {
    return std::any_of(note.assessment.begin(), note.assessment.end(), [&](const auto& p) { return p.source == id; });
}

}  // namespace

TEST_CASE("what is denied, ruled out, a relative's or only looked for is no diagnosis") {
    for (const char* text : {"Tuberculosis ruled out",
                             "Pulmonary tuberculosis, ruled out",
                             "Tuberculosis (refuted)",
                             "Tuberculosis: excluded",
                             "No evidence of tuberculosis",
                             "No tuberculosis",
                             "Denies tuberculosis",
                             "Negative for active tuberculosis",
                             "Family history of tuberculosis",
                             "Mother with tuberculosis",
                             "Screening for tuberculosis",
                             "Tuberculosis screening",
                             "Contact with and (suspected) exposure to tuberculosis",
                             "Encounter for screening for respiratory tuberculosis",
                             "Not tuberculosis",
                             "Without tuberculosis",
                             "Tuberculosis ruled out (icd10|A15.0)",
                             "TB ruled out",
                             "Pneumonia, tuberculosis ruled out",
                             "Latent tuberculosis",
                             "Pulmonary tuberculosis (resolved)",
                             "Personal history of tuberculosis",
                             "Pulmonary tuberculosis (inactive)",
                             "Phthisis ruled out (icd10|A15.0)",
                             "icd10|A15.0 (resolved)",
                             "icd10|A15.0 (refuted)",
                             "Nontuberculous mycobacteria",
                             "non-tuberculous mycobacteria"}) {
        CAPTURE(text);
        CHECK_FALSE(acts("R-TUBERCULOSIS", text));
        CHECK_FALSE(has_problem(note_on({text}), "R-TUBERCULOSIS"));
    }
    CHECK_FALSE(acts("R-DIABETES", "Family history of diabetes mellitus"));
    CHECK_FALSE(acts("R-DIABETES", "Type 2 diabetes (resolved)"));
    CHECK_FALSE(acts("R-DIABETES", "Type 2 diabetes (in remission)"));
    CHECK_FALSE(acts("R-DIABETES", "No known history of diabetes"));
    CHECK_FALSE(acts("R-CANCER", "Encounter for screening for malignant neoplasm of colon"));
    CHECK_FALSE(acts("R-CANCER", "History of breast cancer"));
    CHECK_FALSE(acts("R-HEART-FAILURE", "Hypertensive heart disease without heart failure"));
    CHECK_FALSE(acts("R-DIABETES", "Non-diabetic"));
}

TEST_CASE("in doubt a diagnosis stays") {
    for (const char* text :
         {"Pulmonary tuberculosis", "PULMONARY TUBERCULOSIS", "Pulmonary tuberculosis (icd10|A15.0)", "icd10|A15.0",
          "r/o tuberculosis", "Rule out TB", "Suspected tuberculosis", "Possible TB", "Tuberculosis not excluded",
          "Smear-negative pulmonary tuberculosis",
          "Respiratory tuberculosis, not confirmed bacteriologically or histologically", "Tuberculous pleurisy",
          "No pneumonia; pulmonary tuberculosis", "No pneumonia but tuberculosis", "Tuberculosis, smear negative",
          "Reactivated tuberculosis (active)", "Tuberculosis, pneumonia ruled out"}) {
        CAPTURE(text);
        CHECK(acts("R-TUBERCULOSIS", text));
    }
    for (const char* text :
         {"Never smoker, pneumonia", "No evidence of infarction, pneumonia", "No fever, pneumonia",
          "Not on insulin, pneumonia", "Risk of stroke: pneumonia", "Single parent, pneumonia",
          "Mother of two with pneumonia", "History of smoking, pneumonia", "No improvement of pneumonia",
          "Pneumonia cannot be excluded", "Pneumonia has not been excluded", "Pneumonia could not be ruled out",
          "No doubt pneumonia", "Not to be missed: pneumonia", "Pneumonia not yet resolved",
          "Pneumonia - inactive lifestyle", "Pneumonia after vaccination"}) {
        CAPTURE(text);
        CHECK(acts("R-PNEUMONIA", text));
    }
    CHECK(acts("R-DIABETES", "Not insulin-dependent diabetes mellitus"));
    CHECK(acts("R-SEPSIS", "Gram-negative sepsis"));
    CHECK(acts("R-DIABETES", "Type 2 diabetes mellitus without complications"));
    CHECK(acts("R-DIABETES", "Diabetes mellitus without mention of complication, type II, not stated as uncontrolled"));
    CHECK(acts("R-DIABETES", "History of diabetes"));  // lasting
    CHECK(acts("R-CORONARY", "Old myocardial infarction"));
    CHECK(acts("R-PNEUMONIA", "Pneumonia, organism not specified"));
    CHECK(acts("R-PNEUMONIA", "Bronchopneumonia"));
    CHECK(acts("R-HYPERTENSION-HISTORY", "Hypertensive heart disease without heart failure"));
    CHECK(acts("R-CHRONIC-KIDNEY-DISEASE", "Hypertension without heart failure, with chronic kidney disease"));
    CHECK(acts("R-CANCER", "Non-small cell lung cancer"));
    CHECK(acts("R-CANCER", "Non-Hodgkin lymphoma"));
    CHECK(acts("R-CANCER", "Cholangiocarcinoma"));
    CHECK(acts("R-CANCER", "Breast cancer, HER2 negative"));
    CHECK(acts("R-DEPRESSION", "Major depressive disorder"));
    CHECK(acts("R-COPD", "COPD"));
}

TEST_CASE("the specific term wins, at word borders") {
    for (const char* text :
         {"Pulmonary hypertension", "Primary pulmonary hypertension", "Portal hypertension", "Ocular hypertension"}) {
        CAPTURE(text);
        CHECK_FALSE(acts("R-HYPERTENSION-HISTORY", text));
    }
    CHECK(acts("R-HYPERTENSION-HISTORY", "Pulmonary hypertension and essential hypertension"));
    CHECK(acts("R-HYPERTENSION-HISTORY", "Essential (primary) hypertension"));
    CHECK_FALSE(acts("R-DIABETES", "Diabetes insipidus"));
    CHECK_FALSE(acts("R-DIABETES", "Prediabetes"));
    CHECK_FALSE(acts("R-DIABETES", "Pre-diabetes"));
    CHECK_FALSE(acts("R-DEPRESSION", "Respiratory depression"));
    CHECK_FALSE(acts("R-STROKE", "Heat stroke"));
    CHECK_FALSE(acts("R-SEPSIS", "Aseptic meningitis"));
    CHECK_FALSE(acts("R-CANCER", "Malignant hypertension"));
    CHECK(acts("R-CANCER", "Malignant neoplasms of the colon"));
    CHECK_FALSE(acts("R-CANCER", "icd9|1120"));
}

TEST_CASE("a settled diagnosis is told, after the others, and has no plan") {
    const auto note = note_on({"Type 2 diabetes (resolved)", "Gout", "Asthma"});
    CHECK(models::to_text(note).find("Diagnoses on record: Asthma; Gout; Type 2 diabetes (resolved)") !=
          std::string::npos);
    CHECK_FALSE(has_problem(note, "R-DIABETES"));
    CHECK(has_problem(note, "R-ASTHMA"));
}

TEST_CASE("an allergy that is denied, refuted or resolved raises no alert") {
    features::PatientSummary p;
    p.medications = {"Amoxicillin 500 mg"};
    const auto alerts = [&](const std::vector<std::string>& allergies) {
        p.allergies = allergies;
        return models::drug_alerts(p).size();
    };
    for (const char* none :
         {"No penicillin allergy", "No known drug allergies", "No known allergies to penicillins", "NKDA", "None",
          "Denies penicillin allergy", "Penicillin allergy ruled out", "Penicillin (refuted)", "Penicillin (resolved)",
          "Not allergic to penicillin", "Penicillin allergy, de-labelled", "Tolerates penicillin",
          "Family history of penicillin allergy"}) {
        CAPTURE(none);
        CHECK(alerts({none}) == 0);
    }
    for (const char* real : {"Penicillin",
                             "Penicillin (rash)",
                             "Penicillin (inactive)",
                             "Allergic to penicillin, no known allergy to latex",
                             "History of penicillin allergy",
                             "Amoxicillin - rash",
                             "Penicillins",
                             "No asthma, penicillin allergy",
                             "NKDA per chart, penicillin per family",
                             "No penicillin",
                             "Never give penicillin",
                             "Do not give penicillin - anaphylaxis",
                             "Must not receive penicillin",
                             "Does not tolerate penicillin",
                             "No longer tolerates penicillin",
                             "Mother states penicillin allergy",
                             "Penicillin anaphylaxis resolved",
                             "Penicillin rash, resolved with steroids",
                             "Exposure to penicillin: anaphylaxis",
                             "Contact with penicillin causes rash",
                             "Risk of anaphylaxis to penicillin",
                             "Penicillin excluded from treatment",
                             "No known drug allergies other than penicillin",
                             "No allergies besides penicillin",
                             "No food allergies - penicillin",
                             "No food allergies/penicillin",
                             "No food or latex allergy and penicillin allergy",
                             "Latex allergy, de-labelled, penicillin",
                             "snomed|409137002; penicillin"}) {
        CAPTURE(real);
        CHECK(alerts({real}) == 1);
    }
    CHECK(alerts({"No known drug allergies", "Penicillin"}) == 1);
    CHECK(models::is_allergy("Latex"));
    CHECK_FALSE(models::is_allergy(" nkda. "));
    CHECK_FALSE(models::is_allergy(""));
}

TEST_CASE("allergies that are codes alone are checked where the code is known, and said not to be where it is not") {
    features::PatientSummary p;
    p.medications = {"Amoxicillin 500 mg"};
    const auto alerts = [&](const std::vector<std::string>& allergies, const std::vector<std::string>& diagnoses = {}) {
        p.allergies = allergies;
        p.diagnoses = diagnoses;
        return models::drug_alerts(p);
    };
    for (const char* code : {"rxnorm|7980", "RxNorm|70618", "snomed|91936005", "icd10|Z88.0",
                             "Allergy status to penicillin (icd10|Z880)"}) {
        CAPTURE(code);
        CHECK(alerts({code}).size() == 1);
    }
    CHECK(alerts({}, {"icd9|V140"}).at(0).against == "penicillin (icd9|V140)");
    CHECK(alerts({}, {"icd9|V140 (refuted)"}).empty());
    CHECK(alerts({}, {"icd9|V1402"}).empty());
    CHECK(alerts({"snomed|409137002"}).empty());  // no known drug allergy
    CHECK_FALSE(models::is_allergy("snomed|409137002"));
    CHECK(alerts({"snomed|91939003"}).empty());  // sulfonamides
    CHECK(alerts({"rxnorm|999999999"}).empty());
    const auto text = [&] { return models::to_text(models::TemplateNoteWriter{}.write(p)); };
    CHECK(text().find("Allergies: rxnorm|999999999 (codes that are not known are not checked against medications)") !=
          std::string::npos);
    p.allergies = {"rxnorm|7980"};
    CHECK(text().find("not checked") == std::string::npos);
}

TEST_CASE("a contraindication needs a disease that the patient has") {
    features::PatientSummary p;
    const auto alerts = [&](const char* drug, const char* diagnosis) {
        p.diagnoses = {diagnosis};
        return models::alerts_for(drug, p).size();
    };
    CHECK(alerts("ibuprofen", "Heart failure") == 1);
    CHECK(alerts("ibuprofen", "No heart failure") == 0);
    CHECK(alerts("ibuprofen", "Family history of heart failure") == 0);
    CHECK(alerts("ibuprofen", "History of peptic ulcer") == 1);  // a past ulcer still forbids it
    CHECK(alerts("lisinopril", "Pregnancy") == 1);
    CHECK(alerts("lisinopril", "Pregnant, second trimester") == 1);
    CHECK(alerts("lisinopril", "History of pregnancy") == 0);
    CHECK(alerts("lisinopril", "Hyperkalemia (resolved)") == 0);
    CHECK(alerts("lisinopril", "Not pregnant") == 0);
    CHECK(alerts("ibuprofen", "icd10|N17.9 (refuted)") == 0);
}

TEST_CASE("a single parameter of 3 asks for the urgent ward-based response, whatever the total") {
    features::PatientSummary p;
    const auto text = [&](std::optional<int> total, std::optional<bool> red) {
        p.worst_news2 = total;
        p.news2_red = red;
        p.news2_red_parameters = red.value_or(false) ? std::vector<std::string>{"respiratory_rate", "consciousness"}
                                                     : std::vector<std::string>{};
        return models::to_text(models::TemplateNoteWriter{}.write(p));
    };
    const auto has = [](const std::string& note, const char* part) { return note.find(part) != std::string::npos; };
    CHECK(has(text(3, true),
              "worst NEWS2 3, red score in respiratory rate, consciousness: urgent ward-based response. [R-NEWS2]"));
    CHECK(has(text(3, true), "Notify the medical team"));
    CHECK(has(text(3, false), ": ward-based response. [R-NEWS2]"));
    CHECK(has(text(std::nullopt, true),
              "red score in respiratory rate, consciousness: urgent ward-based response. [R-NEWS2]"));
    CHECK(has(
        text(std::nullopt, true),
        "NEWS2: not computed, inputs missing; red score: respiratory rate, consciousness. [worst_news2,news2_red]"));
    CHECK(has(text(6, true), ": urgent response. [R-NEWS2]"));
    CHECK(has(text(8, true), ": emergency response. [R-NEWS2]"));
    CHECK_FALSE(has(text(std::nullopt, std::nullopt), "R-NEWS2"));
}

TEST_CASE("asides are overwritten byte for byte") {
    using models::detail::affirmed;
    using models::detail::kEveryAside;
    CHECK(affirmed("no fever; cough", kEveryAside) == "## #####; cough");
    CHECK(affirmed("asthma (resolved)", kEveryAside) == "###### (########)");
    CHECK(affirmed("asthma", kEveryAside) == "asthma");
    CHECK(affirmed("", kEveryAside).empty());
    CHECK(affirmed("no", kEveryAside) == "##");
    CHECK(affirmed("history of asthma", models::detail::Aside::Absent) == "history of asthma");
    for (const std::string text :
         {"(((", "no, no, no", "\xFF\xFE no \xFF", "non-", "non-non-non-x", "- - ; . ruled out", ".resolved"}) {
        CHECK(affirmed(text, kEveryAside).size() == text.size());
    }
}
