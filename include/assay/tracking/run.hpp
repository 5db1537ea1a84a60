#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/journal.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/record.hpp"

namespace assay::tracking {

struct RunOptions {
    std::string experiment = "Default";
    std::string run_name{};           ///< made up where empty
    std::filesystem::path journal{};  ///< folder; $ASSAY_JOURNAL or ./assay-journal where empty
    std::map<std::string, std::string> tags{};
    std::string parent_run_id{};  ///< `id()` of the parent; empty for none
    /// A run to go on with: one of the journal, whose name, experiment and parameters hold, or else one that is on the
    /// server already. Finding it reads the journal once. Empty: a new run.
    std::string run_id{};
    std::optional<Timestamp> start_time{};
    JournalOptions journal_options{};
};

/// A tracked run. What it logs goes to the local journal and is delivered later by `sync`: no call waits for a server.
///
/// Every method may be called from any thread, and from forked children of the process. A child's records belong to
/// the same run; only the process that made the run ends it when the object goes. Names and lengths follow MLflow's
/// rules and are checked by the call.
class ASSAY_EXPORT Run {
  public:
    /// @throws ValueError if a name breaks MLflow's rules, IoError if the journal cannot be written
    explicit Run(RunOptions options);
    /// Ends the run: FAILED while an exception passes, FINISHED otherwise. What cannot be written then is dropped.
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// 32 hexadecimal digits; the tag `assay.run_uuid` on the server, which gives an id of its own.
    const std::string& id() const noexcept { return id_; }
    const std::string& name() const noexcept { return name_; }
    const std::string& experiment() const noexcept { return experiment_; }
    const std::string& parent_id() const noexcept { return parent_; }
    Timestamp start_time() const noexcept { return start_; }
    bool ended() const noexcept { return ended_; }
    const std::filesystem::path& journal_folder() const noexcept { return journal_->folder(); }

    /// @param value  NaN and ±Inf are kept in the journal; docs/adr/0005-journal.md says what a server can hold
    /// @throws ValueError, StateError after `end`, IoError.   Cost: below 0.5 µs unless every record is synced.
    void log_metric(std::string_view key, double value, std::int64_t step = 0,
                    std::optional<Timestamp> time = std::nullopt);
    /// Several metrics of one moment. All names are checked before the first is logged.
    void log_metrics(const std::map<std::string, double>& metrics, std::int64_t step = 0,
                     std::optional<Timestamp> time = std::nullopt);

    /// A parameter is set once: the same value again is no error, another one is.
    /// @throws ValueError as above
    void log_param(std::string_view key, std::string_view value);
    void log_params(const std::map<std::string, std::string>& params);

    void set_tag(std::string_view key, std::string_view value);
    void set_tags(const std::map<std::string, std::string>& tags);
    /// Removes a tag; one that is not set is no error.
    void delete_tag(std::string_view key);

    /// Takes a file in as it is now. @param artifact_path  folder inside the run's artifacts, "" for the root
    void log_artifact(const std::filesystem::path& file, std::string_view artifact_path = {});
    /// Takes every file below a folder in, keeping its relative place.
    void log_artifacts(const std::filesystem::path& folder, std::string_view artifact_path = {});
    /// Keeps a text (or any bytes) as the artifact `artifact_file`, for example "soap_notes/m00001.txt".
    void log_text(std::string_view text, std::string_view artifact_file);

    /// A dataset that the run reads. Of a profile of more than 1 MiB a note is kept, with the members that still fit;
    /// so of a schema that does not fit into a record. @param context  its part in the run, such as "training"; may be
    /// empty
    void log_input(const DatasetInput& dataset, std::string_view context = {});

    /// Keeps a document of the run; its `run` is set to this one. See `Document`.
    void log_document(Document document);

    /// Returns when all that was logged is on disk, whatever the policy. @throws IoError
    void flush() { journal_->flush(); }

    /// Ends the run now; a second call does nothing. @throws IoError
    void end(RunStatus status = RunStatus::finished, std::optional<Timestamp> time = std::nullopt);

  private:
    void begin(RunOptions& options);
    bool find_in_journal(const std::string& run_id);
    void check_running(const char* what) const;
    void keep(const StoredArtifact& stored, std::string path);
    void take_in(const std::filesystem::path& file, const std::string& place);

    std::string id_;
    std::string name_;
    std::string experiment_;
    std::string parent_;
    Timestamp start_;
    std::shared_ptr<Journal> journal_;
    FsyncPolicy fsync_;
    std::uint64_t process_;
    int exceptions_;  // in flight when the run began
    std::mutex params_mutex_;
    std::map<std::string, std::string, std::less<>> params_;
    std::shared_ptr<void> fork_safety_;  // while it lives, fork waits for params_mutex_
    std::atomic<bool> ended_{false};
};

/// The journal folder used where none is given: $ASSAY_JOURNAL, else `assay-journal` in the working folder.
ASSAY_EXPORT std::filesystem::path default_journal();

}  // namespace assay::tracking
