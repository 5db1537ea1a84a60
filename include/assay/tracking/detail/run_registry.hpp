#pragma once

#include <map>
#include <set>
#include <string>

#include "assay/base/index.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// Tag of a run that began on the server, under the same id: it is not created there.
inline constexpr const char* on_server_tag = "assay.on_server";

/// Tag with the server's id of an experiment that was given by it; its name is not known then.
inline constexpr const char* experiment_id_tag = "assay.experiment_id";

/// A run's beginning, as the journal has it.
struct RunBeginning {
    CreateRun record;
    Timestamp time;
};

/// Runs on the server by their id in the journal: found or created once, never twice.
class RunRegistry {
  public:
    RunRegistry(const MlflowClient& client, DeliveryState& state, const SyncOptions& options,
                const std::map<std::string, RunBeginning>& beginnings)
        : client_(client), state_(state), options_(options), beginnings_(beginnings) {}

    /// The server's id of a run, which is created, after its parents, where it is not there.
    /// @throws MlflowError, HttpError, AuthError, StateError
    std::string server_id(const std::string& run);

    /// The run with its artifact folder, asked for once.
    const ServerRun& server_run(const std::string& run);

    /// The server's id of an experiment, made where it is not there. @throws as server_id
    const std::string& experiment_id(const std::string& name);

    index created() const noexcept { return created_; }

  private:
    std::string experiment_of(const CreateRun& run);
    std::vector<ServerRun> search(const std::string& experiment, const std::string& run) const;
    std::string find_or_create(const std::string& experiment, const std::string& run, const NewRun& description);
    NewRun describe(const std::string& run, const std::string& experiment);

    const MlflowClient& client_;
    DeliveryState& state_;
    const SyncOptions& options_;
    const std::map<std::string, RunBeginning>& beginnings_;
    std::map<std::string, std::string> experiments_;
    std::map<std::string, ServerRun> runs_;
    std::set<std::string> in_progress_;  // against a run that is its own ancestor
    index created_ = 0;
};

}  // namespace assay::tracking::detail
