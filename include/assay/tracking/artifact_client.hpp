#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/server_address.hpp"
#include "assay/tracking/transfer.hpp"

namespace assay::tracking {

/// A file to be sent.
struct ArtifactUpload {
    std::string path;  ///< from the root of the artifacts: "notes/a.txt"
    std::filesystem::path file;
    std::string sha256{};  ///< what the content has to be, so that it is read once; empty where that is not known
};

/// How one of several files went.
struct TransferOutcome {
    TransferredFile file;
    std::exception_ptr error{};  ///< empty where it arrived
};

/// Artifacts behind a server's proxy: listing, upload and download at constant memory, whatever their size.
///
/// `artifact_uri` is where artifacts lie: `mlflow-artifacts:/…` as a run's artifact_uri has it, `runs:/<run id>/…`,
/// `models:/<name>/<version>`, `models:/<name>@<alias>`, `models:/m-<model id>`, or
/// `http(s)://…/api/2.0/mlflow-artifacts/artifacts/…`. Credentials go to the tracking server alone; another server
/// that a URI names is asked without.
///
/// Several threads may use one client. Methods throw MlflowError and its kinds for what the server refuses, AuthError
/// for 401 and 403, HttpError where no answer came, ValueError where no proxy serves the artifacts or a path leads
/// elsewhere, StateError where the server runs with --no-serve-artifacts, IoError for local files.
/// Source: mlflow.server.handlers of mlflow 3.17, mlflow-artifacts.
class ASSAY_EXPORT ArtifactClient {
  public:
    explicit ArtifactClient(ServerAddress address, TransferOptions options = {});
    ArtifactClient(ArtifactClient&&) noexcept;
    ArtifactClient& operator=(ArtifactClient&&) noexcept;
    ~ArtifactClient();

    /// What one folder holds, in the server's order; nothing where there is no such folder.
    std::vector<FileInfo> list(std::string_view artifact_uri, std::string_view folder = {}) const;
    /// The files in a folder and all below it, or the one file that `path` is.
    std::vector<FileInfo> list_files(std::string_view artifact_uri, std::string_view path = {}) const;

    /// Sends one file: in parts straight to the store where it is large and the store takes parts, else through the
    /// proxy, read and hashed once. What stood there is replaced.
    /// @throws StateError, before the server has it whole, if the content is not the one expected
    TransferredFile upload(std::string_view artifact_uri, const ArtifactUpload& file) const;
    /// Sends several, small ones at once. One that fails does not stop the others, unless the server is away.
    std::vector<TransferOutcome> upload_all(std::string_view artifact_uri,
                                            const std::vector<ArtifactUpload>& files) const;

    /// Ends an upload in parts that was broken off and that nobody will go on with: the store drops its parts, and the
    /// file in TransferOptions::resume_folder goes. Nothing where there is none, or the server is away.
    void abandon_upload(std::string_view artifact_uri, std::string_view path, const std::string& sha256) const noexcept;

    /// Fetches a file into `destination`, which appears when it is whole. A stream that is cut is gone on with where
    /// the server honours that; large files come in parts from the store where it gives a link.
    /// @param size  the size the server lists, if known
    /// @throws HttpError if what came has another size
    TransferredFile download(std::string_view artifact_uri, std::string_view path,
                             const std::filesystem::path& destination, std::optional<std::int64_t> size = {}) const;
    /// Fetches a file, or a folder with all below it, to the same path under `folder`.
    /// @throws as download(); MlflowError where nothing is there
    std::vector<TransferredFile> download_all(std::string_view artifact_uri, std::string_view path,
                                              const std::filesystem::path& folder) const;
    /// Size and SHA-256 of what the server holds, read without keeping it.
    TransferredFile measure(std::string_view artifact_uri, std::string_view path) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::tracking
