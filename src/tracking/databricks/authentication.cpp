#include "assay/tracking/databricks/authentication.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/run_shapes.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking::databricks {
namespace {

using detail::encode_url;
using nlohmann::json;
using Form = std::vector<std::pair<std::string, Secret>>;

/// Azure Databricks as a resource of Microsoft Entra, the same in every tenant and cloud.
/// Source: Microsoft Learn, "Get Microsoft Entra ID tokens for service principals".
constexpr const char* databricks_resource = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d";

constexpr std::size_t most_form_bytes = 16384;
constexpr std::chrono::seconds lifetime_where_none_is_told{300};

/// Overwrites a text that held a secret, however the scope ends.
class Wiper {
  public:
    explicit Wiper(std::string& text) : text_(text) {}
    Wiper(const Wiper&) = delete;
    Wiper& operator=(const Wiper&) = delete;
    ~Wiper() {
        for (volatile char* c = text_.data(); c != text_.data() + text_.size(); ++c) *c = '\0';
    }

  private:
    std::string& text_;
};

bool ends_with(const std::string& text, std::string_view end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// "usgovernment" of "AzureUSGovernment", "USGOVERNMENT" or a host in that cloud.
std::string azure_name(const Config& config) {
    std::string name = config.azure_environment;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name.rfind("azure", 0) == 0) name.erase(0, 5);
    if (ends_with(name, "cloud")) name.erase(name.size() - 5);
    if (!name.empty()) return name;
    if (ends_with(config.host, ".databricks.azure.us")) return "usgovernment";
    return ends_with(config.host, ".databricks.azure.cn") ? "china" : "public";
}

[[noreturn]] void refuse_token(const http::Request& request, const http::Response& response, const json& body) {
    const std::string code = body.is_object() && body.contains("error") && body["error"].is_string()
                                 ? body["error"].get<std::string>()
                                 : std::string();
    if (response.status == 400 || response.status == 401 || response.status == 403) {
        throw AuthError("databricks: " + http::loggable_url(request.url) + " refused the client with status " +
                            std::to_string(response.status) + (code.empty() ? "" : " " + code) +
                            "; check the client's id, secret and tenant",
                        response.status, code);
    }
    http::expect_success(request, response, code);
    throw HttpError("databricks: " + http::loggable_url(request.url) +
                    " answered without an access token; is a proxy or a login page in between?");
}

/// The sources of one or two tokens, and a header that is no secret.
class OAuthProvider : public http::CredentialProvider {
  public:
    explicit OAuthProvider(TokenSource::Fetch fetch) : token_(std::move(fetch)) {}

    /// For a principal that is no member of the workspace, only of Azure's.
    void add_management(TokenSource::Fetch fetch, std::string resource_id) {
        management_ = std::make_unique<TokenSource>(std::move(fetch));
        resource_id_ = std::move(resource_id);
    }

    http::Identity identity() override {
        http::Identity identity{http::Credentials::bearer(token_.token())};
        if (management_) {
            identity.headers.emplace_back("X-Databricks-Azure-Workspace-Resource-Id", Secret(resource_id_));
            identity.headers.emplace_back(management_header, management_->token());
        }
        return identity;
    }

    bool renew(const http::Identity& refused) override {
        for (const auto& [name, value] : refused.headers) {
            if (management_ && name == management_header) management_->give_up(value);
        }
        return token_.give_up(refused.credentials.secret);
    }

  private:
    static constexpr const char* management_header = "X-Databricks-Azure-SP-Management-Token";

    TokenSource token_;
    std::unique_ptr<TokenSource> management_;
    std::string resource_id_;
};

class FixedProvider : public http::CredentialProvider {
  public:
    explicit FixedProvider(Secret token) : token_(std::move(token)) {}
    http::Identity identity() override { return {http::Credentials::bearer(token_)}; }
    bool renew(const http::Identity&) override { return false; }

  private:
    Secret token_;
};

/// Connects as the workspace's client does, without its credentials.
std::shared_ptr<http::Client> token_client(http::ClientOptions options, http::Credentials credentials = {}) {
    options.credential_provider = nullptr;
    options.credentials = std::move(credentials);
    options.headers.clear();
    return std::make_shared<http::Client>(std::move(options));
}

TokenSource::Fetch workspace_fetch(const Config& config, const std::string& host, const http::ClientOptions& options) {
    const auto client = token_client(options, http::Credentials::basic(config.client_id, config.client_secret));
    const bool of_account = host.find("://accounts.") != std::string::npos && !config.account_id.empty();
    const std::string url = host + (of_account ? "/oidc/accounts/" + config.account_id : "/oidc") + "/v1/token";
    return [client, url] {
        return fetch_token(*client, url, {{"grant_type", Secret("client_credentials")}, {"scope", Secret("all-apis")}});
    };
}

TokenSource::Fetch azure_fetch(const Config& config, const std::string& resource, const http::ClientOptions& options) {
    const auto client = token_client(options);
    const std::string url = azure_cloud_of(config).authority + encode_url(config.azure_tenant_id) + "/oauth2/token";
    const Form form{{"grant_type", Secret("client_credentials")},
                    {"resource", Secret(resource)},
                    {"client_id", Secret(config.azure_client_id)},
                    {"client_secret", config.azure_client_secret}};
    return [client, url, form] { return fetch_token(*client, url, form); };
}

/// The host of an Azure workspace, by its resource id.
std::string find_host(const Config& config, const http::ClientOptions& options) {
    const std::string manager = azure_cloud_of(config).resource_manager;
    http::ClientOptions signed_in = options;
    signed_in.credential_provider = std::make_shared<OAuthProvider>(azure_fetch(config, manager, options));
    http::Request request;
    request.url =
        manager.substr(0, manager.size() - 1) + config.azure_workspace_resource_id + "?api-version=2018-04-01";
    const auto response = http::Client(signed_in).send(request);
    http::expect_success(request, response);
    const json body = json::parse(response.body, nullptr, false);
    const json::json_pointer place("/properties/workspaceUrl");
    if (!body.is_object() || !body.contains(place) || !body.at(place).is_string()) {
        throw HttpError("databricks: " + http::loggable_url(request.url) +
                        " names no workspaceUrl; check the resource id");
    }
    return "https://" + body.at(place).get<std::string>();
}

}  // namespace

AzureCloud azure_cloud_of(const Config& config) {
    const std::string name = azure_name(config);
    AzureCloud cloud;
    if (name == "public") {
        cloud = {"https://login.microsoftonline.com/", "https://management.azure.com/",
                 "https://management.core.windows.net/"};
    } else if (name == "usgovernment") {
        cloud = {"https://login.microsoftonline.us/", "https://management.usgovcloudapi.net/",
                 "https://management.core.usgovcloudapi.net/"};
    } else if (name == "china") {
        cloud = {"https://login.chinacloudapi.cn/", "https://management.chinacloudapi.cn/",
                 "https://management.core.chinacloudapi.cn/"};
    } else {
        throw AuthError("databricks: expected azure_environment public, usgovernment or china, got '" +
                        config.azure_environment + "'");
    }
    if (!config.azure_authority.empty()) cloud.authority = config.azure_authority + "/";
    return cloud;
}

AccessToken fetch_token(const http::Client& client, const std::string& url, const Form& form) {
    http::Request request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
    request.body.reserve(most_form_bytes);  // growing would leave copies behind
    const Wiper body_wiper(request.body);
    for (const auto& [name, value] : form) {
        std::string encoded = encode_url(value.reveal());
        const Wiper wiper(encoded);
        request.body.append(request.body.empty() ? "" : "&").append(name).append("=").append(encoded);
    }
    const auto response = client.send(request);
    const json answer = json::parse(response.body, nullptr, false);
    const bool given = response.ok() && answer.is_object() && answer.contains("access_token") &&
                       answer["access_token"].is_string() &&
                       !answer["access_token"].get_ref<const std::string&>().empty();
    if (!given) refuse_token(request, response, answer);
    std::int64_t seconds = 0;
    try {
        if (answer.contains("expires_in")) detail::read_value(answer["expires_in"], seconds);  // Entra gives text
    } catch (const std::exception&) {
        seconds = 0;
    }
    const auto lifetime = seconds > 0 ? std::chrono::seconds(seconds) : lifetime_where_none_is_told;
    return {Secret(answer["access_token"].get_ref<const std::string&>()), lifetime};
}

std::shared_ptr<http::CredentialProvider> make_credential_provider(const Config& config, const std::string& host,
                                                                   const http::ClientOptions& options) {
    const std::string method = authentication_of(config);
    if (method == "pat") return std::make_shared<FixedProvider>(config.token);
    if (method == "oauth-m2m") return std::make_shared<OAuthProvider>(workspace_fetch(config, host, options));
    auto provider = std::make_shared<OAuthProvider>(azure_fetch(config, databricks_resource, options));
    if (!config.azure_workspace_resource_id.empty()) {
        provider->add_management(azure_fetch(config, azure_cloud_of(config).service_management, options),
                                 config.azure_workspace_resource_id);
    }
    return provider;
}

ServerAddress workspace_address(const Config& config) {
    ServerAddress address;
    address.databricks = true;
    const std::string method = authentication_of(config);
    address.url = config.host;
    if (address.url.empty()) {
        if (method != "azure-client-secret") {
            throw AuthError(
                "databricks: expected a host, found only azure_workspace_resource_id, which finds one for "
                "azure-client-secret alone; set DATABRICKS_HOST");
        }
        address.url = find_host(config, address.options);
    }
    if (!config.workspace_id.empty()) address.options.headers.emplace_back("X-Databricks-Org-Id", config.workspace_id);
    if (method == "pat") {
        address.options.credentials = http::Credentials::bearer(config.token);
    } else {
        address.options.credential_provider = make_credential_provider(config, address.url, address.options);
    }
    return address;
}

}  // namespace assay::tracking::databricks
