#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/tracking/environment.hpp"

namespace assay::tracking {

/// An MLflow server and how to speak to it.
struct ServerAddress {
    std::string url;  ///< "https://host:5000/prefix" without user, password and last '/'
    bool databricks = false;
    http::ClientOptions options;  ///< credentials, certificates, checks
};

/// What a tracking URI means.
///
/// `http://…`, `https://…`: user and password in the URL, MLFLOW_TRACKING_USERNAME and _PASSWORD, the file
/// `~/.mlflow/credentials`, then MLFLOW_TRACKING_TOKEN; MLFLOW_TRACKING_INSECURE_TLS, _SERVER_CERT_PATH,
/// _CLIENT_CERT_PATH. `databricks`, `databricks://profile`: as databricks::load_config() and
/// databricks::authentication_of() say.
/// @throws ValueError for another scheme, AuthError where a profile, host or token is missing
ASSAY_EXPORT ServerAddress resolve_tracking_uri(std::string_view uri,
                                                const Environment& environment = Environment::of_process());

}  // namespace assay::tracking
