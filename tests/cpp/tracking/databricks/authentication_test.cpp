#include "assay/tracking/databricks/authentication.hpp"

#include <atomic>

#include "assay/base/error.hpp"
#include "base/loopback_server.hpp"
#include "catch.hpp"

namespace assay::tracking::databricks {
namespace {

constexpr const char* form_type = "content-type: application/x-www-form-urlencoded";

http::Request get(std::string url) {
    http::Request request;
    request.url = std::move(url);
    request.retry = RetryPolicy{.attempts = 1};
    return request;
}

TEST_CASE("databricks: OAuth asks the workspace for a token, and again after a 401") {
    std::atomic<int> tokens{0};
    const LoopbackServer server([&](const Received& got, int) -> Reply {
        if (got.target == "/oidc/v1/token") {
            const bool right = got.method == "POST" && got.has(form_type) &&
                               got.has("authorization: Basic aWQ6c2hoLWNsaWVudC1zZWNyZXQ=") &&
                               got.body == "grant_type=client_credentials&scope=all-apis";
            if (!right) return {.status = 418};
            return {.body = R"({"access_token":"t)" + std::to_string(++tokens) +
                            R"(","token_type":"Bearer","expires_in":3600})"};
        }
        return {.status = got.has("authorization: Bearer t2") ? 200 : 401};
    });
    Config config;
    config.host = "http://" + server.authority();
    config.client_id = "id";
    config.client_secret = Secret("shh-client-secret");
    const auto address = workspace_address(config);
    CHECK(address.databricks);
    CHECK(address.options.credentials.empty());
    const http::Client client(address.options);
    CHECK(client.send(get(address.url + "/api")).status == 200);
    CHECK(client.send(get(address.url + "/api")).status == 200);
    CHECK(tokens == 2);
}

TEST_CASE("databricks: Entra's token, the workspace's resource id and the management token") {
    std::string asked;
    const LoopbackServer server([&](const Received& got, int) -> Reply {
        if (got.target == "/tenant%201/oauth2/token") {
            asked += got.body + "\n";
            const bool manages = got.body.find("management.core") != std::string::npos;
            return {.body = manages ? R"({"access_token":"manage","expires_in":"3599"})"
                                    : R"({"access_token":"work","expires_in":"3599"})"};
        }
        const bool right = got.has("authorization: Bearer work") &&
                           got.has("x-databricks-azure-workspace-resource-id: /subscriptions/1") &&
                           got.has("x-databricks-azure-sp-management-token: manage");
        return {.status = right ? 200 : 400};
    });
    Config config;
    config.host = "http://" + server.authority();
    config.azure_authority = config.host;
    config.azure_tenant_id = "tenant 1";
    config.azure_client_id = "app";
    config.azure_client_secret = Secret("s&h=h");
    config.azure_workspace_resource_id = "/subscriptions/1";
    const auto address = workspace_address(config);
    CHECK(http::Client(address.options).send(get(address.url + "/api")).status == 200);
    CHECK(asked ==
          "grant_type=client_credentials&resource=2ff814a6-3304-4ab8-85cb-cd0e6f879c1d&client_id=app&client_secret="
          "s%26h%3Dh\n"
          "grant_type=client_credentials&resource=https%3A%2F%2Fmanagement.core.windows.net%2F&client_id=app&client_"
          "secret=s%26h%3Dh\n");
}

TEST_CASE("databricks: Azure's clouds by name and by host") {
    Config config;
    config.host = "https://adb-1.2.azuredatabricks.net";
    CHECK(azure_cloud_of(config).authority == "https://login.microsoftonline.com/");
    config.host = "https://adb-1.2.databricks.azure.us";
    CHECK(azure_cloud_of(config).service_management == "https://management.core.usgovcloudapi.net/");
    config.azure_environment = "AzureChinaCloud";
    CHECK(azure_cloud_of(config).authority == "https://login.chinacloudapi.cn/");
    config.azure_environment = "mars";
    CHECK_THROWS_AS(azure_cloud_of(config), AuthError);
}

TEST_CASE("databricks: a refused client is named without its secret, a login page is no token") {
    Reply reply{.status = 401, .body = R"({"error":"invalid_client","error_description":"shh-client-secret"})"};
    const LoopbackServer server([&](const Received&, int) { return reply; });
    http::ClientOptions options;
    options.retry = RetryPolicy{.attempts = 1};
    const http::Client client(options);
    const std::string url = server.url("/oidc/v1/token");
    const std::vector<std::pair<std::string, Secret>> form{{"client_secret", Secret("shh-client-secret")}};
    try {
        fetch_token(client, url, form);
        FAIL("no error");
    } catch (const AuthError& e) {
        CHECK(e.error_code() == "invalid_client");
        CHECK(std::string(e.what()).find("shh-client-secret") == std::string::npos);
    }
    for (const char* body : {"", "<html>", "{}", R"({"access_token":""})", R"({"access_token":7})", "[]"}) {
        reply = {.body = body};
        CHECK_THROWS_AS(fetch_token(client, url, form), HttpError);
    }
    reply = {.body = R"({"access_token":"t","expires_in":"soon"})"};
    CHECK(fetch_token(client, url, form).lifetime == std::chrono::seconds(300));
}

}  // namespace
}  // namespace assay::tracking::databricks
