#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/http.hpp"
#include "assay/base/index.hpp"
#include "assay/base/retry.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/transfer.hpp"
#include "assay/tracking/verify.hpp"

namespace assay::tracking {

struct SyncOptions {
    /// What tells one server from another; its URL where empty. Give one that stays where the URL does not, such as
    /// the database of a local server on a free port.
    std::string server_key;
    bool verify = true;         ///< read back what was delivered
    bool from_scratch = false;  ///< forget what this server acknowledged: it was emptied, say
    /// For answers the HTTP client takes for final: an overloaded server's 400, a 200 that is not MLflow's.
    RetryPolicy retry{};
    http::Waiting waiting{};  ///< sleeps between attempts; replaced in tests
    std::function<void(index done, index total)> progress{};
    TransferOptions transfer{};  ///< of artifacts; uploads in parts are remembered beside the acknowledgements
};

/// A record that the server refuses for good. It stays in the journal and in `set_aside.jsonl`, and is not sent again.
struct SetAside {
    std::string run;
    std::string kind;  ///< "metric", "param", "tag", "artifact", "input", "model", …
    std::string key;
    std::string error_code;
    std::string words;  ///< the server's; they may quote what was logged
};

struct SyncReport {
    bool complete = false;   ///< every record is delivered or set aside
    std::string stopped_by;  ///< why delivery stopped before the end, empty otherwise
    index runs_created = 0;
    index runs_ended = 0;
    index metrics = 0;
    index params = 0;
    index tags = 0;
    index artifacts = 0;
    index documents = 0;  ///< datasets, models, traces, assessments
    index remaining = 0;  ///< records still to be delivered
    std::vector<SetAside> set_aside;
    index refused_earlier = 0;                   ///< records that this server refused in deliveries before this one
    std::vector<std::string> problems;           ///< damage in the journal, runs that could not be delivered
    std::map<std::string, std::string> run_ids;  ///< journal's id → server's id, of every run known there
    std::optional<VerifyReport> verified;        ///< of the runs that this call delivered to
};

/// Delivers what a server has not acknowledged yet, oldest first; may be repeated at any time.
///
/// Runs carry the tag `assay.run_uuid` and are looked for before they are created, so that an answer lost leaves no
/// second run. Points keep the time at which they were logged. A server that is away or overloaded is no error: the
/// report says what remains. Damaged records are skipped and reported.
/// @throws StateError if another sender is at work on this journal, AuthError if the server refuses the credentials,
///         IoError if the journal cannot be read or the acknowledgements not written
ASSAY_EXPORT SyncReport sync(const std::filesystem::path& journal, const MlflowClient& client,
                             const SyncOptions& options = {});

}  // namespace assay::tracking
