#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

namespace assay::tracking {

/// What may be removed from a journal. What waits for delivery never is.
struct RetentionOptions {
    /// How long delivered segments stay after their last acknowledgement.
    std::chrono::hours keep{0};
    /// URL or key of the server whose acknowledgement suffices; every MLflow server that the journal was ever delivered
    /// to where empty. Collectors of traces, and the servers that `assay ui` starts beside the results, count only
    /// where they are named here. A journal that was delivered nowhere keeps everything.
    std::string server_key;
    /// Removes records that a server refused, too; they are on no server.
    bool refused = false;
    /// Keeps every segment of a run of which anything waits or that goes on. Without, its delivered parts go.
    bool whole_runs = true;
    /// Stops as soon as the journal is no larger than this; oldest segments first.
    std::int64_t until_bytes = 0;
    /// Contents that no record names are kept this long: their record may be on its way.
    std::chrono::seconds content_grace{3600};
    bool dry_run = false;
};

struct RetentionReport {
    index segments_removed = 0;
    index records_removed = 0;
    index artifacts_removed = 0;  ///< contents that no record names any more
    index leftovers_removed = 0;  ///< of processes that died: temporary files, acknowledgements of removed segments
    std::int64_t bytes_freed = 0;
    index segments_waiting = 0;  ///< kept because a server has not all of them yet, or there is no server
    index segments_refused = 0;  ///< kept because a server refused some of it
    index segments_damaged = 0;  ///< kept because records in them are damaged: somebody may want to look
    index segments_open = 0;     ///< kept because they are still written
    index segments_kept = 0;     ///< kept as the options say: too young, part of a run that goes on, small enough
    std::int64_t bytes_left = 0;
};

/// Removes from a journal what has been delivered, as the options say, and then the artifacts' contents that no
/// remaining record names. What is removed cannot be delivered to another server later, nor verified.
/// @throws StateError if a sender is at work on the journal, IoError.   Cost: reads every segment once.
ASSAY_EXPORT RetentionReport collect_garbage(const std::filesystem::path& journal,
                                             const RetentionOptions& options = {});

namespace detail {

/// The same without waiting for the sender's turn, for a writer that needs room now.
RetentionReport collect_garbage_now(const std::filesystem::path& journal, const RetentionOptions& options);

}  // namespace detail

}  // namespace assay::tracking
