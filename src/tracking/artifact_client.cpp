#include "assay/tracking/artifact_client.hpp"

#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/artifact_download.hpp"
#include "assay/tracking/detail/artifact_upload.hpp"
#include "assay/tracking/detail/artifact_uri.hpp"
#include "assay/tracking/detail/multipart_upload.hpp"
#include "assay/tracking/detail/transfer_pool.hpp"
#include "tracking/databricks/artifact_transfer.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

using detail::ArtifactServer;
using detail::TransferMeter;

struct ArtifactClient::State {
    ServerAddress address;
    TransferOptions options;
    rest::Connection tracking;
    http::Client storage;
    std::optional<databricks::ArtifactTransfer> workspace;

    State(ServerAddress given, TransferOptions chosen)
        : address(std::move(given)),
          options(std::move(chosen)),
          tracking(address),
          storage(detail::without_credentials(address, address.url).options) {
        if (address.databricks) workspace.emplace(address);
    }

    /// A Databricks workspace has no proxy for what lies under dbfs:.
    bool in_workspace(std::string_view uri) const { return workspace && databricks::ArtifactStore::serves(uri); }

    ArtifactServer server(std::string_view uri) const { return {address, detail::resolve_artifact_uri(tracking, uri)}; }

    std::function<void()> tick(const TransferMeter& meter) const {
        if (!options.progress) return [] {};
        return [this, &meter] { options.progress(meter.progress()); };
    }

    detail::TransferContext context(const ArtifactServer& server, TransferMeter& meter) const {
        return {server, storage, options, meter, tick(meter)};
    }
};

ArtifactClient::ArtifactClient(ServerAddress address, TransferOptions options)
    : state_(std::make_unique<State>(std::move(address), std::move(options))) {}
ArtifactClient::ArtifactClient(ArtifactClient&&) noexcept = default;
ArtifactClient& ArtifactClient::operator=(ArtifactClient&&) noexcept = default;
ArtifactClient::~ArtifactClient() = default;

std::vector<FileInfo> ArtifactClient::list(std::string_view uri, std::string_view folder) const {
    if (state_->in_workspace(uri)) return state_->workspace->list(uri, folder);
    return state_->server(uri).list(folder);
}

std::vector<FileInfo> ArtifactClient::list_files(std::string_view uri, std::string_view path) const {
    if (state_->in_workspace(uri)) return state_->workspace->list_files(uri, path);
    return detail::list_below(state_->server(uri), path);
}

TransferredFile ArtifactClient::upload(std::string_view uri, const ArtifactUpload& file) const {
    TransferOutcome outcome = std::move(upload_all(uri, {file}).front());
    if (outcome.error) std::rethrow_exception(outcome.error);
    return std::move(outcome.file);
}

std::vector<TransferOutcome> ArtifactClient::upload_all(std::string_view uri,
                                                        const std::vector<ArtifactUpload>& files) const {
    if (state_->in_workspace(uri)) return state_->workspace->upload_all(uri, files);
    const ArtifactServer server = state_->server(uri);
    TransferMeter meter;
    return detail::upload_all(state_->context(server, meter), files);
}

void ArtifactClient::abandon_upload(std::string_view uri, std::string_view path,
                                    const std::string& sha256) const noexcept {
    try {
        const fs::path& folder = state_->options.resume_folder;
        if (folder.empty() || !fs::exists(folder) || fs::is_empty(folder) || state_->in_workspace(uri)) return;
        const ArtifactServer server = state_->server(uri);
        TransferMeter meter;
        detail::UploadSource source{{}, 0, sha256, sha256};
        detail::MultipartUpload(server, state_->storage, std::string(path), std::move(source), state_->options, meter)
            .abandon();
    } catch (const std::exception&) {  // `gc` removes the file, the store its parts by its own rules
    }
}

TransferredFile ArtifactClient::download(std::string_view uri, std::string_view path, const fs::path& destination,
                                         std::optional<std::int64_t> size) const {
    if (state_->in_workspace(uri)) return state_->workspace->download(uri, path, destination);
    const ArtifactServer server = state_->server(uri);
    TransferMeter meter;
    detail::expect_inside(path);
    const detail::TransferContext context = state_->context(server, meter);
    if (!size) size = server.listed_size(path);
    return detail::download_all(context, {{std::string(path), destination, size}}).front();
}

std::vector<TransferredFile> ArtifactClient::download_all(std::string_view uri, std::string_view path,
                                                          const fs::path& folder) const {
    if (state_->in_workspace(uri)) {
        std::vector<TransferredFile> files;
        for (const auto& file : state_->workspace->list_files(uri, path)) {
            files.push_back(state_->workspace->download(uri, file.path, folder / file.path));
        }
        return files;
    }
    const ArtifactServer server = state_->server(uri);
    TransferMeter meter;
    std::vector<detail::Incoming> incoming;
    for (auto& file : detail::list_below(server, path)) {
        incoming.push_back({file.path, folder / file.path, file.size});
    }
    if (incoming.empty() && !path.empty()) {
        throw MlflowError("artifacts: expected a file or folder '" + std::string(path) + "', got nothing of that name",
                          404, "RESOURCE_DOES_NOT_EXIST", "", false);
    }
    return detail::download_all(state_->context(server, meter), incoming);
}

TransferredFile ArtifactClient::measure(std::string_view uri, std::string_view path) const {
    if (state_->in_workspace(uri)) return state_->workspace->measure(uri, path);
    const ArtifactServer server = state_->server(uri);
    TransferMeter meter;
    return detail::measure(state_->context(server, meter), std::string(path));
}

}  // namespace assay::tracking
