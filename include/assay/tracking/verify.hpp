#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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
    index points = 0;   ///< of their histories, where these were read
    index params = 0;
    index tags = 0;
    index artifacts = 0;       ///< downloaded and compared by SHA-256
    index datasets = 0;        ///< that runs read: name, digest, part in the run
    index models = 0;          ///< logged: there, ready, their files by SHA-256
    index model_versions = 0;  ///< registrations, promotions and rollbacks
    index traces = 0;
    index spans = 0;
    index assessments = 0;
    index refused = 0;                     ///< records that the server refused: not compared
    std::vector<std::string> differences;  ///< names what differs, without values

    bool ok() const noexcept { return differences.empty(); }
};

struct VerifyOptions {
    /// Reads every metric's whole history, too: each point is there, once, and nothing else is.
    bool histories = false;
    using Chosen = std::function<bool(const std::string& segment, std::uint64_t sequence)>;
    /// Which records the server is said to have; all where empty. The others are not missed.
    Chosen delivered{};
    /// Which of those it refused; none where empty. They are counted, and not missed either.
    Chosen refused{};
    /// Which datasets, models, traces and assessments are compared; all where empty.
    Chosen documents{};
    /// Which segments hold nothing of these runs and documents, and need not be read; none where empty.
    std::function<bool(const std::string& segment)> skips{};
};

/// Reads runs back and compares them with the journal: name, status and times, the last point of each metric,
/// parameters, tags, datasets, and every artifact's size and SHA-256; and the logged models, versions, traces and
/// assessments of these runs and of no run. Of a run whose first segment was removed from the journal only what is left
/// is compared.
/// @param runs  journal's id → server's id
/// @throws as MlflowClient.   Cost: 24 bytes of memory for each point where histories are read.
ASSAY_EXPORT VerifyReport verify(const std::filesystem::path& journal, const MlflowClient& client,
                                 const std::map<std::string, std::string>& runs, const VerifyOptions& options = {});

/// The same with histories, for every run and record that this server has acknowledged.
/// @param server_key  as in SyncOptions; the client's URL where empty
ASSAY_EXPORT VerifyReport verify_delivered(const std::filesystem::path& journal, const MlflowClient& client,
                                           const std::string& server_key = {});

}  // namespace assay::tracking
