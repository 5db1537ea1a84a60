#include <algorithm>
#include <nlohmann/json.hpp>

#include "assay/base/hash.hpp"
#include "assay/tracking/detail/alias_history.hpp"
#include "assay/tracking/journal.hpp"
#include "assay/tracking/run.hpp"
#include "assay/tracking/verify.hpp"
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

const std::string trace_digits = "0af7651916cd43dd8448eb211c80319c";
const std::string trace_id = "tr-" + trace_digits;
const std::string model_file = "made-up weights";

/// A server that holds all that `log_documents` logs, less what a test takes away.
struct Holding {
    json inputs = json::array(
        {{{"dataset", {{"name", "vitals"}, {"digest", "0123abcd"}, {"source_type", "local"}, {"source", "{}"}}},
          {"tags", {{{"key", "mlflow.data.context"}, {"value", "training"}}}}}});
    int spans = 2;
    json assessments = json::array({{{"assessment_id", "a-1"},
                                     {"assessment_name", "understanding"},
                                     {"source", {{"source_type", "HUMAN"}}},
                                     {"metadata", {{"assay.assessment_id", "judged"}}}}});
    std::string model_status = "LOGGED_MODEL_READY";
    std::string content = model_file;
    bool has_model = true;
    bool has_version = true;
    bool promoted = true;
    std::int64_t forgotten_until = 0;  ///< ms; changes of an alias up to then were left out for want of room

    bool answer(const FakeRequest& request, FakeAnswer& reply) const {
        const auto asked = [&](const char* part) { return request.path.find(part) != std::string::npos; };
        if (asked("runs/get")) {
            reply.body = run().dump();
        } else if (asked("traces/get")) {
            if (spans == 0) return refuse(reply);
            json held = json::array();
            for (int i = 0; i < spans; ++i) held.push_back({{"name", "made up"}});
            reply.body = json{{"trace", {{"spans", held}}}}.dump();
        } else if (asked("/traces/")) {
            const json info{
                {"trace_id", trace_id}, {"request_time", "2023-11-14T22:13:20Z"}, {"assessments", assessments}};
            reply.body = json{{"trace", {{"trace_info", info}}}}.dump();
        } else if (asked("logged-models/search")) {
            reply.body = has_model ? json{{"models", {model()}}}.dump() : "{}";
        } else if (asked("/mlflow-artifacts/")) {
            reply = {.body = content, .type = "application/octet-stream"};
        } else if (asked("model-versions/search")) {
            const json version{{"name", "note_writer"}, {"version", "1"}};
            reply.body = has_version ? json{{"model_versions", {version}}}.dump() : "{}";
        } else if (asked("registered-models/get")) {
            reply.body = registered().dump();
        } else {
            return false;
        }
        return true;
    }

  private:
    static bool refuse(FakeAnswer& reply) {
        reply = {404, R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no such trace"})"};
        return true;
    }
    json run() const {
        const json info{{"run_id", "server1"},
                        {"run_name", "sample"},
                        {"experiment_id", "1"},
                        {"status", "FINISHED"},
                        {"start_time", 1'000'000'000},
                        {"end_time", 1'000'000'001},
                        {"artifact_uri", "mlflow-artifacts:/1/server1/artifacts"}};
        return {{"run", {{"info", info}, {"data", json::object()}, {"inputs", {{"dataset_inputs", inputs}}}}}};
    }
    json model() const {
        return {{"info",
                 {{"model_id", "m-1"},
                  {"experiment_id", "1"},
                  {"name", "writer"},
                  {"status", model_status},
                  {"artifact_uri", "mlflow-artifacts:/1/models/m-1/artifacts"}}},
                {"data", json::object()}};
    }
    json registered() const {
        detail::AliasHistory history;
        if (forgotten_until > 0) {
            const auto until = forgotten_until;
            for (const char* id : {"earlier", "later"})
                history.add({id, detail::AliasChange::Kind::found, 1, until, "", ""});
            history = detail::AliasHistory::parse(history.to_json(1));
        }
        if (promoted) history.add({"promotion", detail::AliasChange::Kind::promote, 1, 1, "", ""});
        history.mark_done();
        const json tag{{"key", "assay.alias.staging"}, {"value", history.to_json()}};
        return {{"registered_model", {{"name", "note_writer"}, {"tags", {tag}}}}};
    }
};

json span(const std::string& id) {
    return {{"id", id}, {"name", "made up"}, {"type", "CHAIN"}, {"start_ns", 1}, {"end_ns", 2}, {"status", "OK"}};
}

std::string log_documents(const TemporaryFolder& folder) {
    Run run{{.experiment = "icu/Test",
             .run_name = "sample",
             .journal = folder.path(),
             .start_time = Timestamp{1'000'000'000'000}}};
    run.log_input({"vitals", "0123abcd", "local", "{}", "", ""}, "training");
    const json trace{{"trace_id", trace_digits},
                     {"start_ns", 1},
                     {"end_ns", 2},
                     {"state", "OK"},
                     {"tags", json::object()},
                     {"metadata", json::object()},
                     {"spans", {span("0000000000000001"), span("0000000000000002")}}};
    run.log_document({RecordKind::trace, "", "", trace_digits, trace.dump()});
    const json judgement{{"trace_id", trace_id}, {"assessment", {{"assessment_name", "understanding"}}}};
    run.log_document({RecordKind::assessment, "", "", "judged", judgement.dump()});
    const std::string hash = to_hex(sha256(model_file));
    const json file{{"path", "weights.bin"}, {"sha256", hash}, {"size", model_file.size()}};
    const json model{{"name", "writer"}, {"digest", "d"}, {"files", {file}}};
    run.log_document({RecordKind::model, "", "", "model", model.dump(), {hash}});
    const json registration{{"action", "register"}, {"name", "note_writer"}, {"digest", "d"}};
    run.log_document({RecordKind::model_version, "", "", "registration", registration.dump()});
    const json promotion{{"action", "promote"}, {"name", "note_writer"}, {"alias", "staging"}};
    run.log_document({RecordKind::model_version, "", "", "promotion", promotion.dump()});
    run.end(RunStatus::finished, Timestamp{1'000'000'001'000});
    return run.id();
}

VerifyReport verify_with(const Holding& holding, const VerifyOptions& options = {}) {
    const TemporaryFolder folder;
    const std::string run = log_documents(folder);
    FakeMlflow server;
    server.set_fault([&](const FakeRequest& request, FakeAnswer& reply) { return holding.answer(request, reply); });
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 1;
    return verify(folder.path(), MlflowClient(std::move(address)), {{run, "server1"}}, options);
}

TEST_CASE("verify: documents that the server holds are counted and equal") {
    const auto report = verify_with({});
    CHECK(report.differences == std::vector<std::string>{});
    CHECK(report.runs == 1);
    CHECK(report.datasets == 1);
    CHECK(report.traces == 1);
    CHECK(report.spans == 2);
    CHECK(report.assessments == 1);
    CHECK(report.models == 1);
    CHECK(report.model_versions == 2);
    CHECK(report.refused == 0);
}

TEST_CASE("verify: a document that the server lacks, or has otherwise, is told") {
    const auto told = [](const auto& change) {
        Holding holding;
        change(holding);
        const auto report = verify_with(holding);
        return report.differences.size() == 1 ? report.differences[0] : std::to_string(report.differences.size());
    };
    CHECK(told([](Holding& h) { h.inputs = json::array(); }) == "run 'sample': dataset 'vitals' differs");
    CHECK(told([](Holding& h) { h.inputs[0]["tags"] = json::array(); }) == "run 'sample': dataset 'vitals' differs");
    CHECK(told([](Holding& h) { h.spans = 1; }) == "trace " + trace_id + ": 1 span(s) missing");
    CHECK(told([](Holding& h) { h.spans = 0; }) == "trace " + trace_id + ": missing");
    CHECK(told([](Holding& h) { h.assessments = json::array(); }) == "trace " + trace_id + ": assessment missing");
    CHECK(told([](Holding& h) { h.has_model = false; }) == "model 'writer': missing");
    CHECK(told([](Holding& h) { h.model_status = "LOGGED_MODEL_PENDING"; }) == "model 'writer': not ready");
    CHECK(told([](Holding& h) { h.content = "other"; }) == "model 'writer': file 'weights.bin' differs");
    CHECK(told([](Holding& h) { h.has_version = false; }) == "model 'note_writer': the version registered is missing");
    CHECK(told([](Holding& h) { h.promoted = false; }) ==
          "model 'note_writer': a change of alias 'staging' is missing");
}

TEST_CASE("verify: a change of an alias that was left out for want of room is not missed") {
    Holding holding;
    holding.promoted = false;
    holding.forgotten_until = 32'503'680'000'000;  // the year 3000
    CHECK(verify_with(holding).differences.empty());
    holding.forgotten_until = 1;  // what was left out is older than the promotion
    CHECK(verify_with(holding).differences.size() == 1);
}

TEST_CASE("verify: what a server refused is counted and not missed, what was not chosen is not asked for") {
    Holding empty;
    empty.inputs = empty.assessments = json::array();
    empty.spans = 0;
    empty.has_model = empty.has_version = empty.promoted = false;
    VerifyOptions refused;
    refused.refused = [](const std::string&, std::uint64_t sequence) { return sequence >= 2 && sequence <= 7; };
    const auto report = verify_with(empty, refused);
    CHECK(report.ok());
    CHECK(report.refused == 6);
    CHECK(report.datasets + report.traces + report.assessments + report.models + report.model_versions == 0);
    VerifyOptions none;
    none.documents = [](const std::string&, std::uint64_t) { return false; };
    CHECK(verify_with(empty, none).ok());
    CHECK(verify_with(empty).differences.size() == 6);
}

}  // namespace
}  // namespace assay::tracking
