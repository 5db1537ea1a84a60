#include "assay/judge/grounded_judge.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "assay/models/template_note.hpp"
#include "catch.hpp"
#include "made_up_patients.hpp"

using namespace assay;
using judge::Criterion;
using judge::Verdict;

namespace {

std::string note_of(const features::PatientSummary& p) {
    return models::to_markdown(models::TemplateNoteWriter{}.write(p));
}

Verdict judged(std::string_view note, const features::PatientSummary& p) {
    return judge::GroundedJudge{}.judge(note, p);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

const judge::Finding* find(const Verdict& v, const std::string& rule) {
    for (const auto& f : v.findings) {
        if (f.rule == rule) return &f;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("a template note passes for patients of every kind") {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        const auto p = tests::random_patient(seed);
        const Verdict v = judged(note_of(p), p);
        CAPTURE(seed, judge::to_json(v));
        CHECK(v.passed);
        CHECK(v.score(Criterion::Accuracy) == 5.0);
        CHECK(v.score(Criterion::Safety) >= 4.0);
        CHECK(v.overall >= 4.5);
    }
}

TEST_CASE("a planted defect lowers its own dimension and is named at its place") {
    struct Defect {
        const char* from;
        const char* to;
        Criterion criterion;
        const char* rule;
        const char* evidence;
    };
    const auto d = GENERATE(
        Defect{"average 105.6/min", "average 165.6/min", Criterion::Accuracy, "ACC-NUMBER", "165.6"},
        Defect{"average 37.96°C", "average 37.96°F", Criterion::Accuracy, "ACC-UNIT", "°F"},
        Defect{"average 136.7 mmHg", "average 136.7 kPa", Criterion::Accuracy, "ACC-UNIT", "kPa"},
        Defect{"average 91.9%", "average 95.8%", Criterion::Accuracy, "ACC-QUALIFIER", "95.8"},
        Defect{"2026-01-05T22:00:00Z", "2026-01-05T12:00:00Z", Criterion::Accuracy, "ACC-TIME", "2026-01-05T12:00:00Z"},
        Defect{"is below 92%", "is above 92%", Criterion::Accuracy, "ACC-DIRECTION", "92%"},
        Defect{"**Fever**: maximum", "Afebrile, maximum", Criterion::Accuracy, "ACC-NEGATION", "Afebrile"},
        Defect{"Tuberculosis**: recorded", "No tuberculosis**: recorded", Criterion::Accuracy, "ACC-NEGATION",
               "No tuberculosis"},
        Defect{"Allergies: Penicillin", "No known drug allergies", Criterion::Accuracy, "ACC-NEGATION",
               "No known drug allergies"},
        Defect{"Allergies: Penicillin", "No known drug allergies", Criterion::Safety, "SAF-ALLERGY-DENIED",
               "No known drug allergies"},
        Defect{"58-year-old male", "58-year-old female", Criterion::Accuracy, "ACC-SEX", "female"},
        Defect{"58-year-old", "38-year-old", Criterion::Accuracy, "ACC-NUMBER", "38"},
        Defect{"patient M00001", "patient M00002", Criterion::Accuracy, "ACC-IDENTITY", "M00002"},
        Defect{"Isoniazid 300 mg daily;", "Isoniazid 200 mg daily;", Criterion::Accuracy, "ACC-DOSE", "200 mg"},
        Defect{"- Give oxygen", "- Start amoxicillin 500 mg now; ward physician.\n- Give oxygen", Criterion::Safety,
               "SAF-ALLERGY", "amoxicillin"},
        Defect{"- Give oxygen", "- Give paracetamol 5 g now; ward nurse.\n- Give oxygen", Criterion::Safety, "SAF-DOSE",
               "5 g"});
    const auto p = tests::example_patient();
    const Verdict good = judged(note_of(p), p);
    const Verdict bad = judged(replaced(note_of(p), d.from, d.to), p);
    CAPTURE(d.to, judge::to_json(bad));
    CHECK(bad.score(d.criterion) <= good.score(d.criterion) - 0.5);
    const auto* finding = find(bad, d.rule);
    REQUIRE(finding != nullptr);
    CHECK(finding->evidence == d.evidence);
    CHECK(finding->criterion == d.criterion);
}

TEST_CASE("what is dropped is missed") {
    const auto p = tests::example_patient();
    const std::string note = note_of(p);
    const Verdict good = judged(note, p);

    const Verdict allergy = judged(replaced(note, "- Allergies: Penicillin. [allergies]\n", ""), p);
    CHECK(allergy.score(Criterion::Completeness) <= good.score(Criterion::Completeness) - 1);
    CHECK(find(allergy, "COM-ALLERGY") != nullptr);

    const Verdict plan = judged(note.substr(0, note.find("## Plan")), p);
    CHECK(plan.score(Criterion::Actionability) == 1);
    CHECK(find(plan, "ACT-NO-PLAN") != nullptr);
    CHECK(find(plan, "SAF-NOT-ESCALATED") == nullptr);  // the assessment says "emergency response"

    const Verdict net = judged(note.substr(0, note.find("## Safety net")), p);
    CHECK(find(net, "ACT-NO-RETURN-PRECAUTIONS") != nullptr);
}

TEST_CASE("pasted text and another patient's note fall in relevance or accuracy") {
    const auto p = tests::example_patient();
    const std::string pasted =
        "\nThe quick brown fox jumped over the lazy dog while the orchestra played a waltz near the river, and "
        "everyone agreed that "
        "the picnic had been a splendid success despite the wind and the wasps.\n";
    const Verdict off = judged(note_of(p) + pasted, p);
    CHECK(off.score(Criterion::Relevance) <= 3.5);
    REQUIRE(find(off, "REL-OFF-TOPIC") != nullptr);
    CHECK(find(off, "REL-OFF-TOPIC")->evidence.find("quick brown fox") != std::string::npos);

    const Verdict swapped = judged(note_of(tests::random_patient(7)), p);
    CHECK_FALSE(swapped.passed);
    CHECK(swapped.score(Criterion::Accuracy) < 2);
    CHECK(find(swapped, "ACC-IDENTITY") != nullptr);
}

TEST_CASE("units are converted and numbers judged at the precision they are written with") {
    const auto p = tests::example_patient();
    const auto accuracy = [&](const char* text) {
        return find(judged(text, p), "ACC-NUMBER") == nullptr && find(judged(text, p), "ACC-UNIT") == nullptr;
    };
    CHECK(accuracy("Objective\nTemperature averaged 100.3 °F."));  // 37.96 °C = 100.328 °F
    CHECK_FALSE(accuracy("Objective\nTemperature averaged 101.3 °F."));
    CHECK(accuracy("Objective\nMean heart rate 106 bpm, SpO2 92 %."));
    CHECK_FALSE(accuracy("Objective\nMean heart rate 105 bpm."));
    CHECK(accuracy("Objective\nBP 137/84 mmHg."));
    CHECK_FALSE(accuracy("Objective\nBP 147/84 mmHg."));
    CHECK(accuracy("Objective\nMean systolic 18.2 kPa."));
    CHECK(accuracy("Objective\nHer pulse was 106 beats per minute with 2 L/min of oxygen for 3 hours."));
}

TEST_CASE("laboratory results are converted between mass and amount") {
    features::PatientSummary p;
    p.abnormal_results = {{"2345-7", "Glucose", 180, "mg/dL", 70.0, 99.0, true, false, std::nullopt}};
    CHECK(find(judged("Objective\nGlucose 10.0 mmol/L, high.", p), "ACC-NUMBER") == nullptr);
    CHECK(find(judged("Objective\nGlucose 180 mmol/L.", p), "ACC-UNIT") != nullptr);
    CHECK(find(judged("Objective\nGlucose 108 mg/dL.", p), "ACC-NUMBER") != nullptr);
    CHECK(find(judged("Objective\nGlucose is low.", p), "ACC-DIRECTION") != nullptr);
}

TEST_CASE("a contraindicated or unaddressed state caps the overall score") {
    auto p = tests::example_patient();
    p.diagnoses.push_back("Chronic kidney disease, stage 4");
    const Verdict v =
        judged(replaced(note_of(p), "- Give oxygen", "- Give ibuprofen 400 mg now; ward nurse.\n- Give oxygen"), p);
    CHECK(find(v, "SAF-CONTRAINDICATION") != nullptr);
    CHECK(v.overall <= judge::GroundedJudge::cap);
    CHECK_FALSE(v.passed);

    auto critical = tests::example_patient();
    const std::string before = note_of(critical);
    critical.abnormal_results = {tests::potassium(6.8, true)};
    CHECK(find(judged(before, critical), "SAF-CRITICAL-UNADDRESSED") != nullptr);
    CHECK_FALSE(judged(before, critical).passed);
}

TEST_CASE("hedged and advisory sentences claim nothing") {
    const auto p = tests::example_patient();
    const Verdict v = judged(
        "Assessment\nConsider sepsis if temperature is above 41 °C.\nPlan\nKeep SpO2 above 99 %. Call if heart rate "
        "exceeds 200 /min.",
        p);
    CHECK(find(v, "ACC-NUMBER") == nullptr);
    CHECK(find(v, "ACC-DIRECTION") == nullptr);
}

TEST_CASE("empty, huge and arbitrary texts are judged without harm") {
    const auto p = tests::example_patient();
    const Verdict empty = judged("", p);
    CHECK_FALSE(empty.passed);
    CHECK(empty.confidence == 0);

    std::string huge;
    while (huge.size() < 1'000'000)
        huge += "Heart rate 105.6 /min, no fever, amoxicillin 500 mg at 2026-01-05T23:00:00Z ";
    CHECK_NOTHROW(judged(huge, p));

    tests::Draw draw(11);
    const std::string seed_text = note_of(p);
    for (int round = 0; round < 300; ++round) {
        std::string text = round % 2 == 0 ? seed_text : std::string();
        const int edits = 1 + draw.below(200);
        for (int e = 0; e < edits; ++e) {
            const auto byte = static_cast<char>(draw.below(256));
            if (text.empty() || draw.chance(0.5)) {
                text.insert(text.begin() + (text.empty() ? 0 : draw.below(static_cast<int>(text.size()))), byte);
            } else {
                text[static_cast<std::size_t>(draw.below(static_cast<int>(text.size())))] = byte;
            }
        }
        const Verdict v = judged(text, p);
        for (const auto& f : v.findings) {
            if (!f.begin) continue;
            REQUIRE((*f.begin >= 0 && *f.begin <= *f.end && *f.end <= static_cast<assay::index>(text.size())));
            REQUIRE(f.evidence ==
                    text.substr(static_cast<std::size_t>(*f.begin), static_cast<std::size_t>(*f.end - *f.begin)));
        }
        REQUIRE_NOTHROW(nlohmann::json::parse(judge::to_json(v)));
    }
}

TEST_CASE("a note of many denials and numbers is judged in linear time") {
    auto p = tests::example_patient();
    p.allergies = {"No known drug allergies", "Latex"};
    p.diagnoses = {"Tuberculosis ruled out"};
    for (const char* part : {"NEWS2 3 bp 3 tuberculosis was ruled out no allergy to red score 3 ",
                             "## Plan\n- stop amoxicillin for the allergy; TB 3\n"}) {
        const auto processor_time = [&](std::size_t bytes) {
            std::string note;
            while (note.size() < bytes) note += part;
            const auto started = std::clock();
            CHECK_NOTHROW(judged(note, p));
            return static_cast<double>(std::clock() - started);
        };
        const double small = std::min(processor_time(50'000), processor_time(50'000));
        CHECK(processor_time(400'000) < 24 * small);  // 8 times where it is linear, 64 where it is quadratic
    }
}

TEST_CASE("metrics carry MLflow's names") {
    const auto metrics = judged("", tests::example_patient()).metrics();
    CHECK(metrics.size() == 7);
    CHECK(metrics.contains("overall_score"));
    CHECK(metrics.contains("judge_accuracy"));
}

TEST_CASE("an allergy must be stated in the history, not only in a drug conflict") {
    auto p = tests::example_patient();
    p.medications.push_back("Amoxicillin 500 mg");
    const std::string note = note_of(p);
    CHECK(find(judged(note, p), "COM-ALLERGY") == nullptr);
    const Verdict dropped = judged(replaced(note, "- Allergies: Penicillin. [allergies]\n", ""), p);
    REQUIRE(find(dropped, "COM-ALLERGY") != nullptr);
    CHECK(find(dropped, "COM-ALLERGY")->severity == judge::Severity::Major);
    const auto stated = [&](const char* text) { return find(judged(text, p), "COM-ALLERGY") == nullptr; };
    CHECK(stated("Allergies:\n- latex\n- penicillin (rash)\n\nPlan\nReview."));
    CHECK(stated("Subjective\nDrug allergies:\n- penicillin\n"));
    CHECK(stated("He is allergic to penicillin."));
    CHECK_FALSE(stated("Subjective\nNo complaints.\nPlan\n- Hold amoxicillin: allergy to penicillin.\n"));
    CHECK_FALSE(stated("Subjective\nAllergies: latex.\nTook penicillin once.\n"));
}

TEST_CASE("a list that counts what it does not name is accepted where it adds up") {
    auto p = tests::example_patient();
    p.diagnoses.clear();
    for (int i = 0; i < 40; ++i) p.diagnoses.push_back("icd10|Z" + std::to_string(500 + i));
    const std::string note = note_of(p);
    const Verdict good = judged(note, p);
    CAPTURE(judge::to_json(good));
    CHECK(find(good, "COM-SHORTENED") != nullptr);
    CHECK(find(good, "COM-DIAGNOSIS") == nullptr);
    CHECK(good.passed);
    CHECK(good.score(Criterion::Accuracy) == 5.0);
    const Verdict wrong = judged(replaced(note, "and 30 more", "and 20 more"), p);
    CHECK(find(wrong, "COM-DIAGNOSIS") != nullptr);
    CHECK(wrong.score(Criterion::Completeness) < good.score(Criterion::Completeness));
}

namespace {

features::PatientSummary with_diagnoses(std::vector<std::string> diagnoses) {
    auto p = tests::example_patient();
    p.diagnoses = std::move(diagnoses);
    return p;
}

std::string note_with(const std::string& subjective, const std::string& assessment, const std::string& plan) {
    return "## Subjective\n\n- " + subjective +
           "\n\n## Objective\n\n- Heart rate: average 105.6/min.\n\n## Assessment\n\n- " + assessment +
           "\n\n## Plan\n\n- " + plan + "\n";
}

bool finds(const features::PatientSummary& p, const std::string& note, const std::string& rule) {
    const auto verdict = judge::GroundedJudge{}.judge(note, p);
    return std::any_of(verdict.findings.begin(), verdict.findings.end(), [&](const auto& f) { return f.rule == rule; });
}

}  // namespace

TEST_CASE("a note that treats a diagnosis which the record rules out is flagged, one that does not is not") {
    const auto ruled_out = with_diagnoses({"Tuberculosis ruled out"});
    const auto flagged = [&](const std::string& assessment, const std::string& plan) {
        return finds(ruled_out, note_with("Diagnoses on record: Tuberculosis ruled out", assessment, plan),
                     "ACC-RULED-OUT");
    };
    CHECK(flagged("Tuberculosis: recorded as Tuberculosis ruled out", "Monitor vital signs; every hour; ward nurse."));
    CHECK(flagged("Active tuberculosis.", "Monitor vital signs; every hour; ward nurse."));
    CHECK(flagged("Cough.", "Start tuberculosis treatment; today; ward physician."));
    CHECK(flagged("Cough.", "Keep airborne isolation until cleared; now; infection control nurse."));
    for (const char* assessment :
         {"Tuberculosis ruled out.", "Tuberculosis was ruled out, cough improving.", "No tuberculosis.",
          "Cough, no evidence of TB.", "Possible tuberculosis was considered.", "Family history of tuberculosis."}) {
        CAPTURE(assessment);
        CHECK_FALSE(flagged(assessment, "Monitor vital signs; every hour; ward nurse."));
        CHECK_FALSE(finds(ruled_out, note_with("Cough.", assessment, "Monitor vital signs; every hour; ward nurse."),
                          "REL-UNRECORDED-DIAGNOSIS"));
        CHECK_FALSE(finds(ruled_out, note_with("Cough.", assessment, "Monitor vital signs; every hour; ward nurse."),
                          "ACC-NEGATION"));
    }
    CHECK(finds(with_diagnoses({"Family history of diabetes mellitus"}),
                note_with("Cough.", "Diabetes mellitus.", "Check glucose; daily; nurse."), "ACC-RULED-OUT"));
    CHECK_FALSE(finds(with_diagnoses({"Diabetes mellitus"}),
                      note_with("Cough.", "Diabetes mellitus.", "Check glucose; daily; nurse."), "ACC-RULED-OUT"));
    CHECK_FALSE(finds(with_diagnoses({"Pulmonary hypertension"}),
                      note_with("Cough.", "Pulmonary hypertension.", "Echo; today; doctor."),
                      "REL-UNRECORDED-DIAGNOSIS"));
}

TEST_CASE("a recorded diagnosis is denied before or behind its name") {
    const auto p = with_diagnoses({"Pulmonary tuberculosis"});
    const auto denied = [&](const std::string& text) {
        return finds(p, note_with("Cough.", text, "Monitor vital signs; every hour; ward nurse."), "ACC-NEGATION");
    };
    CHECK(denied("No tuberculosis."));
    CHECK(denied("Tuberculosis was ruled out."));
    CHECK(denied("Tuberculosis, ruled out."));
    CHECK_FALSE(denied("Tuberculosis, influenza ruled out."));
    CHECK_FALSE(denied("Influenza ruled out, tuberculosis confirmed."));
    CHECK_FALSE(denied("Tuberculosis under treatment."));
}

TEST_CASE("template notes on denied diagnoses and allergies pass without a finding") {
    auto p =
        with_diagnoses({"Tuberculosis ruled out", "Family history of diabetes mellitus", "Type 2 diabetes (resolved)",
                        "Pulmonary hypertension", "Hypertensive heart disease without heart failure"});
    for (const std::vector<std::string>& allergies : {std::vector<std::string>{"No known drug allergies"},
                                                      {"No penicillin allergy"},
                                                      {"Penicillin (refuted)"},
                                                      {"No penicillin allergy", "Latex"}}) {
        p.allergies = allergies;
        p.medications = {"Amoxicillin 500 mg"};
        const std::string note = models::to_markdown(models::TemplateNoteWriter{}.write(p));
        const auto verdict = judge::GroundedJudge{}.judge(note, p);
        CAPTURE(note, judge::to_markdown(verdict));
        CHECK(note.find("Hold amoxicillin") == std::string::npos);
        CHECK(verdict.passed);
        CHECK(verdict.findings.empty());
    }
}

TEST_CASE("template notes on coded allergies pass without a finding, and a note without the conflict is flagged") {
    auto p = with_diagnoses({"Gout", "icd9|V140"});
    p.medications = {"Amoxicillin 500 mg"};
    for (const std::vector<std::string>& allergies :
         {std::vector<std::string>{}, {"rxnorm|7980"}, {"rxnorm|999999999"}, {"snomed|409137002"}}) {
        p.allergies = allergies;
        const std::string note = models::to_markdown(models::TemplateNoteWriter{}.write(p));
        const auto verdict = judge::GroundedJudge{}.judge(note, p);
        CAPTURE(note, judge::to_markdown(verdict));
        CHECK(note.find("Hold amoxicillin") != std::string::npos);
        CHECK(verdict.passed);
        CHECK(verdict.findings.empty());
    }
    CHECK(finds(p, note_with("Active medications: amoxicillin 500 mg.", "Gout.", "Continue amoxicillin; daily; nurse."),
                "SAF-ALLERGY"));
}

TEST_CASE("an allergy that the record denies is neither asked for nor to be acted on") {
    auto p = tests::example_patient();
    p.allergies = {"No known drug allergies"};
    p.medications = {"Amoxicillin 500 mg"};
    const auto found = [&](const std::string& subjective, const std::string& plan, const char* rule) {
        return finds(p, note_with(subjective, "Pulmonary tuberculosis.", plan), rule);
    };
    const std::string plan = "Send sputum; today; ward nurse.";
    for (const char* rule : {"COM-ALLERGY", "COM-ALLERGY-STATUS", "ACC-NEGATION", "SAF-ALLERGY-DENIED"}) {
        CAPTURE(rule);
        CHECK_FALSE(found("Allergies: NKDA.", plan, rule));
    }
    CHECK(found("Cough.", plan, "COM-ALLERGY-STATUS"));
    CHECK(found("Allergies: penicillin.", plan, "ACC-DRUG"));
    CHECK_FALSE(found("Not allergic to penicillin.", plan, "ACC-DRUG"));
    CHECK(found("Allergies: NKDA.", "Hold amoxicillin because of the allergy conflict; now; prescriber.", "ACC-DRUG"));
    p.allergies = {"Latex"};
    CHECK_FALSE(found("Allergies: no penicillin allergy; latex.", plan, "ACC-NEGATION"));
    CHECK(found("No allergy to latex.", plan, "ACC-NEGATION"));
    CHECK(found("Allergies: no known drug allergies.", plan, "ACC-NEGATION"));
    CHECK(found("Allergies: no.", plan, "SAF-ALLERGY-DENIED"));
    p.allergies = {"No penicillin allergy", "Amoxicillin"};
    CHECK_FALSE(found("Allergies: amoxicillin.", "Hold amoxicillin because of the allergy conflict; now; prescriber.",
                      "ACC-DRUG"));
}

TEST_CASE("a red score is neither invented nor denied, and the plan must answer it") {
    auto p = tests::example_patient();
    p.worst_news2 = 3;
    const auto found = [&](const std::string& assessment, const std::string& plan, const char* rule) {
        return finds(p, note_with("Cough.", assessment, plan), rule);
    };
    const std::string quiet = "Send sputum; today; ward nurse.";
    p.news2_red = true;
    CHECK(found("Pulmonary tuberculosis.", quiet, "SAF-NOT-ESCALATED"));
    CHECK_FALSE(found("Pulmonary tuberculosis.", "Inform the medical team; now; nurse.", "SAF-NOT-ESCALATED"));
    CHECK(found("NEWS2 3, no red score.", quiet, "ACC-NEGATION"));
    CHECK_FALSE(found("NEWS2 3, a red score.", quiet, "ACC-CONDITION"));
    p.worst_news2 = 4;
    CHECK_FALSE(found("NEWS2 with 3 in a single parameter.", quiet, "ACC-NUMBER"));
    p.news2_red = false;
    CHECK_FALSE(found("Pulmonary tuberculosis.", quiet, "SAF-NOT-ESCALATED"));
    CHECK(found("NEWS2 4, a red score.", quiet, "ACC-CONDITION"));
    CHECK_FALSE(found("NEWS2 4, no red score.", quiet, "ACC-NEGATION"));
    p.worst_news2 = 5;
    CHECK(found("Pulmonary tuberculosis.", quiet, "SAF-NOT-ESCALATED"));
    CHECK_FALSE(found("Pulmonary tuberculosis.", "Urgent review; now; doctor.", "SAF-NOT-ESCALATED"));
}
