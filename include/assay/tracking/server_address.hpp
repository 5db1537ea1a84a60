#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"

namespace assay::tracking {

/// Where settings come from; replaced in tests.
struct Environment {
    std::function<std::optional<std::string>(const char* name)> variable;
    std::filesystem::path home;

    /// The process's environment variables and home folder.
    ASSAY_EXPORT static Environment of_process();
};

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
/// _CLIENT_CERT_PATH. `databricks`, `databricks://profile`: DATABRICKS_HOST and _TOKEN (where no profile is named),
/// then `~/.databrickscfg` (or DATABRICKS_CONFIG_FILE). OAuth is not there yet; no Databricks workspace was at hand,
/// so that this part is tested by what it reads, not against a real one.
/// @throws ValueError for another scheme, AuthError where a profile, host or token is missing
ASSAY_EXPORT ServerAddress resolve_tracking_uri(std::string_view uri,
                                                const Environment& environment = Environment::of_process());

}  // namespace assay::tracking
