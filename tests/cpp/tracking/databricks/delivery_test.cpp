// What delivery of a journal meets in a workspace: experiments by path, artifacts without a proxy.

#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "assay/base/hash.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "base/loopback_server.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

constexpr const char* run_uri = "dbfs:/databricks/mlflow-tracking/1/run1/artifacts";
constexpr const char* volume_uri = "dbfs:/Volumes/main/icu/notes";

/// As much of a workspace as one run needs; what it does not know is refused with 418.
class SmallWorkspace {
  public:
    SmallWorkspace()
        : server_([this](const Received& got, int) {
              Reply reply = answer(got);
              reply.headers = "Content-Type: application/json\r\n";
              return reply;
          }) {}

    ServerAddress address() const {
        ServerAddress address;
        address.url = "http://" + server_.authority();
        address.databricks = true;
        address.options.credentials = http::Credentials::bearer(Secret("dapi-made-up"));
        address.options.retry = RetryPolicy{.attempts = 1};
        return address;
    }
    std::map<std::string, std::string> objects;
    std::string experiments;  // the calls, in order

  private:
    Reply answer(const Received& got) {
        const std::lock_guard lock(mutex_);
        const auto is = [&](const char* method, const std::string& target) {
            return got.method == method && got.target == target && got.has("authorization: Bearer dapi-made-up");
        };
        const std::string ml = "/api/2.0/mlflow/";
        if (is("GET", "/api/2.0/preview/scim/v2/Me")) return {.body = R"({"userName":"ann@example.com"})"};
        if (is("GET", ml + "experiments/get-by-name?experiment_name=%2FUsers%2Fann%40example.com%2Ficu")) {
            experiments += "look up, ";
            if (experiments.find("create") != std::string::npos) {
                return {.body = R"({"experiment":{"experiment_id":"7","name":"/Users/ann@example.com/icu"}})"};
            }
            return {.status = 404, .body = R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":""})"};
        }
        if (is("POST", ml + "experiments/create") && got.body == R"({"name":"/Users/ann@example.com/icu"})") {
            experiments += "create, ";
            return {.body = R"({"experiment_id":"7"})"};
        }
        const bool writes = is("POST", ml + "artifacts/credentials-for-write");
        if ((writes || is("POST", ml + "artifacts/credentials-for-read")) &&
            got.body == R"({"path":["notes/a.txt"],"run_id":"run1"})") {
            return {.body = R"({"credential_infos":[{"type":"AWS_PRESIGNED_URL","signed_uri":")" + address().url +
                            R"(/store/a?sig=1"}]})"};
        }
        if (got.target == "/store/a?sig=1" && !got.names("authorization")) {
            if (got.method == "PUT") objects["a"] = got.body;
            return {.body = got.method == "PUT" ? "" : objects["a"]};
        }
        if (is("GET", ml + "artifacts/list?run_id=run1")) {
            return {.body = R"({"files":[{"path":"notes","is_dir":true}]})"};
        }
        if (is("GET", ml + "artifacts/list?run_id=run1&path=notes") ||
            is("GET", ml + "artifacts/list?run_id=run1&path=notes%2Fa.txt")) {  // a file lists itself
            return {.body = R"({"files":[{"path":"notes/a.txt","is_dir":false,"file_size":"7"}]})"};
        }
        if (is("HEAD", "/api/2.0/fs/directories/Volumes/main/icu/notes")) return {};
        if (is("GET", "/api/2.0/fs/directories/Volumes/main/icu/notes")) {
            return {.body = R"({"contents":[{"path":"/Volumes/main/icu/notes/b","file_size":3}]})"};
        }
        return {.status = 418};
    }

    std::mutex mutex_;
    LoopbackServer server_;
};

TEST_CASE("databricks: a run's experiment stands in the user's folder and is made once") {
    SmallWorkspace workspace;
    const MlflowClient client(workspace.address());
    CHECK(client.ensure_experiment("icu").id == "7");
    CHECK(workspace.experiments == "look up, create, look up, ");
}

TEST_CASE("databricks: artifacts of a run go and come by the artifact client") {
    SmallWorkspace workspace;
    const tests::TemporaryFolder folder;
    std::ofstream(folder.path() / "a") << "made up";
    const ArtifactClient client(workspace.address());
    const std::string hash = to_hex(sha256("made up"));
    const auto sent = client.upload(run_uri, {"notes/a.txt", folder.path() / "a", hash});
    CHECK(sent.size == 7);
    CHECK(sent.sha256 == hash);
    CHECK(workspace.objects["a"] == "made up");
    const auto files = client.list_files(run_uri);
    REQUIRE(files.size() == 1);
    CHECK(files[0].path == "notes/a.txt");
    CHECK(files[0].size == 7);
    CHECK(client.list_files(run_uri, "notes/a.txt").size() == 1);
    CHECK(client.measure(run_uri, "notes/a.txt").sha256 == hash);
    CHECK(client.download_all(run_uri, "notes", folder.path() / "back").size() == 1);
    CHECK(std::filesystem::file_size(folder.path() / "back" / "notes" / "a.txt") == 7);
    CHECK_THROWS_AS(client.upload(run_uri, {"notes/a.txt", folder.path() / "a", to_hex(sha256("else"))}), StateError);
    CHECK(client.list(volume_uri).at(0).path == "b");
}

TEST_CASE("databricks: a workspace's answers are held against what MLflow's are") {
    struct Case {
        int status;
        const char* type;
        const char* body;
        const char* kind;
        bool transient;
    };
    const std::vector<Case> cases{
        {400, "application/json", R"({"error_code":"BAD_REQUEST","message":"QueuePool limit"})",
         "TemporarilyUnavailable", true},
        {400, "application/json", R"({"error_code":"INVALID_PARAMETER_VALUE","message":""})", "InvalidParameter",
         false},
        {403, "application/json", R"({"error_code":"PERMISSION_DENIED","message":""})", "PermissionDenied", false},
        {404, "application/json", R"({"error_code":"NOT_FOUND","message":""})", "ResourceDoesNotExist", false},
        {200, "text/html", "<html>sign in</html>", "UnexpectedAnswer", true},
        {200, "text/html", "{}", "UnexpectedAnswer", true},
        {200, "application/json", R"({"a":)", "UnexpectedAnswer", true},
    };
    for (const auto& each : cases) {
        CAPTURE(each.status, each.body);
        LoopbackServer server([&](const Received&, int) {
            return Reply{.status = each.status,
                         .headers = "Content-Type: " + std::string(each.type) + "\r\n",
                         .body = each.body};
        });
        ServerAddress address;
        address.url = "http://" + server.authority();
        address.options.retry = RetryPolicy{.attempts = 1};
        try {
            databricks::WorkspaceApi(address).get("/api/2.0/made/up");
            FAIL("expected a refusal");
        } catch (const MlflowError& e) {
            CHECK(std::string(e.kind()) == each.kind);
            CHECK(e.transient() == each.transient);
        }
    }
}

}  // namespace
}  // namespace assay::tracking
