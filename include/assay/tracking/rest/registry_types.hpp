#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "assay/tracking/mlflow_types.hpp"

namespace assay::tracking::rest {

/// A version of a registered model.
struct ModelVersion {
    std::string name;
    std::string version;  ///< "1", "2", …: the server counts
    std::string description;
    std::string source;  ///< where its files are: "models:/m-…", "mlflow-artifacts:/…"
    std::string run_id;
    std::string run_link;
    std::string model_id;          ///< of the logged model; empty where the server does not tell
    std::string status = "READY";  ///< or "PENDING_REGISTRATION", "FAILED_REGISTRATION"
    std::string status_message;
    std::string current_stage;  ///< deprecated; aliases took its place
    std::string user_id;
    std::int64_t creation_timestamp = 0;      ///< ms since 1970
    std::int64_t last_updated_timestamp = 0;  ///< ms since 1970
    TextMap tags;
    std::vector<std::string> aliases;  ///< not filled by searches
};

struct ModelAlias {
    std::string alias;
    std::string version;
};

/// A name in the model registry.
struct RegisteredModel {
    std::string name;
    std::string description;
    std::string user_id;
    std::int64_t creation_timestamp = 0;      ///< ms since 1970
    std::int64_t last_updated_timestamp = 0;  ///< ms since 1970
    TextMap tags;
    std::vector<ModelAlias> aliases;
    std::vector<ModelVersion> latest_versions;  ///< of each stage
};

struct NewModelVersion {
    std::string name;
    std::string source;
    std::string run_id{};
    std::string model_id{};
    std::string description{};
    std::string run_link{};
    TextMap tags{};
};

struct RegistryQuery {
    std::string filter{};                 ///< MLflow's search language: "name = 'a.b.c' AND tags.x = 'y'"
    std::vector<std::string> order_by{};  ///< "version_number DESC"
    int page_size = 100;                  ///< at most 1000 models, 200,000 versions
};

}  // namespace assay::tracking::rest
