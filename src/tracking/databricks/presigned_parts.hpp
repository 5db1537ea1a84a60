#pragma once

#include <filesystem>
#include <string>

#include "assay/tracking/databricks/workspace_api.hpp"
#include "tracking/databricks/cloud_client.hpp"

namespace assay::tracking::databricks {

/// Sends a large artifact of a run to S3 in parts, by links that the workspace signs for each; a failure ends the
/// upload there, too.
void upload_presigned_parts(const WorkspaceApi& api, const CloudClient& client, const std::string& run_id,
                            const std::string& path, const std::filesystem::path& file, index part_size);

}  // namespace assay::tracking::databricks
