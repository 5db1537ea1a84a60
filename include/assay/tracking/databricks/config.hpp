#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/secret.hpp"
#include "assay/tracking/environment.hpp"

namespace assay::tracking::databricks {

/// A workspace and how to sign in to it, as databricks-sdk names the settings.
struct Config {
    std::string host;  ///< "https://dbc-….cloud.databricks.com", without path
    std::string account_id;
    std::string workspace_id;

    Secret token;  ///< personal access token: authentication "pat"

    std::string client_id;  ///< service principal of Databricks: "oauth-m2m"
    Secret client_secret;

    std::string azure_tenant_id;  ///< service principal of Microsoft Entra: "azure-client-secret"
    std::string azure_client_id;
    Secret azure_client_secret;
    std::string azure_workspace_resource_id;  ///< finds the host, or names the workspace to a principal outside it
    std::string azure_environment;            ///< public, usgovernment or china; by the host's name where empty
    std::string azure_authority;              ///< AZURE_AUTHORITY_HOST, in place of that environment's

    std::string auth_type;  ///< which of the three; by what is set where empty
    std::string profile;    ///< the section of the configuration file that was read, empty for none
};

/// Reads the settings of a workspace.
///
/// Every setting comes from the first place that has it: DATABRICKS_* and ARM_* variables, then a section of
/// `~/.databrickscfg` (or DATABRICKS_CONFIG_FILE). The section is the one named, or by DATABRICKS_CONFIG_PROFILE;
/// where none is named, the file is read only if no variable gives a host or a way to sign in, and then its
/// `default_profile` of `[__settings__]` or its DEFAULT section. So an environment variable outranks a named profile.
/// @param profile  the section named by databricks://profile, or empty
/// @throws AuthError  the file has no such section, the host is missing or is no https address (http is for this
///                    machine only), or more than one way to sign in is set without DATABRICKS_AUTH_TYPE
/// Source: databricks-sdk for Python 0.156, "Databricks client unified authentication".
ASSAY_EXPORT Config load_config(std::string_view profile = {},
                                const Environment& environment = Environment::of_process());

/// How this configuration signs in: "pat", "oauth-m2m" or "azure-client-secret".
/// @throws AuthError where a part is missing, or `auth_type` is another of databricks-sdk's
ASSAY_EXPORT std::string authentication_of(const Config& config);

}  // namespace assay::tracking::databricks
