#include "assay/tracking/run.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/dataset_limits.hpp"
#include "assay/tracking/detail/frame.hpp"
#include "assay/tracking/detail/process.hpp"
#include "assay/tracking/detail/run_registry.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/names.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

/// The locks that runs of this process hold while they log, so that fork finds them free.
class RunLocks {
  public:
    static RunLocks& instance() {
        static RunLocks* locks = [] {  // never destroyed: a run may end after static destructors began
            auto* created = new RunLocks;
            ::pthread_atfork([] { instance().hold(); }, [] { instance().release(); }, [] { instance().release(); });
            return created;
        }();
        return *locks;
    }

    void add(std::mutex& lock) {
        const std::lock_guard guard(mutex_);
        locks_.insert(&lock);
    }
    void remove(std::mutex& lock) {
        const std::lock_guard guard(mutex_);
        locks_.erase(&lock);
    }

  private:
    void hold() {
        mutex_.lock();
        for (std::mutex* lock : locks_) lock->lock();
    }
    void release() {
        for (std::mutex* lock : locks_) lock->unlock();
        mutex_.unlock();
    }

    std::mutex mutex_;
    std::set<std::mutex*> locks_;
};

/// All regular files below a folder, sorted. @throws IoError where one of its folders cannot be read
std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    try {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            if (entry.is_regular_file()) files.push_back(entry.path());
        }
    } catch (const fs::filesystem_error& e) {
        throw IoError("log_artifacts: cannot read " + e.path1().string() + ": " + e.code().message());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The record of a run's dataset, as Document's `body`.
std::string body_of(const DatasetInput& dataset) {
    const nlohmann::json body{{"tags", dataset.tags},
                              {"dataset",
                               {{"name", dataset.name},
                                {"digest", dataset.digest},
                                {"source_type", dataset.source_type},
                                {"source", dataset.source},
                                {"schema", dataset.schema},
                                {"profile", dataset.profile}}}};
    return body.dump();
}

}  // namespace

fs::path default_journal() {
    const char* given = std::getenv("ASSAY_JOURNAL");
    return given != nullptr && *given != '\0' ? fs::path(given) : fs::path("assay-journal");
}

Run::Run(RunOptions options)
    : start_(options.start_time ? *options.start_time : now()),
      fsync_(options.journal_options.fsync),
      process_(detail::process_generation()),
      exceptions_(std::uncaught_exceptions()) {
    for (const auto& [key, value] : options.tags) {
        check_key(key, "tag");
        check_tag_value(key, value);
    }
    if (!options.run_id.empty()) check_run_id(options.run_id);
    journal_ = Journal::open(options.journal.empty() ? default_journal() : options.journal, options.journal_options);
    // After the journal, whose handlers then run later: a thread that logs takes this lock before the journal's.
    RunLocks::instance().add(params_mutex_);
    fork_safety_ = {&params_mutex_, [](void* lock) { RunLocks::instance().remove(*static_cast<std::mutex*>(lock)); }};
    if (options.run_id.empty() || !find_in_journal(options.run_id)) {
        begin(options);
    } else {
        set_tags(options.tags);
    }
    if (!options.run_id.empty()) journal_->append(EndRun{id_, RunStatus::running});
}

void Run::begin(RunOptions& options) {
    check_experiment_name(options.experiment);
    id_ = options.run_id.empty() ? detail::random_id_text() : options.run_id;
    name_ = options.run_name.empty() ? generate_run_name() : std::move(options.run_name);
    check_tag_value("mlflow.runName", name_);
    experiment_ = std::move(options.experiment);
    parent_ = std::move(options.parent_run_id);
    const bool is_new = options.run_id.empty();
    std::map<std::string, std::string> tags{{detail::on_server_tag, "true"}};
    if (is_new) tags.swap(options.tags);
    journal_->append(CreateRun{id_, experiment_, name_, parent_, detail::user_name(), std::move(tags)}, start_);
    if (!is_new) set_tags(options.tags);
}

// What it logged before is there again: a parameter set then is set.
bool Run::find_in_journal(const std::string& run_id) {
    for (const auto& path : list_segments(journal_->folder())) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) {
            if (frame.kind != RecordKind::create_run && frame.kind != RecordKind::param) continue;
            try {
                Record record = decode(frame.kind, frame.payload);
                if (run_of(record) != run_id) continue;
                if (auto* known = std::get_if<CreateRun>(&record)) {
                    id_ = run_id;
                    name_ = std::move(known->name);
                    experiment_ = std::move(known->experiment);
                    parent_ = std::move(known->parent);
                    start_ = frame.time;
                } else if (auto* param = std::get_if<Param>(&record)) {
                    params_.insert_or_assign(std::move(param->key), std::move(param->value));
                }
            } catch (const ValueError&) {
                // Damage elsewhere; `sync` tells of it.
            }
        }
    }
    return !id_.empty();
}

Run::~Run() {
    if (ended_ || process_ != detail::process_generation()) return;
    try {
        end(std::uncaught_exceptions() > exceptions_ ? RunStatus::failed : RunStatus::finished);
    } catch (const std::exception&) {
        // The disk is full or gone; a destructor has nobody to tell. The server will see the run as unfinished.
    }
}

void Run::check_running(const char* what) const {
    if (ended_) throw StateError(std::string(what) + ": the run '" + name_ + "' has ended; start a new one");
}

void Run::log_metric(std::string_view key, double value, std::int64_t step, std::optional<Timestamp> time) {
    check_running("log_metric");
    check_key(key, "metric");
    journal_->append_metric(id_, key, value, step, time);
}

void Run::log_metrics(const std::map<std::string, double>& metrics, std::int64_t step, std::optional<Timestamp> time) {
    check_running("log_metrics");
    for (const auto& [key, value] : metrics) check_key(key, "metric");
    const Timestamp moment = time ? *time : now();
    for (const auto& [key, value] : metrics) journal_->append_metric(id_, key, value, step, moment);
}

void Run::log_param(std::string_view key, std::string_view value) {
    check_running("log_param");
    check_key(key, "parameter");
    check_param_value(key, value);
    const std::lock_guard lock(params_mutex_);
    const auto known = params_.find(key);
    if (known != params_.end()) {
        if (known->second == value) return;
        throw ValueError("log_param: parameter '" + std::string(key) + "' of run '" + name_ +
                         "' is set already, to another value; use a nested run or another name");
    }
    journal_->append(Param{id_, std::string(key), std::string(value)});
    params_.emplace(key, value);
}

void Run::log_params(const std::map<std::string, std::string>& params) {
    for (const auto& [key, value] : params) {
        check_key(key, "parameter");
        check_param_value(key, value);
    }
    for (const auto& [key, value] : params) log_param(key, value);
}

void Run::set_tag(std::string_view key, std::string_view value) {
    check_running("set_tag");
    check_key(key, "tag");
    check_tag_value(key, value);
    journal_->append(Tag{id_, std::string(key), std::string(value)});
}

void Run::set_tags(const std::map<std::string, std::string>& tags) {
    for (const auto& [key, value] : tags) {
        check_key(key, "tag");
        check_tag_value(key, value);
    }
    for (const auto& [key, value] : tags) set_tag(key, value);
}

void Run::delete_tag(std::string_view key) {
    check_key(key, "tag");
    log_document({RecordKind::tag_removal, id_, "", std::string(key), nlohmann::json{{"key", key}}.dump()});
}

void Run::keep(const StoredArtifact& stored, std::string path) {
    journal_->append(Artifact{id_, std::move(path), stored.sha256, stored.size});
}

void Run::take_in(const fs::path& file, const std::string& place) {
    std::error_code unknown;  // adding it tells
    const auto size = fs::file_size(file, unknown);
    if (!unknown) journal_->make_room(static_cast<std::int64_t>(size));
    keep(journal_->artifacts().add_file(file), place);
}

void Run::log_artifact(const fs::path& file, std::string_view artifact_path) {
    check_running("log_artifact");
    check_artifact_path(artifact_path, true);
    const std::string place = (fs::path(artifact_path) / file.filename()).generic_string();
    check_artifact_path(place);
    take_in(file, place);
}

void Run::log_artifacts(const fs::path& folder, std::string_view artifact_path) {
    check_running("log_artifacts");
    check_artifact_path(artifact_path, true);
    if (!fs::is_directory(folder)) {
        throw IoError("log_artifacts: expected a folder, got " + folder.string() + "; use log_artifact for a file");
    }
    for (const auto& file : files_below(folder)) {
        const std::string place = (fs::path(artifact_path) / fs::relative(file, folder)).generic_string();
        check_artifact_path(place);
        take_in(file, place);
    }
}

void Run::log_text(std::string_view text, std::string_view artifact_file) {
    check_running("log_text");
    check_artifact_path(artifact_file);
    journal_->make_room(static_cast<std::int64_t>(text.size()));
    keep(journal_->artifacts().add_bytes(text), std::string(artifact_file));
}

void Run::log_input(const DatasetInput& dataset, std::string_view context) {
    DatasetInput kept = dataset;
    kept.profile = detail::cut_json(kept.profile, "profile", detail::max_profile_bytes);
    check_dataset(kept);
    if (!context.empty()) kept.tags["mlflow.data.context"] = std::string(context);
    for (const auto& [key, value] : kept.tags) {
        check_key(key, "tag");
        check_tag_value(key, value);
    }
    constexpr std::size_t most = detail::max_payload_size - (64 << 10);  // beside it: the ids
    std::string body = body_of(kept);
    if (body.size() > most) {
        kept.profile = detail::cut_json(kept.profile, "profile", 1 << 10);
        body = body_of(kept);
    }
    if (body.size() > most) {
        kept.schema = detail::cut_json(kept.schema, "schema", 1 << 10);
        body = body_of(kept);
    }
    log_document({RecordKind::input, id_, experiment_, kept.digest, std::move(body)});
}

void Run::log_document(Document document) {
    check_running("log_document");
    document.run = id_;
    journal_->append(std::move(document));
}

void Run::end(RunStatus status, std::optional<Timestamp> time) {
    if (ended_.exchange(true)) return;
    try {
        journal_->append(EndRun{id_, status}, time);
    } catch (...) {
        ended_ = false;  // once the disk has room again, the end can be told
        throw;
    }
    if (fsync_ != FsyncPolicy::on_close) journal_->flush();
}

}  // namespace assay::tracking
