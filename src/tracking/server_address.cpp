#include "assay/tracking/server_address.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "assay/base/error.hpp"
#include "assay/tracking/databricks/authentication.hpp"
#include "assay/tracking/databricks/config.hpp"
#include "assay/tracking/detail/ini_file.hpp"
#include "assay/tracking/detail/url.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;

bool is_true(const std::optional<std::string>& text) {
    if (!text) return false;
    std::string lower = *text;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return lower == "true" || lower == "1";
}

/// Takes "user:password@" out of the URL.
http::Credentials take_credentials(std::string& url) {
    const auto host = url.find("://") + 3;
    const auto end = std::min(url.find_first_of("/?#", host), url.size());
    const auto at = url.rfind('@', end);
    if (at == std::string::npos || at < host) return {};
    const std::string info = url.substr(host, at - host);
    url.erase(host, at + 1 - host);
    const auto colon = info.find(':');
    const std::string user = detail::decode_url(info.substr(0, colon));
    return http::Credentials::basic(
        user, Secret(colon == std::string::npos ? std::string() : detail::decode_url(info.substr(colon + 1))));
}

http::Credentials mlflow_credentials(const Environment& env) {
    auto user = env.variable("MLFLOW_TRACKING_USERNAME");
    auto password = env.variable("MLFLOW_TRACKING_PASSWORD");
    if (!user || !password) {
        const auto sections = detail::read_ini(env.home / ".mlflow" / "credentials");
        const auto found = sections.find("mlflow");
        const auto file = found == sections.end() ? detail::IniSection() : found->second;
        if (!user && !detail::find(file, "mlflow_tracking_username").empty())
            user = detail::find(file, "mlflow_tracking_username");
        if (!password && !detail::find(file, "mlflow_tracking_password").empty()) {
            password = detail::find(file, "mlflow_tracking_password");
        }
    }
    if (user && password) return http::Credentials::basic(*user, Secret(*password));
    if (const auto token = env.variable("MLFLOW_TRACKING_TOKEN")) return http::Credentials::bearer(Secret(*token));
    return {};
}

}  // namespace

Environment Environment::of_process() {
    const char* home = std::getenv("HOME");
    return {[](const char* name) -> std::optional<std::string> {
                const char* value = std::getenv(name);
                return value != nullptr && *value != '\0' ? std::optional<std::string>(value) : std::nullopt;
            },
            home != nullptr ? fs::path(home) : fs::path()};
}

ServerAddress resolve_tracking_uri(std::string_view uri, const Environment& env) {
    constexpr std::string_view scheme_of_databricks = "databricks";
    ServerAddress address;
    if (uri == scheme_of_databricks || uri.substr(0, scheme_of_databricks.size() + 3) == "databricks://") {
        const auto profile =
            uri == scheme_of_databricks ? std::string_view{} : uri.substr(scheme_of_databricks.size() + 3);
        return databricks::workspace_address(databricks::load_config(profile, env));
    } else if (uri.substr(0, 7) == "http://" || uri.substr(0, 8) == "https://") {
        address.url = std::string(uri);
        address.options.credentials = take_credentials(address.url);
        if (address.options.credentials.empty()) address.options.credentials = mlflow_credentials(env);
        address.options.verify_tls = !is_true(env.variable("MLFLOW_TRACKING_INSECURE_TLS"));
        address.options.trusted_certificates = env.variable("MLFLOW_TRACKING_SERVER_CERT_PATH").value_or("");
        address.options.client_certificate = env.variable("MLFLOW_TRACKING_CLIENT_CERT_PATH").value_or("");
    } else {
        const auto scheme = uri.substr(0, uri.find(':'));
        throw ValueError("tracking URI: expected http://…, https://… or databricks[://profile], got '" +
                         std::string(scheme.size() < uri.size() ? scheme : std::string_view("a path")) +
                         "'; start a server with `mlflow server` or `assay ui` for local files");
    }
    while (!address.url.empty() && address.url.back() == '/') address.url.pop_back();
    return address;
}

}  // namespace assay::tracking
