#pragma once

#include <string>

#include "assay/base/secret.hpp"
#include "assay/tracking/databricks/workspace_api.hpp"
#include "tracking/databricks/s3_store.hpp"

namespace assay::tracking::databricks {

/// The right to write one model version for about an hour.
struct TemporaryCredentials {
    enum class Kind { aws, azure, gcp, presigned } kind = Kind::presigned;
    S3Access aws;
    Secret azure_sas;
    Secret gcp_token;
};

/// Asks Unity Catalog. @throws MlflowError where the answer holds none of a known kind
TemporaryCredentials write_credentials(const WorkspaceApi& api, const std::string& name, const std::string& version);

}  // namespace assay::tracking::databricks
