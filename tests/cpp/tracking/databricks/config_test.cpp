#include "assay/tracking/databricks/config.hpp"

#include <fstream>
#include <map>

#include "assay/base/error.hpp"
#include "catch.hpp"
#include "tracking/temporary_folder.hpp"

namespace assay::tracking::databricks {
namespace {

namespace fs = std::filesystem;
using assay::tests::TemporaryFolder;
using Variables = std::map<std::string, std::string>;

/// Variables and the text of ~/.databrickscfg.
class Settings {
  public:
    explicit Settings(Variables variables, const std::string& file = {}) : variables_(std::move(variables)) {
        if (!file.empty()) std::ofstream(home_.path() / ".databrickscfg") << file;
    }
    Environment environment() const {
        return {[this](const char* name) -> std::optional<std::string> {
                    const auto found = variables_.find(name);
                    return found == variables_.end() ? std::nullopt : std::optional(found->second);
                },
                home_.path()};
    }
    Config load(std::string_view profile = {}) const { return load_config(profile, environment()); }
    std::string error(std::string_view profile = {}) const {
        try {
            authentication_of(load(profile));
        } catch (const AuthError& e) {
            return e.what();
        }
        return "none";
    }
    fs::path home() const { return home_.path(); }

  private:
    TemporaryFolder home_;
    Variables variables_;
};

constexpr const char* made_up_file =
    "; made up\n[DEFAULT]\nhost = https://one.example/\ntoken: first\n\n"
    "[two]\nHOST=two.example:443\ntoken=sec;ond=\n\n"
    "[robot]\nhost=robot.example\nclient_id=id\nclient_secret=shh\n\n"
    "[entra]\nhost=adb-1.2.azuredatabricks.net\nazure_client_id=a\nazure_client_secret=shh\nazure_tenant_id=t\n";

TEST_CASE("databricks: each profile is read, its host cleaned, its way to sign in seen") {
    const Settings settings(Variables{}, made_up_file);
    const Config one = settings.load();
    CHECK(one.host == "https://one.example");
    CHECK(one.token.reveal() == "first");
    CHECK(one.profile == "DEFAULT");
    const Config two = settings.load("two");
    CHECK(two.host == "https://two.example");
    CHECK(two.token.reveal() == "sec;ond=");
    CHECK(authentication_of(two) == "pat");
    CHECK(authentication_of(settings.load("robot")) == "oauth-m2m");
    CHECK(authentication_of(settings.load("entra")) == "azure-client-secret");
}

TEST_CASE("databricks: a variable outranks a profile, setting by setting") {
    const Settings settings(Variables{{"DATABRICKS_HOST", "https://env.example"}}, made_up_file);
    const Config named = settings.load("two");
    CHECK(named.host == "https://env.example");
    CHECK(named.token.reveal() == "sec;ond=");
    // A host in a variable is enough for the file to be left alone where no profile is named.
    CHECK(settings.error().find("found none in the environment") != std::string::npos);
    const Settings by_variable(Variables{{"DATABRICKS_CONFIG_PROFILE", "two"}}, made_up_file);
    CHECK(by_variable.load().host == "https://two.example");
    CHECK(by_variable.load("robot").host == "https://robot.example");
}

TEST_CASE("databricks: the file may be elsewhere, and name its default profile") {
    const Settings plain(Variables{});
    const fs::path file = plain.home() / "elsewhere";
    std::ofstream(file) << "[__settings__]\ndefault_profile = x\n[x]\nhost = x.example\ntoken = t\n";
    CHECK(Settings(Variables{{"DATABRICKS_CONFIG_FILE", file.string()}}).load().host == "https://x.example");
    CHECK(Settings(Variables{}, "[__settings__]\ndefault_profile = gone\n").error().find("'gone'") !=
          std::string::npos);
    CHECK(plain.error("__settings__").find("does not exist") != std::string::npos);
    CHECK(Settings(Variables{}, made_up_file).error("__settings__").find("reserved") != std::string::npos);
}

TEST_CASE("databricks: two ways to sign in need a choice") {
    Variables both{{"DATABRICKS_HOST", "h.example"}, {"DATABRICKS_TOKEN", "t"}, {"ARM_CLIENT_ID", "a"}};
    CHECK(Settings(both).error().find("azure and pat") != std::string::npos);
    both["DATABRICKS_AUTH_TYPE"] = "pat";
    CHECK(authentication_of(Settings(both).load()) == "pat");
    both["DATABRICKS_AUTH_TYPE"] = "azure-client-secret";
    CHECK(Settings(both).error().find("expected azure_client_secret and azure_tenant_id") != std::string::npos);
    both["DATABRICKS_AUTH_TYPE"] = "external-browser";
    CHECK(Settings(both).error().find("not supported") != std::string::npos);
}

TEST_CASE("databricks: what is missing is named") {
    CHECK(Settings(Variables{}).error().find("expected a host") != std::string::npos);
    CHECK(Settings(Variables{}, made_up_file).error("three").find("expected profile 'three'") != std::string::npos);
    CHECK(Settings(Variables{{"DATABRICKS_HOST", "h.example"}}).error().find("expected a token") != std::string::npos);
    CHECK(Settings(Variables{{"DATABRICKS_HOST", "h.example"}, {"DATABRICKS_CLIENT_ID", "id"}})
              .error()
              .find("expected client_secret for oauth-m2m") != std::string::npos);
}

TEST_CASE("databricks: a token goes to https alone, and to this machine") {
    const auto host = [](const char* text) {
        return Settings(Variables{{"DATABRICKS_HOST", text}, {"DATABRICKS_TOKEN", "dapi-secret"}}).load().host;
    };
    CHECK(host("adb-1.2.azuredatabricks.net/?o=123") == "https://adb-1.2.azuredatabricks.net");
    CHECK(host("http://127.0.0.1:8080/") == "http://127.0.0.1:8080");
    CHECK(host("http://[::1]:8080") == "http://[::1]:8080");
    for (const char* bad : {"http://h.example", "ftp://h.example", "https://u:dapi-secret@h.example", "https://",
                            "http://127.0.0.1.example"}) {
        CHECK_THROWS_AS(host(bad), AuthError);
    }
    const Settings bad(Variables{{"DATABRICKS_HOST", "https://u:dapi-secret@h.example"}});
    CHECK(bad.error().find("dapi-secret") == std::string::npos);
}

}  // namespace
}  // namespace assay::tracking::databricks
