#include "assay/tracking/detail/artifact_server.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/run_shapes.hpp"

namespace assay::tracking::detail {
namespace {

ServerAddress address_of(const ServerAddress& tracking, const ArtifactPlace& place) {
    if (!place.tracking_server) return without_credentials(tracking, place.server);
    ServerAddress address = tracking;
    address.url = place.server;
    return address;
}

/// `mlflow server --no-serve-artifacts` answers 503, in words.
bool has_no_proxy(const MlflowError& error) {
    return error.status() == 503 && error.server_words().find("--no-serve-artifacts") != std::string::npos;
}

[[noreturn]] void tell_no_proxy() {
    throw StateError(
        "artifacts: the server runs with --no-serve-artifacts, so that nothing can be sent to its store or read from "
        "it; start it with --serve-artifacts and --artifacts-destination");
}

}  // namespace

ServerAddress without_credentials(ServerAddress address, std::string url) {
    address.url = std::move(url);
    address.options.credentials = {};
    address.options.credential_provider = nullptr;
    address.options.headers.clear();
    address.options.client_certificate.clear();
    return address;
}

ArtifactServer::ArtifactServer(const ServerAddress& tracking, ArtifactPlace where)
    : place(std::move(where)), connection(address_of(tracking, place)) {}

std::vector<FileInfo> ArtifactServer::list(std::string_view folder) const {
    std::vector<FileInfo> files;
    try {
        connection.get("/api/2.0/mlflow-artifacts/artifacts", {{"path", place.below(folder)}},
                       [&files](const nlohmann::json& body) {
                           const auto listed = body.find("files");
                           if (listed != body.end()) read_value(*listed, files);
                       });
    } catch (const MlflowError& e) {
        if (has_no_proxy(e)) tell_no_proxy();
        if (e.error_code() != "RESOURCE_DOES_NOT_EXIST") throw;
    }
    for (auto& file : files) {
        expect_inside(file.path);  // a server must not name what lies elsewhere
        if (!folder.empty()) file.path.insert(0, std::string(folder) + '/');
    }
    return files;
}

std::optional<std::int64_t> ArtifactServer::listed_size(std::string_view path) const {
    for (const auto& file : list(folder_of(path))) {
        if (file.path == path && !file.is_folder) return file.size;
    }
    return std::nullopt;
}

http::Response ArtifactServer::transfer(const http::Request& request) const {
    try {
        return connection.transfer(request);
    } catch (const AuthError& e) {
        if (place.tracking_server) throw;
        throw AuthError(std::string(e.what()) +
                            "; the artifacts lie on another server than the tracking server, and "
                            "credentials are sent to that one alone",
                        e.status(), e.error_code());
    } catch (const MlflowError& e) {
        if (has_no_proxy(e)) tell_no_proxy();
        throw;
    }
}

void expect_no_downgrade(const std::string& server, const std::string& link) {
    const bool clear = link.starts_with("http://") && speaks_tls(server);
    if (!clear && (link.starts_with("http://") || link.starts_with("https://"))) return;
    throw HttpError("artifacts: " + http::loggable_url(server) +
                    " gave a link to its store that is not https; expected https, as the server itself is spoken to");
}

}  // namespace assay::tracking::detail
