#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/tracking/mlflow_client.hpp"

namespace assay::tracking {

struct VerifyReport {
    index runs = 0;
    index metrics = 0;  ///< last values compared
    index params = 0;
    index tags = 0;
    index artifacts = 0;                   ///< downloaded and compared by SHA-256
    std::vector<std::string> differences;  ///< names what differs, without values

    bool ok() const noexcept { return differences.empty(); }
};

/// Reads runs back and compares them with the journal: name, status and times, the last point of each metric,
/// parameters, tags, and every artifact's size and SHA-256.
/// @param runs  journal's id → server's id
/// @throws as MlflowClient
ASSAY_EXPORT VerifyReport verify(const std::filesystem::path& journal, const MlflowClient& client,
                                 const std::map<std::string, std::string>& runs);

}  // namespace assay::tracking
