#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// An artifact to be delivered, and the record that names it.
struct PendingArtifact {
    std::uint64_t sequence = 0;
    Artifact record;
};

/// Delivers the artifacts of one run: sends them, several at once, and takes them for delivered when the server lists
/// them with their size. Of several under one path the last is sent; an earlier one only where that one cannot be.
class ArtifactDelivery {
  public:
    using Delivered = std::function<void(std::uint64_t sequence, bool sent)>;  // not sent: replaced by a later one
    using Refused = std::function<void(std::uint64_t sequence, const Artifact& record, const std::string& error_code,
                                       const std::string& words)>;
    using Unreadable = std::function<void(const Artifact& record, const std::string& why)>;  // neither sent nor refused

    ArtifactDelivery(const MlflowClient& client, const ArtifactClient& artifacts, const SyncOptions& options,
                     ArtifactStore contents, Delivered delivered, Refused refused, Unreadable unreadable)
        : client_(client),
          artifacts_(artifacts),
          options_(options),
          contents_(std::move(contents)),
          delivered_(std::move(delivered)),
          refused_(std::move(refused)),
          unreadable_(std::move(unreadable)) {}

    /// @throws MlflowError where it is transient, HttpError, AuthError; ValueError and StateError where no proxy serves
    ///         the run's artifacts. What arrived before is told as delivered.
    void deliver(const ServerRun& run, const std::vector<PendingArtifact>& artifacts);

  private:
    /// The versions under each path that are not set aside, oldest first.
    using Versions = std::map<std::string, std::vector<PendingArtifact>>;

    std::vector<std::string> send(const ServerRun& run, Versions& waiting);
    void confirm(const ServerRun& run, Versions& waiting, const std::vector<std::string>& sent);
    /// What became of an artifact that could not be sent.
    enum class Settled { set_aside, waits, no };
    Settled settle(const ServerRun& run, const PendingArtifact& artifact, const std::exception_ptr& error);

    const MlflowClient& client_;
    const ArtifactClient& artifacts_;
    const SyncOptions& options_;
    ArtifactStore contents_;
    Delivered delivered_;
    Refused refused_;
    Unreadable unreadable_;
};

}  // namespace assay::tracking::detail
