#pragma once

#include <functional>
#include <string>
#include <vector>

#include "assay/tracking/rest/assessments.hpp"
#include "assay/tracking/rest/experiments.hpp"
#include "assay/tracking/rest/logged_models.hpp"
#include "assay/tracking/rest/prompts.hpp"
#include "assay/tracking/rest/registry.hpp"
#include "assay/tracking/rest/runs.hpp"
#include "assay/tracking/rest/traces.hpp"

namespace assay::tests {

/// One call of the client: the request that it must make, and an answer that MLflow 3.17 gives.
struct EndpointCase {
    std::string request;  ///< "POST /api/2.0/mlflow/runs/create"
    std::string body;     ///< JSON that must be sent; empty for GET
    std::string answer;
    std::function<void(const tracking::rest::Connection&)> call;
    bool takes_empty_object = false;  ///< `{}` is a whole answer
};

inline std::vector<EndpointCase> experiment_cases() {
    using namespace tracking;
    using rest::Connection;
    using rest::Experiments;
    const std::string api = "/api/2.0/mlflow/experiments/";
    const std::string one = R"({"experiment":{"experiment_id":"1","name":"icu","creation_time":"12"}})";
    return {
        {"POST " + api + "create", R"({"name":"icu","tags":[{"key":"a","value":"b"}]})", R"({"experiment_id":"1"})",
         [](const Connection& c) {
             Experiments(c).create("icu", {{"a", "b"}});
         }},
        {"GET " + api + "get?experiment_id=1", "", one, [](const Connection& c) { Experiments(c).get("1"); }},
        {"GET " + api + "get-by-name?experiment_name=a%20b%2Fc", "", one,
         [](const Connection& c) { Experiments(c).find("a b/c"); }},
        {"POST " + api + "search", R"({"max_results":1000,"view_type":"ALL","filter":"name = 'icu'"})", R"({})",
         [](const Connection& c) {
             for (auto& e : Experiments(c).search({.filter = "name = 'icu'", .view = ViewType::all})) (void)e;
         },
         true},
        {"POST " + api + "update", R"({"experiment_id":"1","new_name":"b"})", "{}",
         [](const Connection& c) { Experiments(c).rename("1", "b"); }, true},
        {"POST " + api + "delete", R"({"experiment_id":"1"})", "{}",
         [](const Connection& c) { Experiments(c).remove("1"); }, true},
        {"POST " + api + "restore", R"({"experiment_id":"1"})", "{}",
         [](const Connection& c) { Experiments(c).restore("1"); }, true},
        {"POST " + api + "set-experiment-tag", R"({"experiment_id":"1","key":"k","value":"v"})", "{}",
         [](const Connection& c) {
             Experiments(c).set_tag("1", {"k", "v"});
         },
         true},
        {"POST " + api + "delete-experiment-tag", R"({"experiment_id":"1","key":"k"})", "{}",
         [](const Connection& c) { Experiments(c).delete_tag("1", "k"); }, true},
    };
}

inline std::vector<EndpointCase> run_cases() {
    using namespace tracking;
    using rest::Connection;
    using rest::Runs;
    const std::string api = "/api/2.0/mlflow/";
    const std::string one = R"({"run":{"info":{"run_id":"r1","experiment_id":"1","start_time":5}}})";
    return {
        {"POST " + api + "runs/create",
         R"({"experiment_id":"1","user_id":"u","run_name":"n","start_time":7,"tags":[{"key":"a","value":"b"}]})", one,
         [](const Connection& c) {
             Runs(c).create({"1", "n", "u", 7, {{"a", "b"}}});
         }},
        {"GET " + api + "runs/get?run_id=r1", "", one, [](const Connection& c) { Runs(c).get("r1"); }},
        {"POST " + api + "runs/update", R"({"run_id":"r1","status":"FAILED","end_time":9})",
         R"({"run_info":{"run_id":"r1","experiment_id":"1"}})",
         [](const Connection& c) {
             Runs(c).update("r1", {"FAILED", 9, {}});
         }},
        {"POST " + api + "runs/delete", R"({"run_id":"r1"})", "{}", [](const Connection& c) { Runs(c).remove("r1"); },
         true},
        {"POST " + api + "runs/restore", R"({"run_id":"r1"})", "{}", [](const Connection& c) { Runs(c).restore("r1"); },
         true},
        {"POST " + api + "runs/search",
         R"({"experiment_ids":["1"],"filter":"","max_results":1000,"run_view_type":"ACTIVE_ONLY","order_by":["start_time"]})",
         "{}",
         [](const Connection& c) {
             for (auto& run : Runs(c).search({.experiment_ids = {"1"}, .order_by = {"start_time"}})) (void)run;
         },
         true},
        {"POST " + api + "runs/log-metric", R"({"run_id":"r1","key":"m","value":0.5,"timestamp":1,"step":2})", "{}",
         [](const Connection& c) {
             Runs(c).log_metric("r1", {"m", 0.5, 1, 2});
         },
         true},
        {"POST " + api + "runs/log-parameter", R"({"run_id":"r1","key":"p","value":"v"})", "{}",
         [](const Connection& c) {
             Runs(c).log_param("r1", {"p", "v"});
         },
         true},
        {"POST " + api + "runs/set-tag", R"({"run_id":"r1","key":"t","value":""})", "{}",
         [](const Connection& c) {
             Runs(c).set_tag("r1", {"t", ""});
         },
         true},
        {"POST " + api + "runs/delete-tag", R"({"run_id":"r1","key":"t"})", "{}",
         [](const Connection& c) { Runs(c).delete_tag("r1", "t"); }, true},
        {"POST " + api + "runs/log-batch",
         R"({"run_id":"r1","metrics":[{"key":"m","value":"-Infinity","timestamp":1,"step":2}],"params":[{"key":"p","value":"v"}]})",
         "{}",
         [](const Connection& c) {
             Runs(c).log_batch("r1", {{{"m", -std::numeric_limits<double>::infinity(), 1, 2}}, {{"p", "v"}}, {}});
         },
         true},
        {"POST " + api + "runs/log-batch",
         R"({"run_id":"r1","metrics":[{"key":"m","value":1.0,"timestamp":1,"step":0,"model_id":"m-1","run_id":"r1"}]})",
         "{}",
         [](const Connection& c) {
             ModelMetric point;
             point.key = "m", point.value = 1, point.timestamp = 1, point.model_id = "m-1";
             Runs(c).log_model_metrics("r1", {point});
         },
         true},
        {"POST " + api + "runs/log-inputs",
         R"({"run_id":"r1","datasets":[{"tags":[{"key":"c","value":"t"}],"dataset":{"name":"d","digest":"1","source_type":"local","source":"{}"}}],"models":[{"model_id":"m-1"}]})",
         "{}",
         [](const Connection& c) {
             Runs(c).log_inputs("r1", {{"d", "1", "local", "{}", "", "", {{"c", "t"}}}}, {{"m-1"}});
         },
         true},
        {"POST " + api + "runs/outputs", R"({"run_id":"r1","models":[{"model_id":"m-1","step":3}]})", "{}",
         [](const Connection& c) {
             Runs(c).log_outputs("r1", {{"m-1", 3}});
         },
         true},
        {"POST " + api + "runs/log-model", R"({"run_id":"r1","model_json":"{}"})", "{}",
         [](const Connection& c) { Runs(c).log_model("r1", "{}"); }, true},
        {"GET " + api + "metrics/get-history?run_id=r1&metric_key=a%2Fb&max_results=25000", "",
         R"({"metrics":[{"key":"a/b","value":"NaN","timestamp":"1","step":2}]})",
         [](const Connection& c) {
             for (auto& point : Runs(c).metric_history("r1", "a/b")) (void)point;
         },
         true},
        {"GET " + api + "artifacts/list?run_id=r1&path=a%2Fb", "", R"({"root_uri":"mlflow-artifacts:/1"})",
         [](const Connection& c) { Runs(c).list_artifacts("r1", "a/b"); }},
    };
}

inline std::vector<EndpointCase> logged_model_cases() {
    using namespace tracking;
    using rest::Connection;
    using rest::LoggedModels;
    const std::string api = "/api/2.0/mlflow/logged-models";
    const std::string one = R"({"model":{"info":{"model_id":"m-1","experiment_id":"1"}}})";
    return {
        {"POST " + api, R"({"experiment_id":"1","name":"n","source_run_id":"r1","params":[{"key":"p","value":"1"}]})",
         one,
         [](const Connection& c) {
             LoggedModels(c).create({.experiment_id = "1", .name = "n", .source_run_id = "r1", .params = {{"p", "1"}}});
         }},
        {"GET " + api + "/m-1", "", one, [](const Connection& c) { LoggedModels(c).get("m-1"); }},
        {"PATCH " + api + "/m-1", R"({"model_id":"m-1","status":"LOGGED_MODEL_READY"})", one,
         [](const Connection& c) { LoggedModels(c).finalize("m-1"); }},
        {"DELETE " + api + "/m-1", "{}", "{}", [](const Connection& c) { LoggedModels(c).remove("m-1"); }, true},
        {"POST " + api + "/search",
         R"({"experiment_ids":["1"],"max_results":50,"order_by":[{"field_name":"metrics.auc","ascending":false}]})",
         "{}",
         [](const Connection& c) {
             for (auto& m : LoggedModels(c).search({.experiment_ids = {"1"}, .order_by = {{"metrics.auc", false}}})) {
                 (void)m;
             }
         },
         true},
        {"PATCH " + api + "/m-1/tags", R"({"model_id":"m-1","tags":[{"key":"k","value":"v"}]})", "{}",
         [](const Connection& c) {
             LoggedModels(c).set_tags("m-1", {{"k", "v"}});
         },
         true},
        {"DELETE " + api + "/m-1/tags/a%20b", "{}", "{}",
         [](const Connection& c) { LoggedModels(c).delete_tag("m-1", "a b"); }, true},
        {"POST " + api + "/m-1/params", R"({"model_id":"m-1","params":[{"key":"k","value":"v"}]})", "{}",
         [](const Connection& c) {
             LoggedModels(c).log_params("m-1", {{"k", "v"}});
         },
         true},
        {"GET " + api + "/m-1/artifacts/directories?artifact_directory_path=data", "", R"({"root_uri":"x"})",
         [](const Connection& c) { LoggedModels(c).list_artifacts("m-1", "data"); }},
    };
}

inline std::vector<EndpointCase> registry_cases(tracking::rest::RegistryKind kind) {
    using namespace tracking;
    using rest::Connection;
    using rest::Registry;
    const bool unity = kind == rest::RegistryKind::unity_catalog;
    const std::string api = std::string("/api/2.0/mlflow/") + (unity ? "unity-catalog/" : "");
    const std::string model = R"({"registered_model":{"name":"a.b.c"}})";
    const std::string version = R"({"model_version":{"name":"a.b.c","version":"2"}})";
    const auto with = [kind](auto call) { return [kind, call](const Connection& c) { call(Registry(c, kind)); }; };
    std::vector<EndpointCase> cases{
        {"POST " + api + "registered-models/create", R"({"name":"a.b.c","description":"d"})", model,
         with([](const Registry& r) { r.create_model("a.b.c", {}, "d"); })},
        {"GET " + api + "registered-models/get?name=a.b.c", "", model,
         with([](const Registry& r) { r.get_model("a.b.c"); })},
        {"GET " + api + "registered-models/search?max_results=100&filter=x&order_by=a&order_by=b", "", "{}",
         with([](const Registry& r) {
             for (auto& m : r.search_models({"x", {"a", "b"}, 100})) (void)m;
         }),
         true},
        {(unity ? "PATCH " : "POST ") + api + (unity ? "registered-models/update" : "registered-models/rename"),
         R"({"name":"a.b.c","new_name":"a.b.d"})", model,
         with([](const Registry& r) { r.rename_model("a.b.c", "a.b.d"); })},
        {"PATCH " + api + "registered-models/update", R"({"name":"a.b.c","description":""})", model,
         with([](const Registry& r) { r.update_model("a.b.c", ""); })},
        {"DELETE " + api + "registered-models/delete", R"({"name":"a.b.c"})", "{}",
         with([](const Registry& r) { r.delete_model("a.b.c"); }), true},
        {"POST " + api + "registered-models/set-tag", R"({"name":"a.b.c","key":"k","value":"v"})", "{}",
         with([](const Registry& r) {
             r.set_model_tag("a.b.c", {"k", "v"});
         }),
         true},
        {"DELETE " + api + "registered-models/delete-tag", R"({"name":"a.b.c","key":"k"})", "{}",
         with([](const Registry& r) { r.delete_model_tag("a.b.c", "k"); }), true},
        {"POST " + api + "registered-models/alias", R"({"name":"a.b.c","alias":"staging","version":"2"})", "{}",
         with([](const Registry& r) { r.set_alias("a.b.c", "staging", "2"); }), true},
        {"DELETE " + api + "registered-models/alias", R"({"name":"a.b.c","alias":"staging"})", "{}",
         with([](const Registry& r) { r.delete_alias("a.b.c", "staging"); }), true},
        {"GET " + api + "registered-models/alias?name=a.b.c&alias=staging", "", version,
         with([](const Registry& r) { r.version_by_alias("a.b.c", "staging"); })},
        {"POST " + api + "model-versions/create",
         R"({"name":"a.b.c","source":"models:/m-1","model_id":"m-1","tags":[{"key":"k","value":"v"}]})", version,
         with([](const Registry& r) {
             r.create_version({.name = "a.b.c", .source = "models:/m-1", .model_id = "m-1", .tags = {{"k", "v"}}});
         })},
        {"GET " + api + "model-versions/get?name=a.b.c&version=2", "", version,
         with([](const Registry& r) { r.get_version("a.b.c", "2"); })},
        {"GET " + api + "model-versions/search?max_results=100&filter=name%20%3D%20%27a%27", "", "{}",
         with([](const Registry& r) {
             for (auto& v : r.search_versions({.filter = "name = 'a'"})) (void)v;
         }),
         true},
        {"PATCH " + api + "model-versions/update", R"({"name":"a.b.c","version":"2","description":"d"})", version,
         with([](const Registry& r) { r.update_version("a.b.c", "2", "d"); })},
        {"DELETE " + api + "model-versions/delete", R"({"name":"a.b.c","version":"2"})", "{}",
         with([](const Registry& r) { r.delete_version("a.b.c", "2"); }), true},
        {"POST " + api + "model-versions/set-tag", R"({"name":"a.b.c","version":"2","key":"k","value":"v"})", "{}",
         with([](const Registry& r) {
             r.set_version_tag("a.b.c", "2", {"k", "v"});
         }),
         true},
        {"DELETE " + api + "model-versions/delete-tag", R"({"name":"a.b.c","version":"2","key":"k"})", "{}",
         with([](const Registry& r) { r.delete_version_tag("a.b.c", "2", "k"); }), true},
        {"GET " + api + "model-versions/get-download-uri?name=a.b.c&version=2", "", R"({"artifact_uri":"x"})",
         with([](const Registry& r) { r.download_uri("a.b.c", "2"); })},
    };
    if (unity) return cases;
    cases.push_back({"POST " + api + "registered-models/get-latest-versions", R"({"name":"a.b.c"})", "{}",
                     with([](const Registry& r) { r.latest_versions("a.b.c"); }), true});
    cases.push_back({"POST " + api + "model-versions/transition-stage",
                     R"({"name":"a.b.c","version":"2","stage":"Staging","archive_existing_versions":true})", version,
                     with([](const Registry& r) { r.transition_stage("a.b.c", "2", "Staging", true); })});
    return cases;
}

inline std::vector<EndpointCase> trace_cases() {
    using namespace tracking;
    using rest::Connection;
    using rest::Traces;
    const std::string api = "/api/3.0/mlflow/traces";
    const std::string info = R"({"trace_id":"tr-1","request_time":"2026-01-02T03:04:05.678Z"})";
    const std::string one = R"({"trace":{"trace_info":)" + info + "}}";
    return {
        {"POST " + api,
         R"({"trace":{"trace_info":{"trace_id":"tr-1","trace_location":{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"1"}},"request_time":"2026-01-02T03:04:05.678000Z","execution_duration":"1.25s","state":"ERROR","tags":{"a":"b"}}}})",
         one,
         [](const Connection& c) {
             rest::TraceInfo trace;
             trace.trace_id = "tr-1", trace.experiment_id = "1", trace.state = "ERROR", trace.tags = {{"a", "b"}};
             trace.request_time = *parse_timestamp("2026-01-02T03:04:05.678Z");
             trace.execution_duration = std::chrono::milliseconds(1250);
             Traces(c).create(trace);
         }},
        {"GET " + api + "/tr-1", "", one, [](const Connection& c) { Traces(c).get("tr-1"); }},
        {"GET " + api + "/get?trace_id=tr-1", "", R"({"trace":{"spans":[{"name":"a"}]}})",
         [](const Connection& c) { Traces(c).spans("tr-1"); }},
        {"POST " + api + "/search",
         R"({"locations":[{"type":"MLFLOW_EXPERIMENT","mlflow_experiment":{"experiment_id":"1"}}],"max_results":100})",
         R"({"traces":[)" + info + "]}",
         [](const Connection& c) {
             for (auto& t : Traces(c).search({.experiment_ids = {"1"}})) (void)t;
         },
         true},
        {"PATCH " + api + "/tr-1/tags", R"({"key":"k","value":"v"})", "{}",
         [](const Connection& c) {
             Traces(c).set_tag("tr-1", {"k", "v"});
         },
         true},
        {"DELETE " + api + "/tr-1/tags", R"({"key":"k"})", "{}",
         [](const Connection& c) { Traces(c).delete_tag("tr-1", "k"); }, true},
        {"POST " + api + "/delete-traces", R"({"experiment_id":"1","request_ids":["tr-1"]})", R"({"traces_deleted":1})",
         [](const Connection& c) { Traces(c).remove("1", {"tr-1"}); }, true},
        {"POST " + api + "/delete-traces", R"({"experiment_id":"1","max_timestamp_millis":5,"max_traces":2})", "{}",
         [](const Connection& c) { Traces(c).remove_until("1", Timestamp{5000}, 2); }, true},
        {"POST /api/2.0/mlflow/traces/link-to-run", R"({"trace_ids":["tr-1"],"run_id":"r1"})", "{}",
         [](const Connection& c) { Traces(c).link_to_run({"tr-1"}, "r1"); }, true},
    };
}

inline std::vector<EndpointCase> assessment_cases() {
    using namespace tracking;
    using rest::Assessments;
    using rest::Connection;
    const std::string api = "/api/3.0/mlflow/traces/tr-1/assessments";
    const std::string one =
        R"({"assessment":{"assessment_id":"a-1","assessment_name":"n","source":{"source_type":"HUMAN"}}})";
    const auto sample = [] {
        rest::Assessment a;
        a.name = "n", a.trace_id = "tr-1", a.source = {"HUMAN", "me"};
        return a;
    };
    return {
        {"POST " + api,
         R"({"assessment":{"assessment_name":"n","trace_id":"tr-1","source":{"source_type":"HUMAN","source_id":"me"},"feedback":{"value":4},"metadata":{"a":"b"}}})",
         one,
         [sample](const Connection& c) {
             auto a = sample();
             a.feedback.text = "4", a.metadata = {{"a", "b"}};
             Assessments(c).create(a);
         }},
        {"POST " + api,
         R"({"assessment":{"assessment_name":"n","trace_id":"tr-1","source":{"source_type":"HUMAN","source_id":"me"},"expectation":{"serialized_value":{"serialization_format":"JSON_FORMAT","value":"[1, 2]"}}}})",
         one,
         [sample](const Connection& c) {
             auto a = sample();
             a.expectation.text = "[1, 2]";
             Assessments(c).create(a);
         }},
        {"POST " + api,
         R"({"assessment":{"assessment_name":"n","trace_id":"tr-1","source":{"source_type":"HUMAN","source_id":"me"},"feedback":{"error":{"error_code":"E"}}}})",
         one,
         [sample](const Connection& c) {
             auto a = sample();
             a.feedback_error = {"E", "", ""};
             Assessments(c).create(a);
         }},
        {"GET " + api + "/a-1", "", one, [](const Connection& c) { Assessments(c).get("tr-1", "a-1"); }},
        {"PATCH " + api + "/a-1",
         R"({"assessment":{"assessment_id":"a-1","trace_id":"tr-1","assessment_name":"n2","feedback":{"value":true}},"update_mask":"assessmentName,feedback"})",
         one,
         [](const Connection& c) {
             Assessments(c).update("tr-1", "a-1", {.name = "n2", .feedback = rest::JsonText{"true"}});
         }},
        {"DELETE " + api + "/a-1", "{}", "{}", [](const Connection& c) { Assessments(c).remove("tr-1", "a-1"); }, true},
    };
}

}  // namespace assay::tests
