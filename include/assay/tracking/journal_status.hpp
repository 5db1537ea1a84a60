#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {

/// How far delivery to one server has come.
struct ServerStatus {
    std::string name;  ///< its URL or key; where an earlier version delivered, the name of its folder
    index delivered = 0;
    index refused = 0;
    index waiting = 0;
};

/// What a journal holds of one run.
struct RunSummary {
    std::string run;         ///< the journal's id
    std::string experiment;  ///< empty where the record of the run's beginning is missing, as the next three are
    std::string name;
    std::string parent;
    std::optional<Timestamp> start;
    std::optional<Timestamp> end;               ///< nothing where no record says so: it goes on, or its process died
    std::optional<RunStatus> status;            ///< of the end
    std::map<std::string, index> records;       ///< by kind: "metric", "param", …
    std::map<std::string, index> metrics;       ///< points of each metric
    std::map<std::string, index> waiting;       ///< records by server
    std::map<std::string, std::string> params;  ///< the first value stands
    std::map<std::string, std::string> tags;    ///< the last value stands
    std::map<std::string, std::int64_t> artifacts;      ///< bytes by path
    std::map<std::string, std::string> server_run_ids;  ///< by server
};

struct JournalStatus {
    index segments = 0;
    index open_segments = 0;  ///< being written, or left open by a process that died
    index records = 0;
    std::int64_t segment_bytes = 0;
    std::int64_t artifact_bytes = 0;
    index artifacts = 0;  ///< contents
    std::vector<ServerStatus> servers;
    std::vector<RunSummary> runs;     ///< in the order in which they began
    std::vector<std::string> damage;  ///< a sentence each
};

/// What a journal holds and what of it was delivered. Reads only; nothing is locked, nothing is changed.
/// @throws IoError if it cannot be read.   Cost: reads every segment once.
ASSAY_EXPORT JournalStatus inspect(const std::filesystem::path& journal);

/// Bytes of a journal folder on disk: segments, artifacts and acknowledgements. 0 where there is none.
ASSAY_EXPORT std::int64_t journal_bytes(const std::filesystem::path& journal);

}  // namespace assay::tracking
