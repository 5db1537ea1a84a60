#include <nlohmann/json.hpp>

#include "assay/tracking/journal.hpp"
#include "assay/tracking/journal_status.hpp"
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

const http::Waiting no_waiting{.elapsed = {}, .sleep = [](std::chrono::milliseconds) {}};

/// The one run's tags, and removals as MLflow answers them; the first `lost` answers to removals do not arrive.
struct FakeTags {
    explicit FakeTags(FakeMlflow& server) {
        server.set_fault([this, &server](const FakeRequest& request, FakeAnswer& reply) {
            const auto is = [&request](const char* call) { return request.path.find(call) != std::string::npos; };
            if (is("runs/log-batch")) {
                for (const auto& tag : json::parse(request.body).value("tags", json::array())) {
                    held[tag["key"]] = tag["value"];
                }
                return false;
            }
            if (is("runs/get")) {
                reply = server.apply(request);
                json answer = json::parse(reply.body);
                for (const auto& [key, value] : held) {
                    answer["run"]["data"]["tags"].push_back({{"key", key}, {"value", value}});
                }
                reply.body = answer.dump();
                return true;
            }
            if (!is("runs/delete-tag")) return false;
            const bool was_there = held.erase(json::parse(request.body).at("key").get<std::string>()) != 0;
            reply = was_there ? FakeAnswer{200, "{}"}
                              : FakeAnswer{404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such tag"})"};
            if (lost > 0) {
                --lost;
                reply = {503, ""};
            }
            return true;
        });
    }

    std::map<std::string, std::string> held;
    int lost = 0;
};

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

TEST_CASE("changes: of a tag the last word stands") {
    const TemporaryFolder folder;
    FakeMlflow server;
    FakeTags tags(server);
    tags.lost = GENERATE(0, 1, 2);
    Run run{{.experiment = "icu/Test", .journal = folder.path()}};
    for (const char* key : {"gone", "back", "twice"}) {
        run.set_tag(key, "1");
        run.delete_tag(key);
    }
    run.set_tag("back", "2");
    run.set_tag("twice", "2");
    run.delete_tag("twice");
    run.delete_tag("never there");
    run.flush();
    const auto report = deliver(folder, server);
    CHECK(report.problems.empty());
    CHECK(report.set_aside.empty());
    CHECK(report.remaining == 0);
    CHECK(tags.held == std::map<std::string, std::string>{{"back", "2"}});
    CHECK(inspect(folder.path()).runs.at(0).tags == tags.held);
    run.delete_tag("back");  // delivered before
    run.set_tag("gone", "3");
    run.end();
    CHECK(deliver(folder, server).complete);
    CHECK(tags.held == std::map<std::string, std::string>{{"gone", "3"}});
}

TEST_CASE("changes: a removal that the server refuses is set aside with its words") {
    const TemporaryFolder folder;
    FakeMlflow server;
    FakeTags tags(server);
    tags.held["locked"] = "1";
    server.set_fault([&server](const FakeRequest& request, FakeAnswer& reply) {
        if (request.path.find("runs/get") != std::string::npos) {
            reply = server.apply(request);
            json answer = json::parse(reply.body);
            answer["run"]["data"]["tags"] = json::array({{{"key", "locked"}, {"value", "1"}}});
            reply.body = answer.dump();
            return true;
        }
        if (request.path.find("runs/delete-tag") == std::string::npos) return false;
        reply = {400, R"({"error_code":"INVALID_PARAMETER_VALUE","message":"made up"})"};
        return true;
    });
    Run run{{.experiment = "icu/Test", .journal = folder.path()}};
    run.delete_tag("locked");
    run.end();
    const auto report = deliver(folder, server);
    REQUIRE(report.set_aside.size() == 1);
    CHECK(report.set_aside[0].kind == "tag_removal");
    CHECK(report.set_aside[0].key == "locked");
    CHECK(report.set_aside[0].words == "made up");
}

TEST_CASE("changes: a tag of an experiment that one may not edit keeps nothing else back") {
    const TemporaryFolder folder;
    {
        const auto journal = Journal::open(folder.path());
        const auto tag = [](const char* id, const char* body) {
            return Document{RecordKind::experiment_tag, "", "icu/Test", id, body, {}};
        };
        journal->append(tag("by name", R"({"key":"ward","value":"3"})"));
        journal->append(tag("by id", R"({"key":"ward","value":"4","experiment_id":"77"})"));
        Run run{{.experiment = "icu/Test", .journal = folder.path()}};
        run.log_metric("loss", 0.5);
    }
    FakeMlflow server;
    bool denied = true;
    std::vector<json> tags;
    server.set_fault([&](const FakeRequest& request, FakeAnswer& reply) {
        if (request.path.find("set-experiment-tag") == std::string::npos) return false;
        tags.push_back(json::parse(request.body));
        reply =
            denied ? FakeAnswer{403, R"({"error_code":"PERMISSION_DENIED","message":"no"})"} : FakeAnswer{200, "{}"};
        return true;
    });
    const auto report = deliver(folder, server);
    CHECK(report.runs_ended == 1);
    CHECK(report.remaining == 2);
    CHECK(report.problems.size() == 2);
    CHECK(report.set_aside.empty());
    denied = false;
    tags.clear();
    CHECK(deliver(folder, server).complete);
    REQUIRE(tags.size() == 2);
    CHECK(tags[0]["experiment_id"] != "77");
    CHECK(tags[1]["experiment_id"] == "77");
}

}  // namespace
}  // namespace assay::tracking
