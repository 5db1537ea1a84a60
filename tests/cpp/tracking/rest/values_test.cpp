#include <cmath>
#include <limits>

#include "assay/tracking/detail/logged_model_shapes.hpp"
#include "assay/tracking/detail/registry_shapes.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/trace_shapes.hpp"
#include "assay/tracking/rest/assessments.hpp"
#include "assay/tracking/rest/experiments.hpp"
#include "assay/tracking/rest/prompts.hpp"
#include "assay/tracking/rest/run_table.hpp"
#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"

namespace assay::tracking {
namespace {

using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;
using detail::read;
using detail::write_value;
using nlohmann::json;

TEST_CASE("shapes: a run with all that MLflow says of it") {
    const auto run = read<ServerRun>(json::parse(R"({
        "info": {"run_id": "r1", "run_name": "n", "experiment_id": "1", "user_id": "u", "status": "FINISHED",
                 "start_time": "1700000000000", "end_time": 1700000001000, "artifact_uri": "mlflow-artifacts:/1/r1",
                 "lifecycle_stage": "active", "member_of_a_later_version": {}},
        "data": {"metrics": [{"key": "a", "value": "NaN", "timestamp": 5, "step": 0},
                             {"key": "b", "value": 1.7976931348623157e308, "timestamp": "6", "step": "-1"}],
                 "params": [{"key": "p", "value": "v"}], "tags": [{"key": "t"}]},
        "inputs": {"dataset_inputs": [{"tags": [{"key": "mlflow.data.context", "value": "training"}],
                                       "dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "{}"}}],
                   "model_inputs": [{"model_id": "m-1"}]},
        "outputs": {"model_outputs": [{"model_id": "m-2", "step": 3}]}})"));
    CHECK(run.start_time == 1'700'000'000'000);
    CHECK(run.end_time == 1'700'000'001'000);
    CHECK(std::isnan(run.metrics.at(0).value));
    CHECK(run.metrics.at(1).value == std::numeric_limits<double>::max());
    CHECK(run.metrics.at(1).timestamp == 6);
    CHECK(run.metrics.at(1).step == -1);
    CHECK(run.tags == TextMap{{"t", ""}});
    CHECK(run.dataset_inputs.at(0).tags.at("mlflow.data.context") == "training");
    CHECK(run.dataset_inputs.at(0).digest == "1");
    CHECK(run.model_inputs.at(0).model_id == "m-1");
    CHECK(run.model_outputs.at(0).step == 3);
    CHECK(write_value(read<ServerRun>(write_value(run))) == write_value(run));
}

TEST_CASE("shapes: a run that goes on has no end") {
    for (const char* end : {"", R"(, "end_time": 0)", R"(, "end_time": null)"}) {
        const auto run =
            read<ServerRun>(json::parse(std::string(R"({"info": {"run_id": "r1", "experiment_id": "1")") + end + "}}"));
        CHECK_FALSE(run.end_time);
        CHECK(run.metrics.empty());
    }
}

TEST_CASE("shapes: what is missing or of another type is an error") {
    CHECK_THROWS(read<ServerRun>(json::parse("{}")));
    CHECK_THROWS(read<ServerRun>(json::parse(R"({"info": {"run_id": 7, "experiment_id": "1"}})")));
    CHECK_THROWS(read<MetricPoint>(json::parse(R"({"key": "a"})")));
    CHECK_THROWS(read<MetricPoint>(json::parse(R"({"key": "a", "value": "many"})")));
    CHECK_THROWS(read<MetricPoint>(json::parse(R"({"key": "a", "value": 1, "step": 1.5})")));
    CHECK_THROWS(read<Experiment>(json::parse(R"({"experiment_id": "1", "name": "a", "tags": "b"})")));
    CHECK_THROWS(read<rest::TraceInfo>(json::parse(R"({"trace_id": "tr-1", "request_time": "yesterday"})")));
    CHECK_THROWS(read<rest::RegisteredModel>(json::parse("[]")));
}

TEST_CASE("shapes: times and durations as protobuf writes them") {
    const auto trace = read<rest::TraceInfo>(json::parse(R"({"trace_id": "tr-1",
        "request_time": "2026-01-02T03:04:05.678901234Z", "execution_duration": "1.000001s", "state": "ERROR",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "7"}},
        "trace_metadata": {"a": "b"}, "tags": {"c": "d"}})"));
    CHECK(trace.request_time == *parse_timestamp("2026-01-02T03:04:05.678901Z"));
    CHECK(trace.execution_duration == std::chrono::microseconds(1'000'001));
    CHECK(trace.experiment_id == "7");
    CHECK(trace.trace_metadata == TextMap{{"a", "b"}});
    CHECK(write_value(std::chrono::microseconds(0)) == "0s");
    CHECK(write_value(std::chrono::microseconds(1'250'000)) == "1.25s");
    CHECK(write_value(std::chrono::microseconds(-500'000)) == "-0.5s");
    CHECK(write_value(std::chrono::microseconds(90'000'001)) == "90.000001s");
}

TEST_CASE("shapes: an assessment is one of feedback, error, expectation and issue") {
    const std::string rest = R"("assessment_name": "n", "source": {"source_type": "HUMAN"})";
    const auto of = [&](const std::string& judgement) {
        return read<rest::Assessment>(json::parse("{" + rest + ", " + judgement + "}"));
    };
    CHECK(of(R"("feedback": {"value": {"a": [1, true]}})").feedback.text == R"({"a":[1,true]})");
    CHECK(of(R"("feedback": {"error": {"error_code": "E", "error_message": "m"}})").feedback_error->error_message ==
          "m");
    CHECK(of(R"("expectation": {"value": "yes"})").expectation.text == R"("yes")");
    CHECK(of(R"("expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": "[1, 2]"}})")
              .expectation.text == "[1, 2]");
    CHECK(of(R"("issue": {"issue_name": "slow"})").issue_name == "slow");
    rest::Assessment none;
    const rest::Connection nowhere(ServerAddress{.url = "http://127.0.0.1:1"});
    CHECK_THROWS_AS(rest::Assessments(nowhere).create(none), ValueError);
    none.feedback.text = "1", none.expectation.text = "2";
    CHECK_THROWS_AS(rest::Assessments(nowhere).create(none), ValueError);
    CHECK_THROWS_AS(rest::Assessments(nowhere).update("tr-1", "a-1", {}), ValueError);
}

TEST_CASE("run table: columns as runs bring them, null where a run lacks one") {
    rest::RunTable table;
    ServerRun run;
    run.id = "r1", run.experiment_id = "1", run.status = "RUNNING", run.start_time = 1'700'000'000'123;
    run.metrics = {{"auc", 0.5, 1, 1}};
    run.tags = {{"mlflow.runName", "é"}};
    table.add(run);
    run.id = "r2", run.end_time = 1'700'000'001'000;
    run.metrics = {{"loss", std::numeric_limits<double>::quiet_NaN(), 1, 1}};
    run.params = {{"depth", "3"}};
    table.add(run);
    CHECK(table.num_rows() == 2);
    const auto made = table.finish();
    CHECK(made.num_rows() == 2);
    std::vector<std::string> names;
    for (const auto& field : made.schema()) names.push_back(field.name);
    CHECK(names == std::vector<std::string>{"run_id", "experiment_id", "status", "artifact_uri", "start_time",
                                            "end_time", "metrics.auc", "metrics.loss", "params.depth",
                                            "tags.mlflow.runName"});
    CHECK(made.column("run_id").text(1) == "r2");
    CHECK(made.column("start_time").get<Timestamp>(0) == Timestamp{1'700'000'000'123'000});
    CHECK(made.column("end_time").is_null(0));
    CHECK(made.column("end_time").get<Timestamp>(1) == Timestamp{1'700'000'001'000'000});
    CHECK(made.column("metrics.auc").get<double>(0) == 0.5);
    CHECK(made.column("metrics.auc").is_null(1));
    CHECK(made.column("metrics.loss").is_null(0));
    CHECK(std::isnan(*made.column("metrics.loss").get<double>(1)));
    CHECK(made.column("params.depth").is_null(0));
    CHECK(made.column("tags.mlflow.runName").text(0) == "é");
    CHECK(table.finish().num_rows() == 0);
    CHECK(rest::RunTable().finish().num_columns() == 6);
}

TEST_CASE("run table: stops at the number asked for, and asks for no page beyond it") {
    int pages = 0;
    rest::PageRange<ServerRun> runs([&](const std::string&) {
        Page<ServerRun> page;
        page.items.resize(10);
        page.next = std::to_string(++pages);
        return page;
    });
    CHECK(rest::to_table(std::move(runs), 20).num_rows() == 20);
    CHECK(pages == 2);
}

void answer(FakeMlflow& server, std::map<std::string, FakeAnswer> answers) {
    server.set_fault([answers = std::move(answers)](const FakeRequest& request, FakeAnswer& reply) {
        for (const auto& [path, given] : answers) {
            if (request.path.find(path) == std::string::npos) continue;
            reply = given;
            return true;
        }
        return false;
    });
}

rest::Connection connect(const FakeMlflow& server) {
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 1;
    return rest::Connection(std::move(address));
}

TEST_CASE("registry: an alias that is not there is nothing, in both of the server's ways to say so") {
    FakeMlflow server;
    const auto connection = connect(server);
    const rest::Registry registry(connection);
    answer(server, {{"alias", {.status = 404, .body = R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":""})"}}});
    CHECK_FALSE(registry.find_version_by_alias("a", "x"));
    answer(server,
           {{"alias",
             {.status = 400,
              .body = R"({"error_code":"INVALID_PARAMETER_VALUE","message":"Registered model alias x not found."})"}}});
    CHECK_FALSE(registry.find_version_by_alias("a", "x"));
    answer(server,
           {{"alias", {.status = 400, .body = R"({"error_code":"INVALID_PARAMETER_VALUE","message":"bad name"})"}}});
    CHECK_THROWS_AS(registry.find_version_by_alias("a", "x"), InvalidParameter);
    answer(server, {{"alias", {.status = 404, .body = "<html>"}}});
    CHECK_THROWS_AS(registry.find_version_by_alias("a", "x"), MlflowError);
    CHECK_THROWS_AS(rest::Registry(connection, rest::RegistryKind::unity_catalog).latest_versions("a"), StateError);
}

TEST_CASE("experiments: two clients that create one at once end with the same") {
    FakeMlflow server;
    const auto connection = connect(server);
    int asked = 0;
    server.set_fault([&asked](const FakeRequest& request, FakeAnswer& reply) {
        if (request.path.find("create") != std::string::npos) {
            reply = {.status = 400, .body = R"({"error_code":"RESOURCE_ALREADY_EXISTS","message":""})"};
        } else if (++asked == 1) {
            reply = {.status = 404, .body = R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":""})"};
        } else {
            reply = {.body = R"({"experiment":{"experiment_id":"5","name":"icu"}})"};
        }
        return true;
    });
    CHECK(rest::Experiments(connection).ensure("icu").id == "5");
}

TEST_CASE("prompts: kept in the tags of a registered model's version") {
    FakeMlflow server;
    const auto connection = connect(server);
    const rest::Prompts prompts(connection);
    const std::string version = R"({"model_version":{"name":"p","version":"1","description":"first","tags":[
        {"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Hi {{who}}"},
        {"key":"_mlflow_prompt_type","value":"text"},{"key":"team","value":"a"}]}})";
    answer(server, {{"registered-models/get", {.status = 404, .body = R"({"error_code":"RESOURCE_DOES_NOT_EXIST"})"}},
                    {"registered-models/create", {.body = R"({"registered_model":{"name":"p"}})"}},
                    {"model-versions/create", {.body = version}}});
    const auto made = prompts.create({.name = "p", .template_text = "Hi {{who}}", .commit_message = "first"});
    CHECK(made.template_text == "Hi {{who}}");
    CHECK_FALSE(made.is_chat);
    CHECK(made.commit_message == "first");
    CHECK(made.tags == TextMap{{"team", "a"}});
    REQUIRE(server.requests.size() == 3);
    const auto sent = json::parse(server.requests.back().body);
    CHECK(sent["source"] == "dummy-source");
    CHECK(sent["tags"] == json::parse(R"([{"key":"_mlflow_prompt_type","value":"text"},
        {"key":"mlflow.prompt.is_prompt","value":"true"},{"key":"mlflow.prompt.text","value":"Hi {{who}}"}])"));
    answer(server, {{"registered-models/get", {.body = R"({"registered_model":{"name":"p"}})"}}});
    CHECK_THROWS_AS(prompts.create({.name = "p", .template_text = "x"}), StateError);
    CHECK_FALSE(prompts.find("p"));
    CHECK_THROWS_AS(prompts.create({.name = "p", .template_text = ""}), ValueError);
    CHECK_THROWS_AS(prompts.create({.name = "p", .template_text = "no chat", .is_chat = true}), ValueError);
}

}  // namespace
}  // namespace assay::tracking
