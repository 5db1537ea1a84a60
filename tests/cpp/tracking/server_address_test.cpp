#include "assay/tracking/server_address.hpp"

#include <fstream>
#include <map>

#include "assay/base/error.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;

Environment environment(std::map<std::string, std::string> variables, fs::path home = "/nowhere") {
    return {[variables = std::move(variables)](const char* name) -> std::optional<std::string> {
                const auto found = variables.find(name);
                return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            std::move(home)};
}

void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

TEST_CASE("address: a plain server needs nothing") {
    const auto address = resolve_tracking_uri("http://127.0.0.1:5000/", environment({}));
    CHECK(address.url == "http://127.0.0.1:5000");
    CHECK(address.options.credentials.empty());
    CHECK(address.options.verify_tls);
    CHECK_FALSE(address.databricks);
}

TEST_CASE("address: user and password come from the URL, the environment, then the file, basic outranks bearer") {
    const TemporaryFolder home;
    write(home.path() / ".mlflow/credentials",
          "[mlflow]\nmlflow_tracking_username = ann\nmlflow_tracking_password = from-file\n");
    const auto in_url = resolve_tracking_uri("https://bob:p%40ss@host/x", environment({}, home.path()));
    CHECK(in_url.url == "https://host/x");
    CHECK(in_url.options.credentials.user == "bob");
    CHECK(in_url.options.credentials.secret.reveal() == "p@ss");
    const auto in_env = resolve_tracking_uri("https://host", environment({{"MLFLOW_TRACKING_USERNAME", "eve"},
                                                                          {"MLFLOW_TRACKING_PASSWORD", "pw"},
                                                                          {"MLFLOW_TRACKING_TOKEN", "token"}},
                                                                         home.path()));
    CHECK(in_env.options.credentials.user == "eve");
    CHECK(in_env.options.credentials.secret.reveal() == "pw");
    const auto in_file = resolve_tracking_uri("https://host", environment({}, home.path()));
    CHECK(in_file.options.credentials.user == "ann");
    CHECK(in_file.options.credentials.secret.reveal() == "from-file");
    const auto token = resolve_tracking_uri("https://host", environment({{"MLFLOW_TRACKING_TOKEN", "token"}}));
    CHECK(token.options.credentials.user.empty());
    CHECK(token.options.credentials.secret.reveal() == "token");
}

TEST_CASE("address: TLS settings by MLflow's names") {
    const auto address = resolve_tracking_uri(
        "https://host",
        environment({{"MLFLOW_TRACKING_INSECURE_TLS", "true"}, {"MLFLOW_TRACKING_CLIENT_CERT_PATH", "c.pem"}}));
    CHECK_FALSE(address.options.verify_tls);
    CHECK(address.options.client_certificate == "c.pem");
    CHECK(resolve_tracking_uri("https://host", environment({{"MLFLOW_TRACKING_SERVER_CERT_PATH", "ca.pem"}}))
              .options.trusted_certificates == "ca.pem");
}

TEST_CASE("address: Databricks by environment, default profile and named profile") {
    const TemporaryFolder home;
    write(
        home.path() / ".databrickscfg",
        "; made up\n[DEFAULT]\nhost = https://one.example/\ntoken = first\n\n[two]\nhost=two.example\ntoken=second\n");
    const auto by_env = resolve_tracking_uri(
        "databricks",
        environment({{"DATABRICKS_HOST", "https://env.example"}, {"DATABRICKS_TOKEN", "env"}}, home.path()));
    CHECK(by_env.url == "https://env.example");
    CHECK(by_env.options.credentials.secret.reveal() == "env");
    const auto by_default = resolve_tracking_uri("databricks", environment({}, home.path()));
    CHECK(by_default.url == "https://one.example");
    CHECK(by_default.databricks);
    const auto named = resolve_tracking_uri("databricks://two", environment({}, home.path()));
    CHECK(named.url == "https://two.example");
    CHECK(named.options.credentials.secret.reveal() == "second");
    CHECK_THROWS_AS(resolve_tracking_uri("databricks://three", environment({}, home.path())), AuthError);
    CHECK_THROWS_AS(resolve_tracking_uri("databricks", environment({})), AuthError);
}

TEST_CASE("address: what is no server is refused without repeating it") {
    for (const char* uri : {"", "mlruns", "sqlite:///x.db", "file:///tmp/x", "ftp://u:secret@h"}) {
        try {
            resolve_tracking_uri(uri, environment({}));
            FAIL("no error");
        } catch (const ValueError& e) {
            CHECK(std::string(e.what()).find("secret") == std::string::npos);
        }
    }
}

}  // namespace
}  // namespace assay::tracking
