#include "assay/tracking/sync.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>

#include "assay/base/error.hpp"
#include "assay/base/hash.hpp"
#include "assay/tracking/detail/ack_log.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/detail/frame.hpp"
#include "assay/tracking/detail/outgoing.hpp"
#include "assay/tracking/detail/server_folders.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/journal_status.hpp"
#include "assay/tracking/run.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;
using assay::tests::TemporaryFolder;

const http::Waiting no_waiting{.elapsed = {}, .sleep = [](std::chrono::milliseconds) {}};

MlflowClient client_of(const FakeMlflow& server) {
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 3;
    address.options.waiting = no_waiting;
    return MlflowClient(std::move(address));
}

SyncOptions options() {
    SyncOptions chosen;
    chosen.verify = false;
    chosen.retry.attempts = 3;
    chosen.waiting = no_waiting;
    return chosen;
}

void log_sample(const fs::path& journal) {
    Run run{{.experiment = "icu/Test", .run_name = "sample", .journal = journal}};
    for (int i = 0; i < 10; ++i) run.log_metric("loss", 0.5 * i, i, Timestamp{1'700'000'000'000'000});
    run.log_param("model", "forest");
    run.log_text("made-up note", "notes/a.txt");
}

bool is_call(const FakeRequest& request, const char* name) { return request.path.find(name) != std::string::npos; }

/// Answers the first `times` calls of `name` with `answer`; `applied`: the server did its work all the same.
FakeMlflow::Fault fail_first(FakeMlflow& server, const char* name, int times, FakeAnswer answer, bool applied = false) {
    return [&server, name, times, answer, applied](const FakeRequest& request, FakeAnswer& reply) mutable {
        if (times <= 0 || !is_call(request, name)) return false;
        --times;
        if (applied) server.apply(request);
        reply = answer;
        return true;
    };
}

void check_all_there(const FakeMlflow& server) {
    CHECK(server.runs.size() == 1);
    CHECK(server.points.size() == 10);
    CHECK(server.params.size() == 1);
    CHECK(server.artifacts.at("notes/a.txt") == "made-up note");
    CHECK(server.runs.begin()->second["run"]["info"]["status"] == "FINISHED");
}

TEST_CASE("sync: everything is delivered once, and acknowledged for good") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    const auto client = client_of(server);
    const auto report = sync(folder.path(), client, options());
    CHECK(report.complete);
    CHECK(report.runs_created == 1);
    CHECK(report.metrics == 10);
    CHECK(report.params == 1);
    CHECK(report.artifacts == 1);
    CHECK(report.runs_ended == 1);
    CHECK(report.problems.empty());
    check_all_there(server);
    const auto calls = server.requests.size();
    const auto again = sync(folder.path(), client, options());
    CHECK(again.complete);
    CHECK(again.metrics == 0);
    CHECK(server.requests.size() == calls);
}

TEST_CASE("sync: faults on every call lose nothing and double nothing") {
    const FakeAnswer empty{.body = ""};
    const FakeAnswer login{.body = "<html>sign in</html>", .type = "text/html"};
    const FakeAnswer cut{.body = R"({"run":)", .cut = 100};
    const FakeAnswer half{.body = R"({"run": {"info")"};
    const FakeAnswer busy{.status = 503, .body = "", .headers = "Retry-After: 1\r\n"};
    const FakeAnswer pool{.status = 400,
                          .body = R"({"error_code":"BAD_REQUEST","message":"QueuePool limit of size 5"})"};
    const FakeAnswer gone{.hang_up = true};
    for (const char* call :
         {"experiments/get-by-name", "runs/search", "runs/create", "runs/log-batch", "runs/update", "artifacts/list"}) {
        for (const auto& answer : {empty, login, cut, half, busy, pool, gone}) {
            for (const bool applied : {false, true}) {
                CAPTURE(call, answer.status, answer.body, answer.hang_up, applied);
                const auto folder = TemporaryFolder::in_memory();
                log_sample(folder.path());
                FakeMlflow server;
                server.fault = fail_first(server, call, 1, answer, applied);
                const auto report = sync(folder.path(), client_of(server), options());
                CHECK(report.complete);
                CHECK(report.set_aside.empty());
                check_all_there(server);
            }
        }
    }
}

fs::path state_folder(const fs::path& journal, const FakeMlflow& server) {
    return detail::server_folder(journal, server.url());
}

/// Damages what lies between the header and the last `keep` bytes before `end`: who reads it, says so.
void damage(const fs::path& segment, index end, index keep) {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(detail::segment_header_size);
    const std::string zeros(static_cast<std::size_t>(end - keep - detail::segment_header_size), '\0');
    file.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
}

TEST_CASE("sync: segments that the server has whole are not read again, by another process either") {
    const TemporaryFolder folder;
    for (int i = 0; i < 3; ++i) log_sample(folder.path());
    FakeMlflow server;
    const auto client = client_of(server);
    CHECK(sync(folder.path(), client, options()).run_ids.size() == 3);
    const auto segments = list_segments(folder.path());
    REQUIRE(segments.size() == 3);
    for (const auto& segment : segments) {
        damage(segment, static_cast<index>(fs::file_size(segment)), detail::frame_header_size);
    }
    log_sample(folder.path());
    const auto report = sync(folder.path(), client, options());
    CHECK(report.complete);
    CHECK(report.metrics == 10);
    CHECK(report.run_ids.size() == 4);
    CHECK(report.problems.empty());
    // Without the acknowledgements they are, and without the memory.
    const auto settled = state_folder(folder.path(), server) / "settled.json";
    fs::remove(state_folder(folder.path(), server) / (segments[0].filename().string() + ".ack"));
    CHECK(sync(folder.path(), client, options()).problems.size() == 1);
    fs::remove(settled);
    CHECK(sync(folder.path(), client, options()).problems.size() == 3);
}

TEST_CASE("sync: of a segment that is still written only what is new is read") {
    const TemporaryFolder folder;
    FakeMlflow server;
    const auto client = client_of(server);
    Run run{{.experiment = "icu/Test", .run_name = "long", .journal = folder.path()}};
    for (int i = 0; i < 10; ++i) run.log_metric("loss", i, i);
    CHECK(sync(folder.path(), client, options()).metrics == 10);
    const auto segment = list_segments(folder.path()).at(0);
    damage(segment, SegmentReader(segment).end(), 0);
    CHECK(sync(folder.path(), client, options()).problems.empty());
    run.log_metric("loss", 10, 10);
    run.log_param("model", "forest");
    const auto report = sync(folder.path(), client, options());
    CHECK(report.complete);
    CHECK(report.problems.empty());
    CHECK(report.metrics == 1);
    CHECK(report.params == 1);
    run.end();
    const auto last = sync(folder.path(), client, options());
    CHECK(last.complete);
    CHECK(last.runs_ended == 1);
    CHECK(server.runs.size() == 1);
    CHECK(server.points.size() == 11);
    CHECK(server.runs.begin()->second["run"]["info"]["run_name"] == "long");
}

TEST_CASE("sync: what was not taken keeps its segment unsettled") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = fail_first(server, "runs/update", 100, {.status = 503, .body = ""});
    const auto client = client_of(server);
    CHECK_FALSE(sync(folder.path(), client, options()).complete);
    server.fault = nullptr;
    const auto report = sync(folder.path(), client, options());
    CHECK(report.complete);
    CHECK(report.runs_ended == 1);
    check_all_there(server);
}

TEST_CASE("sync: an artifact that a login page swallowed is noticed by the listing and sent again") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = fail_first(server, "mlflow-artifacts", 1, {.body = "<html>sign in</html>", .type = "text/html"});
    CHECK(sync(folder.path(), client_of(server), options()).complete);
    check_all_there(server);
}

TEST_CASE("sync: a server that stays away leaves everything for later") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = fail_first(server, "/", 1000, {.hang_up = true});
    const auto first = sync(folder.path(), client_of(server), options());
    CHECK_FALSE(first.complete);
    CHECK_FALSE(first.stopped_by.empty());
    CHECK(first.remaining == 14);
    server.set_fault(nullptr);
    const auto second = sync(folder.path(), client_of(server), options());
    CHECK(second.complete);
    check_all_there(server);
}

TEST_CASE("sync: a server that goes away in between is taken up where it stopped") {
    for (int calls = 1; calls < 9; ++calls) {
        const TemporaryFolder folder;
        log_sample(folder.path());
        FakeMlflow server;
        server.fault = [&server, left = calls](const FakeRequest&, FakeAnswer& reply) mutable {
            if (left-- > 0) return false;
            reply.hang_up = true;
            return true;
        };
        const auto first = sync(folder.path(), client_of(server), options());
        server.set_fault(nullptr);
        const auto second = sync(folder.path(), client_of(server), options());
        CHECK(second.complete);
        CHECK(first.metrics + second.metrics == 10);
        check_all_there(server);
    }
}

TEST_CASE("sync: a refused record is set aside with the server's words, the rest delivered") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = [](const FakeRequest& request, FakeAnswer& reply) {
        if (!is_call(request, "log-batch") || request.body.find("\"forest\"") == std::string::npos) return false;
        reply = {400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"not this one"})"};
        return true;
    };
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(report.complete);
    REQUIRE(report.set_aside.size() == 1);
    CHECK(report.set_aside[0].kind == "param");
    CHECK(report.set_aside[0].key == "model");
    CHECK(report.set_aside[0].error_code == "INVALID_PARAMETER_VALUE");
    CHECK(report.set_aside[0].words == "not this one");
    CHECK(server.points.size() == 10);
    CHECK(sync(folder.path(), client_of(server), options()).set_aside.empty());
}

TEST_CASE("sync: refused credentials are an error without the token") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = fail_first(server, "/", 100, {.status = 401, .body = ""});
    ServerAddress address;
    address.url = server.url();
    address.options.credentials = http::Credentials::bearer(Secret("made-up-token"));
    try {
        sync(folder.path(), MlflowClient(std::move(address)), options());
        FAIL("no error");
    } catch (const AuthError& e) {
        CHECK(std::string(e.what()).find("made-up-token") == std::string::npos);
    }
}

TEST_CASE(
    "sync: a run that one may not write keeps no other run back, where nothing may be written, that is an error") {
    const TemporaryFolder folder;
    for (const char* experiment : {"icu/Allowed", "icu/Denied", "icu/Other"}) {
        Run run{{.experiment = experiment, .run_name = experiment, .journal = folder.path()}};
        run.log_metric("loss", 0.5);
    }
    const FakeAnswer denied{.status = 403, .body = R"({"error_code":"PERMISSION_DENIED","message":"no"})"};
    FakeMlflow server;
    server.fault = [&](const FakeRequest& request, FakeAnswer& reply) {
        if (request.body.find("icu/Denied") == std::string::npos || !is_call(request, "runs/create")) return false;
        reply = denied;
        return true;
    };
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(server.runs.size() == 2);
    CHECK(report.runs_ended == 2);
    CHECK_FALSE(report.complete);
    CHECK(report.problems.size() == 1);
    CHECK(report.set_aside.empty());

    FakeMlflow closed;
    closed.fault = fail_first(closed, "/", 1000, denied);
    CHECK_THROWS_AS(sync(folder.path(), client_of(closed), options()), AuthError);
}

TEST_CASE("sync: the records of a run that is deleted on the server wait for its return") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = [&](const FakeRequest& request, FakeAnswer& reply) {
        if (is_call(request, "runs/log-batch")) {
            reply = {.status = 400, .body = R"({"error_code":"INVALID_PARAMETER_VALUE","message":"not active"})"};
            return true;
        }
        if (!is_call(request, "runs/get")) return false;
        auto run = server.runs.begin()->second["run"];
        run["info"]["lifecycle_stage"] = "deleted";
        reply.body = nlohmann::json{{"run", run}}.dump();
        return true;
    };
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK_FALSE(report.complete);
    CHECK(report.set_aside.empty());
    CHECK(report.remaining >= 10);
    server.set_fault({});
    CHECK(sync(folder.path(), client_of(server), options()).complete);
    check_all_there(server);
}

TEST_CASE("sync: a store that only its own client writes is a problem told, not an error") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.artifact_root = "file:///srv/mlruns/1/";
    SyncOptions verified = options();
    verified.verify = true;
    const auto report = sync(folder.path(), client_of(server), verified);
    CHECK_FALSE(report.complete);
    CHECK(report.metrics == 10);
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].find("--serve-artifacts") != std::string::npos);
    REQUIRE(report.verified);
    CHECK_FALSE(report.verified->ok());      // this server gives no metrics back
    CHECK(report.verified->artifacts == 0);  // what was not delivered is not missed: `remaining` counts it
}

DatasetInput sample_dataset() {
    return {"vitals", "0123abcd", "local", R"({"uri":"vitals.csv"})", "", R"({"num_rows":3})"};
}

TEST_CASE("sync: a dataset goes to its run with its context, and once more after a lost answer") {
    const TemporaryFolder folder;
    {
        Run run{{.experiment = "icu/Test", .journal = folder.path()}};
        run.log_input(sample_dataset(), "training");
    }
    FakeMlflow server;
    server.fault = fail_first(server, "runs/log-inputs", 1, FakeAnswer{.body = ""}, true);
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(report.complete);
    CHECK(report.documents == 1);
    REQUIRE(server.inputs.size() == 1);
    const auto& input = server.inputs.at("0123abcd");
    CHECK(input["dataset"]["name"] == "vitals");
    CHECK(input["dataset"]["source"] == R"({"uri":"vitals.csv"})");
    CHECK_FALSE(input["dataset"].contains("schema"));
    CHECK(input["tags"][0]["key"] == "mlflow.data.context");
    CHECK(input["tags"][0]["value"] == "training");
    const auto calls = server.requests.size();
    CHECK(sync(folder.path(), client_of(server), options()).documents == 0);
    CHECK(server.requests.size() == calls);
}

TEST_CASE("sync: a run that began on the server is not created, and ends there again") {
    const std::string id = "0123456789abcdef0123456789abcdef";
    FakeMlflow server;
    const TemporaryFolder folder;
    {
        Run run{{.journal = folder.path(), .run_id = id}};
        run.log_metric("loss", 0.5);
    }
    const auto unknown = sync(folder.path(), client_of(server), options());
    CHECK_FALSE(unknown.complete);
    REQUIRE(unknown.problems.size() == 1);
    server.runs[id] = {{"uuid", ""},
                       {"run",
                        {{"info",
                          {{"run_id", id},
                           {"run_name", "elsewhere"},
                           {"experiment_id", "7"},
                           {"status", "RUNNING"},
                           {"start_time", 1},
                           {"artifact_uri", "mlflow-artifacts:/7/x/artifacts"}}},
                         {"data", nlohmann::json::object()}}}};
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(report.complete);
    CHECK(report.runs_created == 0);
    CHECK(report.run_ids.at(id) == id);
    CHECK(server.runs.size() == 1);
    CHECK(server.points.size() == 1);
    CHECK(server.runs[id]["run"]["info"]["status"] == "FINISHED");
}

TEST_CASE("sync: a document that is refused or cannot be read is set aside, the run goes on") {
    const TemporaryFolder folder;
    {
        Run run{{.experiment = "icu/Test", .journal = folder.path()}};
        run.log_document({RecordKind::input, "", "", "bad", R"({"dataset":{}})"});
        run.log_input(sample_dataset());
    }
    FakeMlflow server;
    server.fault = fail_first(server, "runs/log-inputs", 1,
                              {.status = 400, .body = R"({"error_code":"INVALID_PARAMETER_VALUE","message":"no"})"});
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(report.complete);
    CHECK(report.runs_ended == 1);
    REQUIRE(report.set_aside.size() == 2);
    CHECK(report.set_aside[0].kind == "input");
    CHECK(report.set_aside[0].key == "bad");
    CHECK(report.set_aside[1].error_code == "INVALID_PARAMETER_VALUE");
}

TEST_CASE("sync: content that cannot be read waits, what is missing is set aside, the rest is delivered") {
    const TemporaryFolder folder;
    const std::string unreadable(64, 'a');
    const std::string missing(64, 'b');
    const auto trace = [](const std::string& digit, const std::string& hash) {
        const std::string body = R"({"trace_id":")" + std::string(32, digit[0]) +
                                 R"(","start_ns":1,"end_ns":2,"state":"OK","tags":{},"metadata":{}})";
        return Document{RecordKind::trace, "", "", "t" + digit, body, {hash}};
    };
    {
        Run run{{.experiment = "icu/Test", .run_name = "sample", .journal = folder.path()}};
        run.log_text("made-up note", "notes/a.txt");
        run.log_text("made-up image", "images/b.png");
        run.log_document(trace("1", unreadable));
        run.log_document(trace("2", missing));
        run.log_input(sample_dataset());
    }
    fs::create_symlink("/proc/self/mem", folder.path() / "artifacts" / unreadable);  // a file whose reading fails
    const fs::path image = folder.path() / "artifacts" / to_hex(sha256("made-up image"));
    fs::remove(image);
    fs::create_directory(image);
    FakeMlflow server;
    const auto report = sync(folder.path(), client_of(server), options());
    CHECK(report.remaining == 2);
    CHECK(report.stopped_by.empty());
    CHECK(report.runs_ended == 1);
    CHECK(server.artifacts.size() == 1);
    CHECK(server.inputs.size() == 1);
    REQUIRE(report.set_aside.size() == 1);
    CHECK(report.set_aside[0].key == "t2");
    REQUIRE(report.problems.size() == 2);
    CHECK(report.problems[0].find("artifact 'images/b.png' waits") == 0);
    CHECK(report.problems[1].find("trace 't1' waits") == 0);
    fs::remove(image);
    std::ofstream(image) << "made-up image";
    CHECK(sync(folder.path(), client_of(server), options()).remaining == 1);
    CHECK(server.artifacts.at("images/b.png") == "made-up image");
}

TEST_CASE("sync: of the ends that several processes gave a run, the last in time counts") {
    const TemporaryFolder folder;
    const std::string run(32, 'a');
    const auto at = [](int second) { return Timestamp{second * 1'000'000}; };
    {
        const auto earlier = Journal::open(folder.path());  // whose segment is delivered first
        earlier->append(CreateRun{run, "icu/Test", "made up", "", "someone", {}}, at(1));
        earlier->append(EndRun{run, RunStatus::running}, at(20));
        earlier->append(EndRun{run, RunStatus::finished}, at(30));
    }
    Journal::open(folder.path())->append(EndRun{run, RunStatus::failed}, at(10));
    FakeMlflow server;
    SyncOptions chosen = options();
    chosen.verify = true;
    const auto report = sync(folder.path(), client_of(server), chosen);
    CHECK(report.complete);
    REQUIRE(report.verified);
    CHECK(report.verified->differences == std::vector<std::string>{});
    const auto info = server.runs.begin()->second["run"]["info"];
    CHECK(info["status"] == "FINISHED");
    CHECK(info["end_time"] == 30'000);
}

TEST_CASE("sync: a run that is gone on with is RUNNING on the server until its later end") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    const auto first = sync(folder.path(), client_of(server), options());
    const std::string id = first.run_ids.begin()->first;
    const auto info = [&server] { return server.runs.begin()->second["run"]["info"]; };
    CHECK(info()["status"] == "FINISHED");
    {
        Run again{{.journal = folder.path(), .run_id = id}};
        again.log_metric("loss", 9.0, 10);
        const auto during = sync(folder.path(), client_of(server), options());
        CHECK(during.complete);
        CHECK(during.runs_ended == 0);
        CHECK(info()["status"] == "RUNNING");
        again.end(RunStatus::failed, Timestamp{1'800'000'000'000'000});
    }
    CHECK(sync(folder.path(), client_of(server), options()).runs_ended == 1);
    CHECK(info()["status"] == "FAILED");
    CHECK(info()["end_time"] == 1'800'000'000'000);

    // Another server gets the last word alone, and whoever looks into the journal sees it as it is.
    FakeMlflow other;
    SyncOptions elsewhere = options();
    elsewhere.server_key = "another";
    CHECK(sync(folder.path(), client_of(other), elsewhere).runs_ended == 1);
    const auto updates = std::count_if(other.requests.begin(), other.requests.end(),
                                       [](const FakeRequest& r) { return is_call(r, "runs/update"); });
    CHECK(updates == 1);
    Run third{{.journal = folder.path(), .run_id = id}};
    const auto status = inspect(folder.path());
    CHECK(status.runs.at(0).status == RunStatus::running);
    CHECK_FALSE(status.runs.at(0).end);
}

TEST_CASE("sync: two senders of one journal are kept apart") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    const detail::DeliveryState held(folder.path(), "other", false);
    CHECK_THROWS_AS(sync(folder.path(), client_of(server), options()), StateError);
    CHECK(server.requests.empty());
}

TEST_CASE("sync: a sender in another process is kept out, and the lock goes with the sender, not with its children") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    auto held = std::make_unique<detail::DeliveryState>(folder.path(), "other", false);
    const auto second_sender = [&] {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                const detail::DeliveryState mine(folder.path(), "other", false);
                ::_exit(0);
            } catch (const StateError&) {
                ::_exit(1);
            }
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WEXITSTATUS(status);
    };
    CHECK(second_sender() == 1);
    int parent_lives[2];
    REQUIRE(::pipe(parent_lives) == 0);
    const pid_t bystander = ::fork();  // a data loader, say, begun while the sender was at work
    if (bystander == 0) {
        ::close(parent_lives[1]);
        char byte;
        [[maybe_unused]] const auto got = ::read(parent_lives[0], &byte, 1);
        ::_exit(0);
    }
    held.reset();
    CHECK(second_sender() == 0);
    ::close(parent_lives[1]);
    ::waitpid(bystander, nullptr, 0);
    ::close(parent_lives[0]);
}

TEST_CASE("sync: refusals of this server alone are counted later") {
    const TemporaryFolder folder;
    log_sample(folder.path());
    FakeMlflow server;
    server.fault = [](const FakeRequest& request, FakeAnswer& reply) {
        if (!is_call(request, "log-batch") || request.body.find("\"forest\"") == std::string::npos) return false;
        reply = {400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"not this one"})"};
        return true;
    };
    CHECK(sync(folder.path(), client_of(server), options()).refused_earlier == 0);
    CHECK(sync(folder.path(), client_of(server), options()).refused_earlier == 1);
    SyncOptions other = options();
    other.server_key = "another server";
    FakeMlflow willing;
    CHECK(sync(folder.path(), client_of(willing), other).refused_earlier == 0);
}

TEST_CASE("sync: a nested run names its parent's id on the server") {
    const TemporaryFolder folder;
    {
        const Run parent{{.journal = folder.path()}};
        const Run child{{.journal = folder.path(), .parent_run_id = parent.id()}};
    }
    FakeMlflow server;
    CHECK(sync(folder.path(), client_of(server), options()).runs_created == 2);
    const auto create = std::count_if(server.requests.begin(), server.requests.end(), [](const FakeRequest& r) {
        return is_call(r, "runs/create") &&
               r.body.find(R"("mlflow.parentRunId","value":"server1")") != std::string::npos;
    });
    CHECK(create == 1);
}

TEST_CASE("sync: a folder without a journal is nothing to deliver") {
    const TemporaryFolder folder;
    FakeMlflow server;
    CHECK(sync(folder.path() / "nowhere", client_of(server), options()).complete);
    CHECK(server.requests.empty());
}

TEST_CASE("batches: MLflow's limits hold, order is kept, NaNs stand apart") {
    std::vector<detail::Outgoing> items;
    const auto add = [&items](RecordKind kind, const std::string& key, double value, const std::string& text) {
        detail::Outgoing item;
        item.kind = kind;
        item.point = {key, value, 1, 1};
        item.pair = {key, text};
        items.push_back(item);
    };
    for (int i = 0; i < 250; ++i) add(RecordKind::param, std::to_string(i), 0, std::string(6000, 'x'));
    for (int i = 0; i < 2500; ++i) add(RecordKind::metric, std::to_string(i), i, "");
    for (int i = 0; i < 3; ++i) add(RecordKind::metric, "nan", std::numeric_limits<double>::quiet_NaN(), "");
    const auto batches = detail::make_batches(items);
    std::size_t total = 0;
    for (const auto& batch : batches) {
        total += batch.size();
        CHECK(batch.size() <= 1000);
        CHECK(std::count_if(batch.begin(), batch.end(), [](const auto& i) { return i.kind == RecordKind::param; }) <=
              100);
        const auto nans =
            std::count_if(batch.begin(), batch.end(), [](const auto& i) { return i.point.value != i.point.value; });
        CHECK((nans == 0 || nans == static_cast<index>(batch.size())));
    }
    CHECK(total == items.size());
    CHECK(batches.front().front().pair.key == "0");
}

TEST_CASE("acknowledgements: kept over restarts, a torn or damaged entry is only sent again") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "a.ack";
    using Outcome = detail::AckLog::Outcome;
    detail::AckLog(file).add({5, 1, 2, 3}, Outcome::delivered);
    detail::AckLog(file).add({4}, Outcome::set_aside);
    detail::AckLog(file).add({9}, Outcome::delivered);
    const auto known = [&file] {
        std::vector<std::uint64_t> sequences;
        const detail::AckLog log(file);
        for (std::uint64_t s = 0; s < 12; ++s) {
            if (log.contains(s)) sequences.push_back(s);
        }
        return sequences;
    };
    CHECK(known() == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 9});
    const auto size = fs::file_size(file);
    fs::resize_file(file, size - 1);
    CHECK(known() == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
    detail::AckLog(file).add({10}, Outcome::delivered);
    CHECK(known() == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 10});
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(17).put('x');
    CHECK(known() == std::vector<std::uint64_t>{4, 5, 10});
}

}  // namespace
}  // namespace assay::tracking
