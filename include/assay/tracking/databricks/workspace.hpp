#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"
#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking::databricks {

/// The workspace's tree of folders, in which experiments stand. Methods throw as WorkspaceApi's do.
class ASSAY_EXPORT Workspace {
  public:
    explicit Workspace(const WorkspaceApi& api) : api_(api) {}

    /// Who the credentials belong to: "ann@example.com", or a service principal's application id.
    std::string user_name() const;
    /// Makes a folder and those above it; one that is there is fine.
    /// @throws MlflowError (RESOURCE_ALREADY_EXISTS) if something else stands at the path
    void create_folders(std::string_view path) const;

    /// Where an experiment of this name stands: an absolute path as it is; any other name in the folder
    /// ASSAY_DATABRICKS_FOLDER, or in the user's own, "/Users/<user name>/<name>".
    /// @throws ValueError for an empty name or one with empty parts
    std::string experiment_path(std::string_view name,
                                const Environment& environment = Environment::of_process()) const;
    /// The experiment at an absolute path, created with the folders above it where there is none.
    /// @throws StateError if it was deleted
    Experiment ensure_experiment(const std::string& path) const;

  private:
    const WorkspaceApi& api_;
};

/// The experiment that a run names, wherever Workspace::experiment_path() puts it; created where there is none.
ASSAY_EXPORT Experiment ensure_experiment(const ServerAddress& address, const std::string& name);

/// catalog.schema.model
struct ModelName {
    std::string catalog;
    std::string schema;
    std::string model;

    std::string full() const { return catalog + "." + schema + "." + model; }
    /// "/Models/catalog/schema/model/version": where the Files API shows a version
    std::string folder(std::string_view version) const;
};

/// @throws ValueError where the name has not three levels, or one of them is empty or has '/', ' ' or a control
/// character
ASSAY_EXPORT ModelName parse_model_name(std::string_view name);

}  // namespace assay::tracking::databricks
