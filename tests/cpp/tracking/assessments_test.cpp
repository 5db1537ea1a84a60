#include <nlohmann/json.hpp>

#include "assay/tracking/journal.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/sync.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;
using assay::tests::TemporaryFolder;
using nlohmann::json;

const std::string trace = "tr-0af7651916cd43dd8448eb211c80319c";
const http::Waiting no_waiting{.elapsed = {}, .sleep = [](std::chrono::milliseconds) {}};

/// A trace and its assessments; `faults` are the first answers to creations, each after the server did its work or not.
struct FakeTrace {
    struct Fault {
        FakeAnswer answer;
        bool applied = false;
    };

    explicit FakeTrace(FakeMlflow& server) {
        server.set_fault([this](const FakeRequest& request, FakeAnswer& reply) { return answer(request, reply); });
    }

    bool answer(const FakeRequest& request, FakeAnswer& reply) {
        if (request.path.rfind("/api/3.0/mlflow/traces/" + trace, 0) != 0) return false;
        if (!exists) {
            reply = {404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such trace"})"};
        } else if (request.method == "GET") {
            reply.body = json{{"trace", {{"trace_info", info()}}}}.dump();
        } else {
            const bool faulty = !faults.empty();
            const Fault fault = faulty ? faults.front() : Fault{};
            if (faulty) faults.erase(faults.begin());
            json made = json::parse(request.body).at("assessment");
            made["assessment_id"] = "a-" + std::to_string(held.size());
            if (!faulty || fault.applied) held.push_back(made);
            reply = faulty ? fault.answer : FakeAnswer{200, json{{"assessment", made}}.dump()};
        }
        return true;
    }

    json info() const { return {{"trace_id", trace}, {"request_time", "2023-11-14T22:13:20Z"}, {"assessments", held}}; }

    bool exists = true;
    json held = json::array();
    std::vector<Fault> faults;
};

void append(const TemporaryFolder& folder, const std::string& run, const std::string& id, const std::string& body) {
    Journal::open(folder.path())->append(Document{RecordKind::assessment, run, "icu/Test", id, body});
}

std::string body(int value) {
    const json assessment{{"assessment_name", "understanding"},
                          {"source", {{"source_type", "HUMAN"}, {"source_id", "made up"}}},
                          {"feedback", {{"value", value}}}};
    return json{{"trace_id", trace}, {"assessment", assessment}}.dump();
}

SyncReport deliver(const TemporaryFolder& folder, const FakeMlflow& server) {
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 3;
    address.options.waiting = no_waiting;
    SyncOptions options;
    options.verify = false;
    options.retry.attempts = 4;
    options.waiting = no_waiting;
    return sync(folder.path(), MlflowClient(std::move(address)), options);
}

TEST_CASE("assessments: each once, whatever becomes of the answers") {
    const TemporaryFolder folder;
    FakeMlflow server;
    FakeTrace fake(server);
    fake.faults = {{{503, "{}"}, true},
                   {{503, "{}"}, false},
                   {{200, ""}, true},
                   {{200, "<html>sign in</html>", "text/html"}, false},
                   {{.hang_up = true}, true},
                   {{.hang_up = true}, false},
                   {{400, R"({"error_code":"BAD_REQUEST","message":"QueuePool limit"})"}, true}};
    for (int value = 1; value <= 5; ++value) append(folder, "", "id" + std::to_string(value), body(value));
    const auto report = deliver(folder, server);
    CHECK(report.complete);
    CHECK(report.documents == 5);
    REQUIRE(fake.held.size() == 5);
    for (int value = 1; value <= 5; ++value) {
        const auto& one = fake.held.at(static_cast<std::size_t>(value - 1));
        CHECK(one.at("feedback").at("value") == value);
        CHECK(one.at("metadata").at("assay.assessment_id") == "id" + std::to_string(value));
    }
    CHECK(deliver(folder, server).documents == 0);
}

TEST_CASE("assessments: one of a run names it, a trace that is not there yet is waited for") {
    const TemporaryFolder folder;
    FakeMlflow server;
    FakeTrace fake(server);
    fake.exists = false;
    std::string run;
    {
        Run begun{{.experiment = "icu/Test", .run_name = "sample", .journal = folder.path()}};
        run = begun.id();
        append(folder, run, "early", body(2));
        begun.log_metric("loss", 1.0, 0);
    }
    const auto first = deliver(folder, server);
    CHECK_FALSE(first.complete);
    CHECK(first.remaining == 1);
    CHECK(first.runs_ended == 1);
    CHECK(first.set_aside.empty());
    REQUIRE(first.problems.size() == 1);
    CHECK(first.problems[0].find("1 feedback record(s) wait") == 0);
    fake.exists = true;
    const auto second = deliver(folder, server);
    CHECK(second.complete);
    CHECK(second.problems.empty());
    REQUIRE(fake.held.size() == 1);
    CHECK(fake.held[0].at("metadata").at("mlflow.assessment.sourceRunId") == first.run_ids.at(run));
}

TEST_CASE("assessments: what the server refuses, and what nobody can read, is set aside") {
    const TemporaryFolder folder;
    FakeMlflow server;
    FakeTrace fake(server);
    fake.faults = {{{400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"no such span"})"}, false}};
    append(folder, "", "refused", body(1));
    append(folder, "", "odd", R"({"assessment": []})");
    append(folder, "", "good", body(3));
    const auto report = deliver(folder, server);
    CHECK(report.complete);
    CHECK(report.documents == 1);
    REQUIRE(report.set_aside.size() == 2);
    CHECK(report.set_aside[0].key == "refused");
    CHECK(report.set_aside[0].error_code == "INVALID_PARAMETER_VALUE");
    CHECK(report.set_aside[1].key == "odd");
    CHECK(fake.held.size() == 1);
}

}  // namespace
}  // namespace assay::tracking
