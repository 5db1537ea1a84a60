#include <algorithm>
#include <map>
#include <optional>

#include "assay/judge/grounded_judge.hpp"
#include "assay/models/template_note.hpp"
#include "catch.hpp"
#include "made_up_patients.hpp"

// How often the judge finds a planted defect, over made-up patients that nothing was tuned on. The figures stand in
// docs/adr/0006-note-and-judge.md; print them with: assay_judge_tests "planted*" -s

using namespace assay;
using judge::Criterion;
using judge::Verdict;

namespace {

constexpr std::uint64_t kFirstSeed = 20'000;
constexpr std::uint64_t kSeeds = 300;

/// A note with one thing wrong; a span where a finding must point at it, none where something is missing.
struct Planted {
    std::string text;
    Criterion criterion = Criterion::Accuracy;
    std::optional<std::size_t> begin;
    std::size_t length = 0;
};

struct Tally {
    assay::index planted = 0;
    assay::index lowered = 0;
    assay::index named = 0;
};

std::optional<Planted> swapped(const std::string& note, const std::string& from, const std::string& to,
                               Criterion criterion, std::size_t start = 0) {
    const std::size_t at = note.find(from, start);
    if (at == std::string::npos) return std::nullopt;
    std::string text = note;
    text.replace(at, from.size(), to);
    return Planted{text, criterion, at, to.size()};
}

/// The first digit of the first average made another one.
std::optional<Planted> changed_digit(const std::string& note) {
    const std::string before = ": average ";
    const std::size_t at = note.find(before);
    if (at == std::string::npos) return std::nullopt;
    std::string text = note;
    char& digit = text[at + before.size()];
    digit = digit == '9' ? '8' : static_cast<char>(digit + 1);
    return Planted{text, Criterion::Accuracy, at + before.size(), 1};
}

std::optional<Planted> without_line(const std::string& note, const std::string& start, Criterion criterion) {
    const std::size_t at = note.find(start);
    if (at == std::string::npos) return std::nullopt;
    return Planted{note.substr(0, at) + note.substr(note.find('\n', at) + 1), criterion, std::nullopt, 0};
}

std::optional<Planted> without_plan(const std::string& note) {
    return Planted{note.substr(0, note.find("## Plan")) + note.substr(note.find("## Safety net")),
                   Criterion::Actionability, std::nullopt, 0};
}

std::optional<Planted> pasted(const std::string& note) {
    const std::string text =
        "The harbour festival opened with a brass band, and the mayor thanked the bakers for eleven hundred almond "
        "rolls before the "
        "rowing clubs raced to the old lighthouse and back in the rain.\n";
    return Planted{note + "\n" + text, Criterion::Relevance, note.size() + 1, text.size()};
}

bool points_at(const judge::Finding& f, const Planted& p) {
    if (f.criterion != p.criterion) return false;
    if (!p.begin) return !f.begin;
    return f.begin &&
           static_cast<std::size_t>(*f.begin)<*p.begin + p.length&& static_cast<std::size_t>(*f.end)> * p.begin;
}

std::map<std::string, std::optional<Planted>> defects(const std::string& note, const features::PatientSummary& p) {
    std::map<std::string, std::optional<Planted>> out;
    out["changed digit"] = changed_digit(note);
    out["mmHg as kPa"] = swapped(note, " mmHg", " kPa", Criterion::Accuracy);
    out["Celsius as Fahrenheit"] = swapped(note, "°C", "°F", Criterion::Accuracy);
    out["flipped negation"] = swapped(note, "**Fever**: maximum", "No fever: maximum", Criterion::Accuracy);
    out["missing plan"] = without_plan(note);
    out["pasted text"] = pasted(note);
    if (!p.allergies.empty()) {
        out["dropped allergy"] = without_line(note, "- Allergies:", Criterion::Completeness);
        out["denied allergy"] = swapped(note, "Allergies: ", "No known drug allergies. ", Criterion::Accuracy);
    }
    return out;
}

}  // namespace

TEST_CASE("planted defects lower the score of their dimension and are named, for every made-up patient") {
    std::map<std::string, Tally> tallies;
    for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) {
        const auto p = tests::random_patient(seed);
        const std::string note = models::to_markdown(models::TemplateNoteWriter{}.write(p));
        const Verdict good = judge::GroundedJudge{}.judge(note, p);
        for (const auto& [kind, planted] : defects(note, p)) {
            if (!planted) continue;
            Tally& tally = tallies[kind];
            ++tally.planted;
            const Verdict bad = judge::GroundedJudge{}.judge(planted->text, p);
            const bool lowered = bad.score(planted->criterion) < good.score(planted->criterion);
            const bool named = std::any_of(bad.findings.begin(), bad.findings.end(),
                                           [&](const auto& f) { return points_at(f, *planted); });
            tally.lowered += lowered;
            tally.named += named;
            CAPTURE(seed, kind, planted->text, judge::to_json(bad));
            CHECK((lowered && named));
        }
    }
    CHECK(tallies.size() == 8);
    for (const auto& [kind, tally] : tallies) {
        INFO(kind << ": planted " << tally.planted << ", score lowered " << tally.lowered << ", named " << tally.named);
        CHECK(tally.planted >= 50);
    }
}

TEST_CASE("planted nothing: unchanged notes raise no false alarm, and another patient's note never passes") {
    assay::index alarms = 0;
    assay::index passed_elsewhere = 0;
    for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) {
        const auto p = tests::random_patient(seed);
        const std::string note = models::to_markdown(models::TemplateNoteWriter{}.write(p));
        const Verdict good = judge::GroundedJudge{}.judge(note, p);
        CAPTURE(seed, note, judge::to_json(good));
        CHECK(good.passed);
        for (const auto& f : good.findings) {
            // A cross-reaction is a fact of the record, not of the note.
            const bool alarm = f.severity != judge::Severity::Info && f.rule != "SAF-CROSS-REACTIVITY";
            alarms += alarm;
            CHECK_FALSE(alarm);
        }
        passed_elsewhere += judge::GroundedJudge{}.judge(note, tests::random_patient(seed + kSeeds)).passed;
    }
    INFO("notes " << kSeeds << ", findings on unchanged notes " << alarms << ", notes of another patient that passed "
                  << passed_elsewhere);
    CHECK(alarms == 0);
    CHECK(passed_elsewhere == 0);
}
