#include "assay/tracking/databricks/config.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/ini_file.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;
using detail::IniSection;

constexpr const char* settings_section = "__settings__";

/// Ways to sign in that two settings may belong to; more than one at once is a mistake.
constexpr const char* pat = "pat";
constexpr const char* basic = "basic";
constexpr const char* oauth = "oauth";
constexpr const char* azure = "azure";

/// A setting: its name in the file, its variable, its way to sign in (or none), and where it goes.
struct Setting {
    const char* name;
    const char* variable;
    const char* method;
    std::string Config::*text = nullptr;
    Secret Config::*secret = nullptr;
};

constexpr std::array settings{
    Setting{"host", "DATABRICKS_HOST", nullptr, &Config::host, nullptr},
    Setting{"account_id", "DATABRICKS_ACCOUNT_ID", nullptr, &Config::account_id, nullptr},
    Setting{"workspace_id", "DATABRICKS_WORKSPACE_ID", nullptr, &Config::workspace_id, nullptr},
    Setting{"token", "DATABRICKS_TOKEN", pat, nullptr, &Config::token},
    Setting{"username", "DATABRICKS_USERNAME", basic, nullptr, nullptr},
    Setting{"password", "DATABRICKS_PASSWORD", basic, nullptr, nullptr},
    Setting{"client_id", "DATABRICKS_CLIENT_ID", oauth, &Config::client_id, nullptr},
    Setting{"client_secret", "DATABRICKS_CLIENT_SECRET", oauth, nullptr, &Config::client_secret},
    Setting{"azure_workspace_resource_id", "DATABRICKS_AZURE_RESOURCE_ID", azure, &Config::azure_workspace_resource_id,
            nullptr},
    Setting{"azure_client_secret", "ARM_CLIENT_SECRET", azure, nullptr, &Config::azure_client_secret},
    Setting{"azure_client_id", "ARM_CLIENT_ID", azure, &Config::azure_client_id, nullptr},
    Setting{"azure_tenant_id", "ARM_TENANT_ID", azure, &Config::azure_tenant_id, nullptr},
    Setting{"azure_environment", "ARM_ENVIRONMENT", nullptr, &Config::azure_environment, nullptr},
    Setting{"azure_authority", "AZURE_AUTHORITY_HOST", nullptr, &Config::azure_authority, nullptr},
    Setting{"auth_type", "DATABRICKS_AUTH_TYPE", nullptr, &Config::auth_type, nullptr},
};

/// The settings found so far; the first place wins.
class Reader {
  public:
    using Source = std::function<std::string(const Setting&)>;

    void take(const Source& source) {
        for (const Setting& setting : settings) {
            if (set_.count(setting.name) > 0) continue;
            const std::string value = source(setting);
            if (value.empty()) continue;
            set_.insert(setting.name);
            if (setting.method != nullptr) methods_.insert(setting.method);
            if (setting.text != nullptr) config.*setting.text = value;
            if (setting.secret != nullptr) config.*setting.secret = Secret(value);
        }
    }
    bool has_host_or_method() const { return !config.host.empty() || !methods_.empty(); }
    const std::set<std::string>& methods() const { return methods_; }

    Config config;

  private:
    std::set<std::string> set_;
    std::set<std::string> methods_;
};

fs::path config_file(const Environment& env) {
    const auto given = env.variable("DATABRICKS_CONFIG_FILE");
    if (!given) return env.home / ".databrickscfg";
    if (given->rfind("~/", 0) == 0) return env.home / given->substr(2);
    return *given;
}

/// The section to read, and whether there must be one.
std::pair<std::string, bool> section_name(const std::string& named, const std::map<std::string, IniSection>& file) {
    std::string name = named;
    if (name.empty()) {
        const auto given = file.find(settings_section);
        if (given != file.end()) name = detail::find(given->second, "default_profile");
    }
    if (name == settings_section) {
        throw AuthError(std::string("databricks: expected a profile, got ") + settings_section + ", which is reserved");
    }
    return name.empty() ? std::pair(std::string("DEFAULT"), false) : std::pair(name, true);
}

void read_file_section(Reader& reader, const std::string& named, const Environment& env) {
    const fs::path path = config_file(env);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        if (named.empty()) return;
        throw AuthError("databricks: expected profile '" + named + "' in " + path.string() +
                        ", which does not exist; run `databricks configure --profile " + named + "`");
    }
    const auto file = detail::read_ini(path);
    const auto [name, required] = section_name(named, file);
    const auto section = file.find(name);
    if (section == file.end()) {
        if (!required) return;
        throw AuthError("databricks: expected profile '" + name + "' in " + path.string() + ", which has none of it");
    }
    reader.take([&section](const Setting& setting) { return detail::find(section->second, setting.name); });
    reader.config.profile = name;
}

bool is_this_machine(std::string_view host) {
    const auto end = host.front() == '[' ? host.find(']') + 1 : host.find(':');
    const std::string_view name = host.substr(0, end);
    return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

/// "https://host" of what people paste: without scheme, with a path, a query or the port that https has anyway.
std::string clean_host(std::string host) {
    if (host.empty()) return host;
    if (host.find("://") == std::string::npos) host.insert(0, "https://");
    const auto begin = host.find("://") + 3;
    host.erase(std::min(host.find_first_of("/?#", begin), host.size()));
    const std::string scheme = host.substr(0, begin);
    std::string name = host.substr(begin);
    if (name.empty() || name.find('@') != std::string::npos) {
        throw AuthError("databricks: expected a host such as https://dbc-….cloud.databricks.com, got another address");
    }
    if (scheme == "https://") {
        if (name.size() > 4 && name.substr(name.size() - 4) == ":443") name.erase(name.size() - 4);
    } else if (scheme != "http://" || !is_this_machine(name)) {
        throw AuthError("databricks: expected a host by https, got " + scheme + "…; a token is not sent unencrypted");
    }
    return scheme + name;
}

void expect_one_method(const Reader& reader) {
    if (reader.methods().size() <= 1 || !reader.config.auth_type.empty()) return;
    std::string names;
    for (const auto& method : reader.methods()) names += (names.empty() ? "" : " and ") + method;
    throw AuthError("databricks: expected one way to sign in, got settings for " + names +
                    "; unset one, or set DATABRICKS_AUTH_TYPE to pat, oauth-m2m or azure-client-secret");
}

}  // namespace

Config load_config(std::string_view profile, const Environment& env) {
    Reader reader;
    reader.take([&env](const Setting& setting) { return env.variable(setting.variable).value_or(""); });
    const std::string named =
        profile.empty() ? env.variable("DATABRICKS_CONFIG_PROFILE").value_or("") : std::string(profile);
    if (!named.empty() || !reader.has_host_or_method()) read_file_section(reader, named, env);
    Config& config = reader.config;
    config.host = clean_host(std::move(config.host));
    config.azure_authority = clean_host(std::move(config.azure_authority));
    expect_one_method(reader);
    if (config.host.empty() && config.azure_workspace_resource_id.empty()) {
        const std::string place = config.profile.empty()
                                      ? std::string()
                                      : "profile '" + config.profile + "' of " + config_file(env).string() + " or in ";
        throw AuthError("databricks: expected a host in " + place +
                        "DATABRICKS_HOST, found none; run `databricks configure`, or set DATABRICKS_HOST");
    }
    return std::move(config);
}

std::string authentication_of(const Config& config) {
    struct Method {
        const char* name;
        std::vector<std::pair<const char*, bool>> parts;
    };
    const std::vector<Method> methods{
        {"pat", {{"token", !config.token.empty()}}},
        {"oauth-m2m", {{"client_id", !config.client_id.empty()}, {"client_secret", !config.client_secret.empty()}}},
        {"azure-client-secret",
         {{"azure_client_id", !config.azure_client_id.empty()},
          {"azure_client_secret", !config.azure_client_secret.empty()},
          {"azure_tenant_id", !config.azure_tenant_id.empty()}}},
    };
    const std::string place = config.profile.empty() ? "the environment" : "profile '" + config.profile + "'";
    const Method* nearest = nullptr;
    for (const Method& method : methods) {
        if (!config.auth_type.empty() && config.auth_type != method.name) continue;
        const auto have =
            std::count_if(method.parts.begin(), method.parts.end(), [](auto& part) { return part.second; });
        if (have == static_cast<std::ptrdiff_t>(method.parts.size())) return method.name;
        if (nearest == nullptr && (have > 0 || !config.auth_type.empty())) nearest = &method;
    }
    if (nearest != nullptr) {
        std::string missing;
        for (const auto& [part, there] : nearest->parts) {
            if (!there) missing += (missing.empty() ? "" : " and ") + std::string(part);
        }
        throw AuthError("databricks: expected " + missing + " for " + nearest->name + ", found none in " + place);
    }
    if (!config.auth_type.empty()) {
        throw AuthError("databricks: expected auth_type pat, oauth-m2m or azure-client-secret, got '" +
                        config.auth_type + "'; the others of databricks-sdk are not supported here");
    }
    throw AuthError(
        "databricks: expected a token, client_id and client_secret, or azure_client_id, "
        "azure_client_secret and azure_tenant_id, found none in " +
        place);
}

}  // namespace assay::tracking::databricks
