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

    const std::string note = replaced(good_note(), "- Give oxygen", "- Start amoxicillin 500 mg now; ward physician.\n- Give oxygen");
    const auto report = judge::correct(note, tests::example_patient(), judge::GroundedJudge{});
    CHECK(report.left.size() == 1);
    CHECK(judge::to_markdown(report).find("left to a person: SAF-ALLERGY") != std::string::npos);
    CHECK(nlohmann::json::parse(judge::to_json(report)).contains("after"));
}
