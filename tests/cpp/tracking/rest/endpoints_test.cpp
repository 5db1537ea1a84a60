#include "tracking/rest/endpoints.hpp"

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "tracking/fake_mlflow.hpp"

namespace assay::tracking::rest {
namespace {

using assay::tests::EndpointCase;
using assay::tests::FakeAnswer;
using assay::tests::FakeMlflow;
using assay::tests::FakeRequest;

Connection connection_to(const FakeMlflow& server) {
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 1;
    return Connection(std::move(address));
}

void answer_with(FakeMlflow& server, const FakeAnswer& answer) {
    server.set_fault([answer](const FakeRequest&, FakeAnswer& reply) {
        reply = answer;
        return true;
    });
}

std::vector<EndpointCase> every_endpoint() {
    std::vector<EndpointCase> all;
    for (const auto& area :
         {tests::experiment_cases(), tests::run_cases(), tests::logged_model_cases(),
          tests::registry_cases(RegistryKind::mlflow), tests::registry_cases(RegistryKind::unity_catalog),
          tests::trace_cases(), tests::assessment_cases()}) {
        all.insert(all.end(), area.begin(), area.end());
    }
    return all;
}

TEST_CASE("rest: every endpoint gets the request that MLflow documents") {
    FakeMlflow server;
    const auto connection = connection_to(server);
    for (const auto& endpoint : every_endpoint()) {
        CAPTURE(endpoint.request);
        answer_with(server, {.body = endpoint.answer});
        server.requests.clear();
        endpoint.call(connection);
        REQUIRE(server.requests.size() == 1);
        const auto& sent = server.requests.front();
        CHECK(sent.method + " " + sent.path == endpoint.request);
        CHECK(nlohmann::json::parse(sent.body.empty() ? "null" : sent.body) ==
              nlohmann::json::parse(endpoint.body.empty() ? "null" : endpoint.body));
    }
}

TEST_CASE("rest: an answer that is not MLflow's is never taken for success") {
    FakeMlflow server;
    const auto connection = connection_to(server);
    const FakeAnswer empty{.body = ""};
    const FakeAnswer login{.body = "<html>sign in</html>", .type = "text/html"};
    const FakeAnswer half{.body = R"({"run": {"info")"};
    const FakeAnswer list{.body = "[]"};
    for (const auto& endpoint : every_endpoint()) {
        for (const auto& answer : {empty, login, half, list}) {
            CAPTURE(endpoint.request, answer.body);
            answer_with(server, answer);
            CHECK_THROWS_AS(endpoint.call(connection), UnexpectedAnswer);
        }
        if (!endpoint.takes_empty_object) {
            CAPTURE(endpoint.request);
            answer_with(server, {.body = "{}"});
            CHECK_THROWS_AS(endpoint.call(connection), UnexpectedAnswer);
        }
        CAPTURE(endpoint.request);
        answer_with(server, {.body = endpoint.answer.substr(0, 1), .cut = 50});
        CHECK_THROWS_AS(endpoint.call(connection), HttpError);
        answer_with(server, {.hang_up = true});
        CHECK_THROWS_AS(endpoint.call(connection), HttpError);
    }
}

template <class Kind>
void check_kind(FakeMlflow& server, int status, const std::string& code, bool transient, const char* kind) {
    CAPTURE(status, code);
    answer_with(server, {.status = status,
                         .body = code.empty() ? "<html>" : R"({"error_code":")" + code + R"(","message":"M-1 said"})"});
    try {
        Runs(connection_to(server)).get("r1");
        FAIL("no exception");
    } catch (const Kind& e) {
        CHECK(e.status() == status);
        CHECK(e.error_code() == code);
        CHECK(e.transient() == transient);
        CHECK(std::string(e.kind()) == kind);
        CHECK(e.server_words() == (code.empty() ? "<html>" : "M-1 said"));
        CHECK(std::string(e.what()).find("M-1 said") == std::string::npos);  // it may quote what was logged
    }
}

TEST_CASE("rest: each of the server's codes is an exception of its own") {
    FakeMlflow server;
    check_kind<ResourceDoesNotExist>(server, 404, "RESOURCE_DOES_NOT_EXIST", false, "ResourceDoesNotExist");
    check_kind<ResourceAlreadyExists>(server, 400, "RESOURCE_ALREADY_EXISTS", false, "ResourceAlreadyExists");
    check_kind<ResourceConflict>(server, 409, "RESOURCE_CONFLICT", false, "ResourceConflict");
    check_kind<InvalidParameter>(server, 400, "INVALID_PARAMETER_VALUE", false, "InvalidParameter");
    check_kind<InvalidParameter>(server, 400, "BAD_REQUEST", false, "InvalidParameter");
    check_kind<InvalidState>(server, 500, "INVALID_STATE", true, "InvalidState");
    check_kind<LimitExceeded>(server, 429, "REQUEST_LIMIT_EXCEEDED", true, "LimitExceeded");
    check_kind<TemporarilyUnavailable>(server, 503, "TEMPORARILY_UNAVAILABLE", true, "TemporarilyUnavailable");
    check_kind<InternalError>(server, 500, "INTERNAL_ERROR", true, "InternalError");
    check_kind<EndpointNotFound>(server, 404, "ENDPOINT_NOT_FOUND", false, "EndpointNotFound");
    check_kind<PermissionDenied>(server, 403, "PERMISSION_DENIED", false, "PermissionDenied");
    check_kind<Unauthenticated>(server, 401, "", false, "Unauthenticated");
    check_kind<MlflowError>(server, 404, "", false, "MlflowError");  // a proxy's: says nothing about the run
    check_kind<InternalError>(server, 502, "", true, "InternalError");
    check_kind<TemporarilyUnavailable>(server, 503, "", true, "TemporarilyUnavailable");
    check_kind<MlflowError>(server, 418, "TEAPOT", false, "MlflowError");  // one of a later version
}

TEST_CASE("rest: what the server does not let in is an AuthError, too") {
    FakeMlflow server;
    answer_with(server, {.status = 403, .body = R"({"error_code":"PERMISSION_DENIED","message":"no"})"});
    CHECK_THROWS_AS(Runs(connection_to(server)).get("r1"), AuthError);
    answer_with(server, {.status = 401, .body = "", .type = "text/html"});
    CHECK_THROWS_AS(Runs(connection_to(server)).get("r1"), AuthError);
    CHECK_THROWS_AS(Runs(connection_to(server)).get("r1"), HttpError);
}

TEST_CASE("rest: an overloaded server's 400 is no refusal") {
    FakeMlflow server;
    answer_with(server,
                {.status = 400, .body = R"({"error_code":"BAD_REQUEST","message":"QueuePool limit of size 5"})"});
    CHECK_THROWS_AS(Runs(connection_to(server)).get("r1"), TemporarilyUnavailable);
}

TEST_CASE("rest: what cannot be repeated is sent once, the rest as the policy says") {
    FakeMlflow server;
    ServerAddress address;
    address.url = server.url();
    address.options.retry.attempts = 3;
    address.options.waiting.sleep = [](std::chrono::milliseconds) {};
    const Connection connection(std::move(address));
    answer_with(server, {.status = 503, .body = "{}"});
    const auto calls = [&](auto call) {
        server.requests.clear();
        CHECK_THROWS_AS(call(), TemporarilyUnavailable);
        return server.requests.size();
    };
    CHECK(calls([&] { Runs(connection).create({"1", "n", "u", 1, {}}); }) == 1);
    CHECK(calls([&] { Registry(connection).create_version({.name = "a", .source = "b"}); }) == 1);
    CHECK(calls([&] { LoggedModels(connection).create({.experiment_id = "1"}); }) == 1);
    CHECK(calls([&] { Registry(connection).set_alias("a", "b", "1"); }) == 3);
    CHECK(calls([&] { Runs(connection).get("r1"); }) == 3);
}

}  // namespace
}  // namespace assay::tracking::rest
