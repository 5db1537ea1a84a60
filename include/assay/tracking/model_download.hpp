#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/mlflow_client.hpp"

namespace assay::tracking {

/// A model on a server: "models:/name/3", "models:/name@alias", "models:/name/latest" or "models:/m-…".
struct ASSAY_EXPORT ModelUri {
    std::string name;      ///< of the registered model
    std::string version;   ///< digits or "latest"
    std::string alias;     ///< in place of a version
    std::string model_id;  ///< "m-…", in place of all of them

    /// @throws ValueError for any other text
    static ModelUri parse(std::string_view text);
};

/// Where the files of a model lie, such as "mlflow-artifacts:/1/models/m-…/artifacts".
/// @throws MlflowError where the server has no such model, version or alias
ASSAY_EXPORT std::string model_artifacts(const MlflowClient& client, const ModelUri& model);

/// Brings a model's folder here. `folder` appears when all of it is there.
/// @param folder  must not exist, or be empty
/// @throws IoError if it holds something or cannot be written, ValueError if the files lie where only their store's own
///         client can read, MlflowError as above
ASSAY_EXPORT void download_model(const MlflowClient& client, const ModelUri& model,
                                 const std::filesystem::path& folder);

}  // namespace assay::tracking
