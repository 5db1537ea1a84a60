#include "assay/tracking/server_address.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"

namespace assay::tracking {
namespace {

namespace fs = std::filesystem;
using Section = std::map<std::string, std::string>;

std::string trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

/// One section of an INI file; empty where the file or the section is missing.
Section read_section(const fs::path& file, std::string_view section) {
    std::error_code missing;
    if (!fs::is_regular_file(file, missing)) return {};
    std::istringstream in(read_file(file));
    Section values;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
        const std::string text = trim(line);
        if (text.empty() || text[0] == '#' || text[0] == ';') continue;
        if (text.front() == '[' && text.back() == ']') {
            inside = text.substr(1, text.size() - 2) == section;
            continue;
        }
        const auto equals = text.find('=');
        if (inside && equals != std::string::npos) {
            values[trim(std::string_view(text).substr(0, equals))] = trim(std::string_view(text).substr(equals + 1));
        }
    }
    return values;
}

std::string find(const Section& section, const std::string& name) {
    const auto found = section.find(name);
    return found == section.end() ? std::string() : found->second;
}

bool is_true(const std::optional<std::string>& text) {
    if (!text) return false;
    std::string lower = *text;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return lower == "true" || lower == "1";
}

std::string decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
            std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
            out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
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
    const std::string user = decode_percent(info.substr(0, colon));
    return http::Credentials::basic(
        user, Secret(colon == std::string::npos ? std::string() : decode_percent(info.substr(colon + 1))));
}

http::Credentials mlflow_credentials(const Environment& env) {
    auto user = env.variable("MLFLOW_TRACKING_USERNAME");
    auto password = env.variable("MLFLOW_TRACKING_PASSWORD");
    if (!user || !password) {
        const Section file = read_section(env.home / ".mlflow" / "credentials", "mlflow");
        if (!user && !find(file, "mlflow_tracking_username").empty()) user = find(file, "mlflow_tracking_username");
        if (!password && !find(file, "mlflow_tracking_password").empty()) {
            password = find(file, "mlflow_tracking_password");
        }
    }
    if (user && password) return http::Credentials::basic(*user, Secret(*password));
    if (const auto token = env.variable("MLFLOW_TRACKING_TOKEN")) return http::Credentials::bearer(Secret(*token));
    return {};
}

ServerAddress databricks_address(std::string_view profile, const Environment& env) {
    ServerAddress address;
    address.databricks = true;
    std::string host;
    std::string token;
    if (profile.empty()) {
        host = env.variable("DATABRICKS_HOST").value_or("");
        token = env.variable("DATABRICKS_TOKEN").value_or("");
    }
    if (host.empty() || token.empty()) {
        const auto given = env.variable("DATABRICKS_CONFIG_FILE");
        const fs::path file = given ? fs::path(*given) : env.home / ".databrickscfg";
        const std::string name = profile.empty() ? "DEFAULT" : std::string(profile);
        const Section section = read_section(file, name);
        host = find(section, "host");
        token = find(section, "token");
        if (host.empty() || token.empty()) {
            throw AuthError("databricks: expected host and token in profile '" + name + "' of " + file.string() +
                            " or in DATABRICKS_HOST and DATABRICKS_TOKEN");
        }
    }
    if (host.find("://") == std::string::npos) host.insert(0, "https://");
    address.url = host;
    address.options.credentials = http::Credentials::bearer(Secret(token));
    return address;
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
    constexpr std::string_view databricks = "databricks";
    ServerAddress address;
    if (uri == databricks || uri.substr(0, databricks.size() + 3) == "databricks://") {
        address = databricks_address(uri == databricks ? std::string_view{} : uri.substr(databricks.size() + 3), env);
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
