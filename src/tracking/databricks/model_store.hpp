#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "assay/tracking/databricks/model_registration.hpp"
#include "assay/tracking/databricks/upload_options.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"

namespace assay::tracking::databricks {

/// Where the files of one model version go.
class ModelStore {
  public:
    virtual ~ModelStore() = default;
    /// Sends a file to a path below the version.
    virtual void upload(std::string_view path, const std::filesystem::path& file) = 0;
};

/// The store that the workspace names for a version, opened with temporary credentials that are renewed when they run
/// out. @throws MlflowError where the workspace gives credentials of a kind that is not known
std::unique_ptr<ModelStore> open_model_store(const WorkspaceApi& api, const PendingVersion& version,
                                             const UploadOptions& options);

}  // namespace assay::tracking::databricks
