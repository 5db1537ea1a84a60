#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/detail/limits.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {

/// When records reach the disk. Whatever the policy, a record whose call returned outlives the death of the process
/// (SIGKILL included), because it lies in the operating system's page cache by then; the policies differ in what a
/// power cut or a crash of the whole machine can take.
enum class FsyncPolicy : std::uint8_t {
    every_record,  ///< nothing: the call returns when its record is on disk; threads share one fsync
    interval,      ///< at most the records of the last `fsync_interval`
    on_close,      ///< everything since the segment began
};

struct JournalOptions {
    FsyncPolicy fsync = FsyncPolicy::interval;
    std::chrono::milliseconds fsync_interval{100};
    index segment_bytes = index{64} << 20;  ///< a new file is begun past this size; at least 8 MiB
    /// Bytes that the journal may take on disk, artifacts included; 0 for no limit. Where it is reached, delivered
    /// segments go, oldest first. Where that is not enough the call that logs throws IoError and its record is not
    /// taken: what waits for delivery is never removed. A run can be ended all the same. Processes that write one
    /// journal may exceed the limit by a segment each, and by what they log within a second.
    std::int64_t max_bytes = 0;
    /// How long delivered segments are kept; older ones are removed when a process opens the journal. For ever where
    /// not set.
    std::optional<std::chrono::hours> keep_delivered{};
};

/// The options with `max_bytes` and `keep_delivered` from ASSAY_JOURNAL_MAX_BYTES and ASSAY_JOURNAL_KEEP_DAYS where
/// they are not set. @throws ValueError if these are not whole numbers
ASSAY_EXPORT JournalOptions with_environment(JournalOptions options);

/// The append-only log of one process in a journal folder. Usable from any thread; safe over fork: a child that logs
/// begins a segment of its own.
///
/// Folder: `segments/*.journal`, `artifacts/<sha256>`, `sync/` (the senders' acknowledgements).
/// Format: docs/adr/0005-journal.md. Not meant for network file systems that more than one machine writes at once.
class ASSAY_EXPORT Journal {
  public:
    /// The journal of this process in `folder`, created where there is none; the same object for the same folder.
    /// Torn tails that dead writers left are cut. The first opener's options hold, but for `fsync`: the strictest that
    /// any opener asked for holds from then on, and of equal ones the shorter interval.
    /// @throws IoError if the folder cannot be written
    static std::shared_ptr<Journal> open(const std::filesystem::path& folder, const JournalOptions& options);
    /// The same with the options that it is open with, the usual ones where it is not.
    static std::shared_ptr<Journal> open(const std::filesystem::path& folder);

    /// Closes the segment in order; what cannot be written then is lost without a word, so call `flush` before.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Appends a record.
    /// @param time  frozen in the record; the present where none is given
    /// @return      the record's number within this process
    /// @throws ValueError if the record exceeds 4 MiB or is not UTF-8, IoError if it cannot be written
    std::uint64_t append(const Record& record, std::optional<Timestamp> time = std::nullopt);

    /// The same for a metric without building a Record. `run` and `key` must be valid already.
    std::uint64_t append_metric(std::string_view run, std::string_view key, double value, std::int64_t step,
                                std::optional<Timestamp> time = std::nullopt);

    /// The same for what is encoded already: `payload` is what `encode` would write. @throws as `append`
    std::uint64_t append_encoded(RecordKind kind, std::string_view payload,
                                 std::optional<Timestamp> time = std::nullopt);

    /// Makes room for `bytes` of artifacts within the limit, if there is one, and counts them. @throws IoError if it
    /// cannot
    void make_room(std::int64_t bytes);

    /// Returns when everything appended so far is on disk. @throws IoError
    void flush();

    const std::filesystem::path& folder() const noexcept { return folder_; }
    const ArtifactStore& artifacts() const noexcept { return artifacts_; }

  private:
    struct State;
    friend struct JournalRegistry;

    Journal(std::filesystem::path folder, const JournalOptions& options);
    static std::shared_ptr<Journal> find_or_open(const std::filesystem::path& folder, const JournalOptions* asked);
    void tighten(const JournalOptions& asked);
    State& state(index payload_size, RecordKind kind);
    void begin_segment(State& state, index payload_size, RecordKind kind);
    index capacity_for(index payload_size, RecordKind kind);
    std::uint64_t append_bytes(RecordKind kind, std::string_view payload, Timestamp time);
    void change_segment(index payload_size, RecordKind kind);
    void commit(std::uint64_t sequence);
    void start_flusher(State& state);
    void flush_in_background(State& state);

    std::filesystem::path folder_;
    JournalOptions options_;
    std::atomic<FsyncPolicy> fsync_;  // of options_; another opener may make it stricter
    ArtifactStore artifacts_;
    std::mutex mutex_;         // guards state_, options_ and appending
    std::mutex commit_mutex_;  // one fsync at a time; taken before mutex_
    detail::SpaceLimit space_;
    State* state_ = nullptr;  // owned; left behind in a forked child, whose threads it does not have
};

}  // namespace assay::tracking
