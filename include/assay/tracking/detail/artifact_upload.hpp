#pragma once

#include <vector>

#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/detail/transfer_context.hpp"

namespace assay::tracking::detail {

/// As ArtifactClient::upload_all().
std::vector<TransferOutcome> upload_all(const TransferContext& context, const std::vector<ArtifactUpload>& files);

}  // namespace assay::tracking::detail
