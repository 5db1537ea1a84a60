#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/databricks/config.hpp"
#include "assay/tracking/databricks/token_source.hpp"
#include "assay/tracking/server_address.hpp"

namespace assay::tracking::databricks {

/// One of Microsoft's clouds, as far as signing in to a workspace needs it. URLs end with '/'.
struct AzureCloud {
    std::string authority;           ///< token endpoints: "{authority}{tenant}/oauth2/token"
    std::string resource_manager;    ///< finds the host of a workspace by its resource id
    std::string service_management;  ///< resource of the second token that a principal outside the workspace sends
};

/// The cloud that `azure_environment` names, or the host's name where it names none; AZURE_AUTHORITY_HOST replaces
/// its authority. @throws AuthError for a name that is none
ASSAY_EXPORT AzureCloud azure_cloud_of(const Config& config);

/// Asks a token endpoint by OAuth's client credentials grant.
/// @param form  sent urlencoded, in this order; wiped afterwards
/// @throws AuthError where it refuses the client, HttpError for another answer; no secret is in the text
/// Source: RFC 6749, §4.4.
ASSAY_EXPORT AccessToken fetch_token(const http::Client& client, const std::string& url,
                                     const std::vector<std::pair<std::string, Secret>>& form);

/// The credentials of a configuration, renewed while they are used: OAuth tokens before they expire and after a 401.
/// @param host     of the workspace
/// @param options  how to connect to the token endpoints
/// @throws AuthError as authentication_of() does
ASSAY_EXPORT std::shared_ptr<http::CredentialProvider> make_credential_provider(const Config& config,
                                                                                const std::string& host,
                                                                                const http::ClientOptions& options);

/// The workspace as a tracking server. Asks Azure's resource manager for the host where only a resource id is given;
/// no request else.
/// @throws AuthError as authentication_of() does
ASSAY_EXPORT ServerAddress workspace_address(const Config& config);

}  // namespace assay::tracking::databricks
