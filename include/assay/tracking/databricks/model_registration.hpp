#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/databricks/upload_options.hpp"
#include "assay/tracking/databricks/workspace.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"
#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking::databricks {

/// A version of a model to be registered in Unity Catalog.
struct NewModelVersion {
    std::string name;              ///< catalog.schema.model
    std::filesystem::path folder;  ///< an MLflow model: MLmodel and what belongs to it
    std::string source;            ///< where it came from, "runs:/…/model" or "models:/m-…"
    std::string run_id{};
    std::string model_id{};  ///< of the logged model
    std::string description{};
    std::vector<KeyValue> tags{};
};

/// A version as Unity Catalog has it.
struct RegisteredVersion {
    std::string name;
    std::string version;
    std::string status;  ///< READY
};

/// A version that was made and waits for its files.
struct PendingVersion {
    ModelName name;
    std::string version;
    std::string storage_location;
};

/// Registers models in Unity Catalog: a version is made, its files go to the catalog's storage with temporary
/// credentials (S3, Azure Data Lake Gen2, Google Cloud Storage; presigned links or the Files API where the workspace
/// wants that), and it is finalized.
/// Source: mlflow 3.17, store/_unity_catalog/registry/rest_store.py.
class ASSAY_EXPORT ModelRegistration {
  public:
    explicit ModelRegistration(const WorkspaceApi& api, UploadOptions options = {})
        : api_(api), options_(std::move(options)) {}

    /// Makes the registered model where there is none.
    void ensure_model(const std::string& name, const std::string& description = {}) const;

    /// Registers a version. Where an upload fails the version begun is deleted again.
    /// @throws ValueError before anything is sent: the name has not three levels, the folder no MLmodel, or the model
    ///         no signature with inputs and outputs, without which Unity Catalog takes none; then as WorkspaceApi does
    RegisteredVersion register_version(const NewModelVersion& version) const;

    // Its steps, for who goes on with a version that was begun before.

    /// Makes a version without files. @throws as register_version()
    PendingVersion begin_version(const NewModelVersion& version) const;
    /// Sends the files of a folder to the version's storage; those that are there are replaced.
    void upload_files(const PendingVersion& version, const std::filesystem::path& folder) const;
    RegisteredVersion finalize(const PendingVersion& version) const;
    /// Deletes a version that was begun; where that fails it stays, and nothing is thrown.
    void discard(const PendingVersion& version) const;

  private:
    const WorkspaceApi& api_;
    UploadOptions options_;
};

/// Checks a model's folder as register_version() does. @throws ValueError, IoError
ASSAY_EXPORT void expect_signature(const std::filesystem::path& model_folder);

}  // namespace assay::tracking::databricks
