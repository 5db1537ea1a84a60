#include "assay/tracking/mlflow_client.hpp"

#include <algorithm>

#include "assay/tracking/detail/url.hpp"

namespace assay::tracking {

using detail::encode_url;

std::string MlflowClient::artifact_url(const ServerRun& run, std::string_view artifact_file) const {
    constexpr std::string_view scheme = "mlflow-artifacts:";
    const std::string_view uri = run.artifact_uri;
    if (uri.substr(0, scheme.size()) != scheme) {
        throw ValueError("MLflow: artifacts of this run lie under '" + std::string(uri.substr(0, uri.find(':'))) +
                         ":', which only that store's own client can write; start the server with --serve-artifacts");
    }
    // mlflow-artifacts:/1/… means the tracking server, mlflow-artifacts://host:port/1/… another one.
    std::string_view rest = uri.substr(scheme.size());
    std::string server = url();
    if (rest.substr(0, 2) == "//") {
        const auto slash = std::min(rest.find('/', 2), rest.size());
        if (slash > 2) server = url().substr(0, url().find("://") + 3) + std::string(rest.substr(2, slash - 2));
        rest = rest.substr(slash);
    }
    while (!rest.empty() && rest.front() == '/') rest.remove_prefix(1);
    return server + "/api/2.0/mlflow-artifacts/artifacts/" + encode_url(rest, true) + "/" +
           encode_url(artifact_file, true);
}

void MlflowClient::upload_artifact(const ServerRun& run, std::string_view artifact_file,
                                   const std::filesystem::path& file) const {
    http::Request request;
    request.method = "PUT";
    request.url = artifact_url(run, artifact_file);
    request.headers = {{"Content-Type", "application/octet-stream"}};
    request.body_file = file;
    connection_.transfer(request);
}

std::string MlflowClient::download_artifact(const ServerRun& run, std::string_view artifact_file) const {
    http::Request request;
    request.url = artifact_url(run, artifact_file);
    return connection_.transfer(request).body;
}

}  // namespace assay::tracking
