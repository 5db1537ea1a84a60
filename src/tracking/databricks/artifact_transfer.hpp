#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/databricks/artifact_store.hpp"

namespace assay::tracking::databricks {

/// The artifacts of a workspace as ArtifactClient gives them: what that class documents holds for each method, but
/// files go one after the other.
class ArtifactTransfer {
  public:
    explicit ArtifactTransfer(const ServerAddress& address) : api_(address), store_(api_) {}
    ArtifactTransfer(const ArtifactTransfer&) = delete;
    ArtifactTransfer& operator=(const ArtifactTransfer&) = delete;

    std::vector<FileInfo> list(std::string_view uri, std::string_view folder) const;
    std::vector<FileInfo> list_files(std::string_view uri, std::string_view path) const;
    std::vector<TransferOutcome> upload_all(std::string_view uri, const std::vector<ArtifactUpload>& files) const;
    TransferredFile download(std::string_view uri, std::string_view path,
                             const std::filesystem::path& destination) const;
    TransferredFile measure(std::string_view uri, std::string_view path) const;

  private:
    WorkspaceApi api_;
    ArtifactStore store_;
};

}  // namespace assay::tracking::databricks
