#pragma once

#include <filesystem>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/databricks/upload_options.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"

namespace assay::tracking::databricks {

/// Artifacts of runs and logged models in a workspace.
///
/// `dbfs:/databricks/mlflow-tracking/<experiment>/<run>/artifacts/…` and `…/logged_models/<model>/artifacts/…`: by
/// links to the cloud's storage that the workspace signs for each file (S3, Azure Blob Storage, Azure Data Lake Gen2,
/// Google Cloud Storage); a link that ran out is replaced once. `dbfs:/Volumes/…`: by the Files API.
/// Methods throw as WorkspaceApi's do, ValueError for another URI or a path that leads out, IoError for local files.
/// Source: mlflow 3.17, store/artifact/databricks_artifact_repo.py.
class ASSAY_EXPORT ArtifactStore {
  public:
    explicit ArtifactStore(const WorkspaceApi& api, UploadOptions options = {})
        : api_(api), options_(std::move(options)) {}

    /// Whether artifacts at this URI are read and written here.
    static bool serves(std::string_view artifact_uri);

    /// Sends a file, at constant memory. What stood there is replaced.
    void upload(std::string_view artifact_uri, std::string_view path, const std::filesystem::path& file) const;
    /// Fetches a file into `destination`, which appears when it is whole.
    void download(std::string_view artifact_uri, std::string_view path, const std::filesystem::path& destination) const;

  private:
    const WorkspaceApi& api_;
    UploadOptions options_;
};

}  // namespace assay::tracking::databricks
