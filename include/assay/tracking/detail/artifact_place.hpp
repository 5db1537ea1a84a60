#pragma once

#include <string>
#include <string_view>

namespace assay::tracking::detail {

/// Where a proxy keeps artifacts.
struct ArtifactPlace {
    std::string server;           ///< "https://host:5000/prefix"
    std::string folder;           ///< "1/4f…/artifacts", as the proxy names it; not percent-encoded
    bool tracking_server = true;  ///< the one that credentials are for; another gets none

    /// "/api/2.0/mlflow-artifacts/<endpoint>/<folder>/<path>", percent-encoded: what stands behind the server's URL.
    /// @param endpoint  "artifacts", "mpu/create", "presigned", …
    std::string endpoint(std::string_view endpoint, std::string_view path) const;
    std::string url(std::string_view path) const { return server + endpoint("artifacts", path); }
    /// The folder with a path below it.
    std::string below(std::string_view path) const;
};

/// What an artifact URI means to a client of `tracking_url`: `mlflow-artifacts:/…`, `mlflow-artifacts://host/…`,
/// `http(s)://…/api/2.0/mlflow-artifacts/artifacts/…`.
/// @throws ValueError if no proxy serves the artifacts, so that only the store's own client reads and writes them, or
///         if they would travel in clear although the tracking server is spoken to by TLS
ArtifactPlace find_place(const std::string& tracking_url, std::string_view artifact_uri);

/// Whether a URL's scheme is https.
bool speaks_tls(std::string_view url);

/// Refuses a path that would lead out of the folder it is put into. @throws ValueError
void expect_inside(std::string_view path);

/// "a/b" of "a/b/c.txt"; empty where there is no '/'.
std::string folder_of(std::string_view path);

}  // namespace assay::tracking::detail
