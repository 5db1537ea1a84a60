#include "assay/judge/correction_report.hpp"

#include <nlohmann/json.hpp>

#include "assay/judge/grounded_judge.hpp"
#include "assay/models/template_note.hpp"
#include "catch.hpp"
#include "made_up_patients.hpp"

using namespace assay;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string good_note() { return models::to_markdown(models::TemplateNoteWriter{}.write(tests::example_patient())); }

}  // namespace

TEST_CASE("corrections bring a changed number, a swapped unit and a dropped allergy back") {
    std::string note = replaced(good_note(), "average 105.6/min", "average 165.6/min");
    note = replaced(note, "average 37.96°C", "average 37.96°F");
    note = replaced(note, "- Allergies: Penicillin. [allergies]\n", "");
    const auto report = judge::correct(note, tests::example_patient(), judge::GroundedJudge{});
    CAPTURE(report.corrected);
    CHECK(report.after.overall > report.before.overall);
    CHECK(report.after.score(judge::Criterion::Accuracy) == 5.0);
    CHECK(report.after.score(judge::Criterion::Completeness) == 5.0);
    CHECK(report.applied.size() == 3);
    CHECK(report.corrected.find("average 105.6/min") != std::string::npos);
    CHECK(report.corrected.find("Allergies: Penicillin") != std::string::npos);
}

TEST_CASE("a good note stays as it is, and what needs a person is left") {
    const auto same = judge::correct(good_note(), tests::example_patient(), judge::GroundedJudge{});
    CHECK(same.corrected == good_note());
    CHECK(same.applied.empty());

    const std::string note =
        replaced(good_note(), "- Give oxygen", "- Start amoxicillin 500 mg now; ward physician.\n- Give oxygen");
    const auto report = judge::correct(note, tests::example_patient(), judge::GroundedJudge{});
    CHECK(report.left.size() == 1);
    CHECK(report.left.front().rule == "SAF-ALLERGY");
    CHECK(judge::to_markdown(report).find("Left to a person:\n\n- SAF-ALLERGY (critical)") != std::string::npos);
    CHECK(nlohmann::json::parse(judge::to_json(report)).contains("after"));
}

TEST_CASE("the report lists each line before and after, with its section") {
    const std::string note = replaced(good_note(), "average 105.6/min", "average 165.6/min");
    const auto report = judge::correct(replaced(note, "- Allergies: Penicillin. [allergies]\n", ""),
                                       tests::example_patient(), judge::GroundedJudge{});
    REQUIRE(report.applied.size() == 2);
    CHECK(report.applied[0].section == "Objective");
    CHECK(report.applied[0].line_before.starts_with("Heart rate: average 165.6/min"));
    CHECK(report.applied[0].line_after.starts_with("Heart rate: average 105.6/min"));
    CHECK(report.applied[0].begin ==
          static_cast<assay::index>(note.find("165.6") - std::string("- Allergies: Penicillin. [allergies]\n").size()));
    CHECK(report.applied[1].section == "Subjective");
    CHECK(report.applied[1].line_after == "Allergies: Penicillin.");
    CHECK_FALSE(report.applied[1].begin);
    const std::string text = judge::to_markdown(report);
    CHECK(text.find("1. Objective, ACC-NUMBER: ") != std::string::npos);
    CHECK(text.find("    - before: `Heart rate: average 165.6/min") != std::string::npos);
    CHECK(text.find("    - added: `Allergies: Penicillin.`") != std::string::npos);
    CHECK(judge::to_html(report).find("<del>Heart rate: average 165.6/min") != std::string::npos);
}

TEST_CASE("a denied allergy is corrected once, and no text of the note becomes markup") {
    const auto report =
        judge::correct(replaced(good_note(), "Allergies: Penicillin", "No known drug allergies <b>`x`</b>"),
                       tests::example_patient(), judge::GroundedJudge{});
    CHECK(report.applied.size() == 1);
    CHECK(report.corrected.find("Allergies: Penicillin <b>") != std::string::npos);
    CHECK(judge::to_html(report).find("<b>`x`") == std::string::npos);
    CHECK(judge::to_markdown(report).find("`` Allergies: Penicillin <b>`x`</b>") != std::string::npos);
}

TEST_CASE("a judge that is never content ends after some rounds") {
    struct Restless final : judge::Judge {
        judge::Verdict judge(std::string_view note, const features::PatientSummary&) const override {
            judge::Verdict v;
            if (!note.empty())
                v.findings.push_back({"X", judge::Criterion::Accuracy, judge::Severity::Minor, "m", 0, 1,
                                      std::string(note.substr(0, 1)), "", note[0] == 'a' ? "b" : "a"});
            return v;
        }
    };
    const auto report = judge::correct("a\xC3", {}, Restless{});
    CHECK(report.applied.size() == 4);
    CHECK(report.left.size() == 1);  // what the last round found is not lost
    CHECK(judge::correct("", {}, Restless{}).corrected.empty());
}

TEST_CASE("corrections that overlap one that was applied are named in the report") {
    struct Overlapping final : judge::Judge {
        judge::Verdict judge(std::string_view note, const features::PatientSummary&) const override {
            judge::Verdict v;
            const auto find = [&](const char* rule, assay::index begin, assay::index end, const char* correction) {
                v.findings.push_back(
                    {rule, judge::Criterion::Accuracy, judge::Severity::Minor, "m", begin, end,
                     std::string(note.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))),
                     "", correction});
            };
            if (note == "high fever") {
                find("FIRST", 0, 10, "no fever");
                find("SAME", 0, 10, "no fever");
                find("OVER", 5, 10, "temperature");
            } else if (note == "a b") {
                find("FIRST", 0, 3, "c d");
                find("LATER", 2, 3, "e");
            } else if (note == "c d") {
                find("LATER", 2, 3, "e");
            }
            return v;
        }
    };
    const auto report = judge::correct("high fever", {}, Overlapping{});
    CHECK(report.corrected == "no fever");
    REQUIRE(report.overlapped.size() == 1);
    CHECK(report.overlapped.front().rule == "OVER");
    CHECK(judge::to_markdown(report).find("left out as overlapping: 1") != std::string::npos);
    CHECK(judge::to_html(report).find("OVER") != std::string::npos);
    CHECK(nlohmann::json::parse(judge::to_json(report))["overlapped"][0]["after"] == "temperature");
    const auto later = judge::correct("a b", {}, Overlapping{});
    CHECK(later.corrected == "c e");
    CHECK(later.overlapped.empty());
}

TEST_CASE("a missing precaution is added once, under its heading, and is not flagged itself") {
    const judge::GroundedJudge judge;
    for (const std::string note :
         {std::string("The patient is fine. Heart rate: average 300/min."),
          std::string("# Subjective\n\n- Cough.\n\n# Plan\n\n- Repeat blood pressure; now; nurse.\n")}) {
        const auto report = judge::correct(note, tests::example_patient(), judge);
        CAPTURE(report.corrected);
        const std::string line = "Return or call for help at once if symptoms get worse.";
        const std::size_t at = report.corrected.find(line);
        REQUIRE(at != std::string::npos);
        CHECK(report.corrected.find(line, at + 1) == std::string::npos);
        CHECK(report.corrected.find("Safety net\n\n- Return") != std::string::npos);
        for (const auto& finding : report.left) {
            CAPTURE(finding.rule, finding.evidence);
            CHECK(finding.rule != "ACT-NO-RETURN-PRECAUTIONS");
            CHECK(finding.evidence.find("Return or call") == std::string::npos);
        }
    }
}

TEST_CASE("a corrected number keeps the record's decimals") {
    const std::string note = replaced(good_note(), "average 91.9%", "average 97%");
    const auto report = judge::correct(note, tests::example_patient(), judge::GroundedJudge{});
    CAPTURE(report.corrected);
    CHECK(report.corrected.find("average 91.9%") != std::string::npos);
}
