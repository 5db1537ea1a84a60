#include "assay/tracking/run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "assay/base/error.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/names.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;

std::vector<Record> read_all(const fs::path& folder) {
    std::vector<Record> records;
    for (const auto& path : list_segments(folder)) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) records.push_back(decode(frame.kind, frame.payload));
    }
    return records;
}

template <typename T>
std::vector<T> all_of(const fs::path& folder) {
    std::vector<T> found;
    for (const auto& record : read_all(folder)) {
        if (const auto* typed = std::get_if<T>(&record)) found.push_back(*typed);
    }
    return found;
}

TEST_CASE("run: what is logged stands in the journal in order, with names and status") {
    const TemporaryFolder folder;
    std::string id;
    {
        Run run{{.experiment = "icu/Judge_Evaluation",
                 .run_name = "judge_eval_M00001",
                 .journal = folder.path(),
                 .tags = {{"data", "made up"}}}};
        id = run.id();
        run.log_metric("loss", 0.5, 3);
        run.log_metrics({{"a", 1}, {"b", 2}}, 4);
        run.log_param("model", "forest");
        run.set_tag("stage", "gold");
        run.log_text("hello", "notes/hello.txt");
    }
    const auto records = read_all(folder.path());
    REQUIRE(records.size() == 8);
    const auto& begin = std::get<CreateRun>(records[0]);
    CHECK(begin.run == id);
    CHECK(begin.experiment == "icu/Judge_Evaluation");
    CHECK(begin.name == "judge_eval_M00001");
    CHECK(begin.tags == std::map<std::string, std::string>{{"data", "made up"}});
    CHECK(records[1] == Record(Metric{id, "loss", 0.5, 3}));
    CHECK(records[2] == Record(Metric{id, "a", 1, 4}));
    CHECK(records[3] == Record(Metric{id, "b", 2, 4}));
    CHECK(records[4] == Record(Param{id, "model", "forest"}));
    CHECK(records[5] == Record(Tag{id, "stage", "gold"}));
    // SHA-256 of "hello": FIPS 180-4 by any other implementation.
    CHECK(records[6] == Record(Artifact{id, "notes/hello.txt",
                                        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", 5}));
    CHECK(records[7] == Record(EndRun{id, RunStatus::finished}));
}

TEST_CASE("run: an exception that passes ends it as FAILED, an earlier one does not") {
    const TemporaryFolder folder;
    try {
        const Run run{{.journal = folder.path()}};
        throw std::runtime_error("stop");
    } catch (const std::runtime_error&) {
        const Run inside_handler{{.journal = folder.path()}};
    }
    const auto ends = all_of<EndRun>(folder.path());
    REQUIRE(ends.size() == 2);
    CHECK(ends[0].status == RunStatus::failed);
    CHECK(ends[1].status == RunStatus::finished);
}

TEST_CASE("run: end happens once, and nothing is logged after it") {
    const TemporaryFolder folder;
    {
        Run run{{.journal = folder.path()}};
        run.end(RunStatus::killed);
        run.end();
        CHECK(run.ended());
        CHECK_THROWS_AS(run.log_metric("a", 1), StateError);
        CHECK_THROWS_AS(run.log_param("a", "1"), StateError);
        CHECK_THROWS_AS(run.set_tag("a", "1"), StateError);
        CHECK_THROWS_AS(run.log_text("a", "1"), StateError);
    }
    const auto ends = all_of<EndRun>(folder.path());
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].status == RunStatus::killed);
}

TEST_CASE("run: a nested run names its parent, and a run without a name gets one") {
    const TemporaryFolder folder;
    const Run parent{{.journal = folder.path()}};
    const Run child{{.journal = folder.path(), .parent_run_id = parent.id()}};
    CHECK(all_of<CreateRun>(folder.path()).at(1).parent == parent.id());
    CHECK_FALSE(parent.name().empty());
    CHECK(parent.id() != child.id());
    CHECK(parent.id().size() == 32);
}

TEST_CASE("run: a parameter is set once") {
    const TemporaryFolder folder;
    Run run{{.journal = folder.path()}};
    run.log_param("depth", "3");
    run.log_param("depth", "3");
    CHECK_THROWS_AS(run.log_param("depth", "5"), ValueError);
    CHECK(all_of<Param>(folder.path()).size() == 1);
}

TEST_CASE("run: a forked child logs into the run and does not end it") {
    const TemporaryFolder folder;
    {
        Run run{{.journal = folder.path()}};
        const pid_t child = ::fork();
        if (child == 0) {
            run.log_metric("from_child", 1);
            run.~Run();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        REQUIRE(status == 0);
    }
    CHECK(all_of<EndRun>(folder.path()).size() == 1);
    const auto metrics = all_of<Metric>(folder.path());
    REQUIRE(metrics.size() == 1);
    CHECK(metrics[0].key == "from_child");
}

TEST_CASE("run: one of the journal is gone on with, parameters included") {
    const TemporaryFolder folder;
    std::string id;
    {
        Run first{{.experiment = "icu/Test", .run_name = "night", .journal = folder.path()}};
        id = first.id();
        first.log_param("model", "forest");
    }
    Run again{
        {.experiment = "other", .run_name = "other", .journal = folder.path(), .tags = {{"part", "2"}}, .run_id = id}};
    CHECK(again.id() == id);
    CHECK(again.name() == "night");
    CHECK(again.experiment() == "icu/Test");
    CHECK_NOTHROW(again.log_param("model", "forest"));
    CHECK_THROWS_AS(again.log_param("model", "tree"), ValueError);
    again.log_metric("loss", 0.5);
    for (const std::string bad : {"abc", "ABCDEF00ABCDEF00ABCDEF00ABCDEF00", "../../../etc/passwd/aaaaaaaaaaaaa"}) {
        CHECK_THROWS_AS(Run({.journal = folder.path(), .run_id = bad}), ValueError);
    }
}

TEST_CASE("run: a dataset needs a name and a digest that MLflow can hold") {
    const TemporaryFolder folder;
    Run run{{.journal = folder.path()}};
    CHECK_THROWS_AS(run.log_input({"", "d", "", "", "", ""}), ValueError);
    CHECK_THROWS_AS(run.log_input({"name", "", "", "", "", ""}), ValueError);
    CHECK_THROWS_AS(run.log_input({"name", std::string(37, 'd'), "", "", "", ""}), ValueError);
    CHECK_NOTHROW(run.log_input({"name", std::string(36, 'd'), "", "", "", ""}));
}

TEST_CASE("run: of a dataset's profile that is too long a note is kept and what fits, and the dataset is not lost") {
    const TemporaryFolder folder;
    constexpr std::size_t mebibyte = 1 << 20;
    const std::string profile = nlohmann::json{{"num_rows", 7}, {"nulls", std::string(20 * mebibyte, 'n')}}.dump();
    std::string wide;  // three bytes a character
    for (int i = 0; i < 1'048'575; ++i) wide += "가";
    {
        Run run{{.journal = folder.path()}};
        run.log_input({"whole", "1", "local", "{}", "{}", R"({"num_rows": 7})"});
        run.log_input({"long", "2", "local", "{}", "{}", profile}, "training");
        run.log_input({"text", "3", "local", "{}", "{}", std::string(2 * mebibyte, '"')});
        run.log_input({"fits", "4", "local", "{}", wide, R"({"num_rows": 7})"});
        run.log_input({"wide", "5", "local", "{}", std::string(1'048'575, '\1'), std::string(mebibyte, '\1')});
    }
    std::map<std::string, nlohmann::json> kept;
    for (const auto& document : all_of<Document>(folder.path())) {
        const auto body = nlohmann::json::parse(document.body).at("dataset");
        kept[body.at("name")] = body;
    }
    REQUIRE(kept.size() == 5);
    CHECK(kept["whole"]["profile"] == R"({"num_rows": 7})");
    const auto cut = nlohmann::json::parse(kept["long"]["profile"].get<std::string>());
    CHECK(cut.at("num_rows") == 7);
    CHECK(cut.at("truncated").get<std::string>().find(std::to_string(profile.size()) + " bytes") != std::string::npos);
    CHECK_FALSE(cut.contains("nulls"));
    CHECK(nlohmann::json::parse(kept["text"]["profile"].get<std::string>()).contains("truncated"));
    CHECK(kept["fits"]["schema"] == wide);
    CHECK(kept["wide"]["schema"].get<std::string>().find("truncated") != std::string::npos);
}

TEST_CASE("run: an artifact is what the file was when it was logged") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "note.txt";
    std::ofstream(file) << "first";
    Run run{{.journal = folder.path() / "journal"}};
    run.log_artifact(file, "soap_notes");
    std::ofstream(file) << "second";
    run.log_artifact(file, "soap_notes");
    fs::remove(file);
    const auto artifacts = all_of<Artifact>(folder.path() / "journal");
    REQUIRE(artifacts.size() == 2);
    const ArtifactStore store(folder.path() / "journal" / "artifacts");
    CHECK(artifacts[0].path == "soap_notes/note.txt");
    CHECK(artifacts[0].size == 5);
    CHECK(artifacts[1].size == 6);
    CHECK(store.verify(artifacts[0].sha256));
    CHECK(store.verify(artifacts[1].sha256));
    std::ofstream(store.path(artifacts[0].sha256)) << "other";
    CHECK_FALSE(store.verify(artifacts[0].sha256));
    CHECK_FALSE(store.verify(std::string(64, '0')));
}

TEST_CASE("run: a folder of artifacts keeps its shape, what is no file or folder is named") {
    const TemporaryFolder folder;
    fs::create_directories(folder.path() / "in" / "deep");
    std::ofstream(folder.path() / "in" / "a.txt") << "a";
    std::ofstream(folder.path() / "in" / "deep" / "b.txt") << "b";
    Run run{{.journal = folder.path() / "journal"}};
    run.log_artifacts(folder.path() / "in", "out");
    const auto artifacts = all_of<Artifact>(folder.path() / "journal");
    REQUIRE(artifacts.size() == 2);
    CHECK(artifacts[0].path == "out/a.txt");
    CHECK(artifacts[1].path == "out/deep/b.txt");
    CHECK_THROWS_AS(run.log_artifact(folder.path() / "in"), IoError);
    CHECK_THROWS_AS(run.log_artifact(folder.path() / "absent"), IoError);
    CHECK_THROWS_AS(run.log_artifacts(folder.path() / "absent"), IoError);
}

TEST_CASE("names: MLflow's rules at their borders") {
    CHECK_NOTHROW(check_key("a", "metric"));
    CHECK_NOTHROW(check_key("val/loss 1.5-x_y:z", "metric"));
    CHECK_NOTHROW(check_key("\xEC\x8B\xAC\xEB\xB0\x95", "metric"));  // Hangul letters, as Python's \w
    CHECK_NOTHROW(check_key(std::string(250, 'k'), "metric"));
    for (const auto* bad : {"", "/a", "a/", "a//b", "a/../b", "..", ".", "./a", "..a", "a*b", "a\nb", "a%", "\xFF",
                            "\xC2\xB0", "\xED\xA0\x80"}) {
        CHECK_THROWS_AS(check_key(bad, "metric"), ValueError);
    }
    CHECK_THROWS_AS(check_key(std::string(251, 'k'), "metric"), ValueError);
    CHECK_NOTHROW(check_param_value("k", std::string(6000, 'v')));
    CHECK_THROWS_AS(check_param_value("k", std::string(6001, 'v')), ValueError);
    std::string wide;
    for (int i = 0; i < 6000; ++i) wide += "\xC3\xA9";
    CHECK_NOTHROW(check_param_value("k", wide));  // characters count, not bytes
    CHECK_NOTHROW(check_tag_value("k", std::string(8000, 'v')));
    CHECK_THROWS_AS(check_tag_value("k", std::string(8001, 'v')), ValueError);
    CHECK_THROWS_AS(check_tag_value("k", "\x80"), ValueError);
    CHECK_NOTHROW(check_experiment_name("/Shared/icu"));
    CHECK_THROWS_AS(check_experiment_name(" "), ValueError);
    CHECK_THROWS_AS(check_experiment_name(std::string(501, 'e')), ValueError);
    for (const auto* bad : {"", "/etc/passwd", "../x", "a/../b", "a\\b", "a//b", "a?b"}) {
        CHECK_THROWS_AS(check_artifact_path(bad), ValueError);
    }
    CHECK_NOTHROW(check_artifact_path("", true));
}

TEST_CASE("names: an error text names the key and holds no value") {
    try {
        check_param_value("address", std::string(7000, 'x'));
        FAIL("no error");
    } catch (const ValueError& e) {
        const std::string text = e.what();
        CHECK(text.find("address") != std::string::npos);
        CHECK(text.find("xxx") == std::string::npos);
    }
}

}  // namespace
}  // namespace assay::tracking
