#include "assay/tracking/retention.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/detail/file_lock.hpp"
#include "assay/tracking/detail/server_folders.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/journal_status.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

using Clock = fs::file_time_type::clock;

std::int64_t size_of(const fs::path& file) {
    std::error_code gone;
    const auto size = fs::file_size(file, gone);
    return gone ? 0 : static_cast<std::int64_t>(size);
}

/// Whether a process holds the file's lock, or the file cannot be opened.
bool is_held(const fs::path& file) {
    const assay::detail::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0 || ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return true;
    ::flock(fd.get(), LOCK_UN);
    return false;
}

/// Whether a server holds all of what it acknowledged, and lasts: a collector takes traces alone, and the database of
/// `assay ui` lies in an output folder that people throw away.
bool keeps_everything(const detail::ServerFolder& server) {
    return server.name().rfind("otlp:", 0) != 0 && server.name().rfind("local:", 0) != 0;
}

struct Segment {
    fs::path path;
    std::string name;
    index records = 0;
    Timestamp latest;  // of its records so far
    bool open = false;
    bool waiting = false;
    bool refused = false;
    bool damaged = false;
    Clock::time_point delivered = Clock::time_point::min();
    std::set<std::string> runs;
    std::set<std::string> contents;  // SHA-256 named by its records
};

/// What was said last of a run's end.
struct LastEnd {
    Timestamp order;
    bool ended = false;
};

class Collection {
  public:
    Collection(const fs::path& journal, const RetentionOptions& options) : journal_(journal), options_(options) {
        for (auto& server : detail::list_servers(journal)) {
            const bool counts = options.server_key.empty()
                                    ? keeps_everything(server)
                                    : server.path() == detail::server_folder(journal, options.server_key);
            if (counts) servers_.push_back(std::move(server));
        }
    }

    RetentionReport run() {
        const std::int64_t before = journal_bytes(journal_);
        for (const auto& path : list_segments(journal_)) read(path);
        for (const auto& segment : segments_) {
            if (may_go(segment, before)) {
                remove(segment);
            } else {
                contents_.insert(segment.contents.begin(), segment.contents.end());
            }
        }
        remove_leftovers();
        remove_contents();
        report_.bytes_left = before - report_.bytes_freed;
        return report_;
    }

  private:
    void read(const fs::path& path) {
        Segment segment;
        segment.path = path;
        segment.open = is_held(path);
        const auto opened = open_segment(path);
        if (!opened) return;
        const SegmentReader& reader = *opened;
        segment.name = reader.name();
        segment.open |= !reader.closed();
        segment.waiting = servers_.empty();
        segment.damaged = !reader.damage().empty() || !reader.header_valid();
        for (const auto& frame : reader.frames()) record(segment, frame);
        for (const auto& server : servers_) {
            std::error_code missing;
            const auto time = fs::last_write_time(server.ack_file(segment.name), missing);
            if (!missing) segment.delivered = std::max(segment.delivered, time);
        }
        for (const auto& run : segment.runs) {
            if (segment.waiting) unfinished_.insert(run);
            if (segment.open && !has_ended(run)) going_on_.insert(run);
        }
        segments_.push_back(std::move(segment));
    }

    void record(Segment& segment, const detail::Frame& frame) {
        ++segment.records;
        segment.latest = std::max(segment.latest, frame.time);
        for (auto& server : servers_) {
            const auto& acks = server.acks(segment.name);
            segment.refused |= acks.refused(frame.sequence);
            segment.waiting |= !acks.contains(frame.sequence);
        }
        try {
            const Record record = decode(frame.kind, frame.payload);
            segment.runs.insert(run_of(record));
            if (const auto* end = std::get_if<EndRun>(&record)) {
                // What was said last counts, in whichever segment.
                auto& last = ends_[end->run];
                if (segment.latest >= last.order) last = {segment.latest, end->status != RunStatus::running};
            }
            if (const auto* artifact = std::get_if<Artifact>(&record)) segment.contents.insert(artifact->sha256);
            if (const auto* document = std::get_if<Document>(&record)) {
                segment.contents.insert(document->contents.begin(), document->contents.end());
            }
        } catch (const ValueError&) {
            segment.waiting = true;  // of a later version, which may name contents that this one cannot know
            unknown_ = true;
        }
    }

    bool has_ended(const std::string& run) const {
        const auto found = ends_.find(run);
        return found != ends_.end() && found->second.ended;
    }

    bool may_go(const Segment& segment, std::int64_t before) {
        if (segment.open) return ++report_.segments_open, false;
        if (segment.waiting) return ++report_.segments_waiting, false;
        if (segment.refused && !options_.refused) return ++report_.segments_refused, false;
        if (segment.damaged) return ++report_.segments_damaged, false;
        const bool small_enough = options_.until_bytes > 0 && before - report_.bytes_freed <= options_.until_bytes;
        const bool young = segment.delivered > Clock::now() - options_.keep;
        const auto is_needed = [this](const std::string& run) {
            return unfinished_.count(run) != 0 || (going_on_.count(run) != 0 && !has_ended(run));
        };
        const bool part = options_.whole_runs && std::any_of(segment.runs.begin(), segment.runs.end(), is_needed);
        if (small_enough || (options_.keep.count() > 0 && young) || part) return ++report_.segments_kept, false;
        return true;
    }

    void remove(const Segment& segment) {
        ++report_.segments_removed;
        report_.records_removed += segment.records;
        unlink(segment.path);
        for (const auto& server : detail::list_servers(journal_)) unlink(server.ack_file(segment.name));
    }

    void unlink(const fs::path& file) {
        const std::int64_t bytes = size_of(file);
        if (!options_.dry_run) {
            std::error_code failed;
            fs::remove(file, failed);
            if (failed) throw IoError("gc: cannot remove " + file.string() + ": " + failed.message());
        }
        report_.bytes_freed += bytes;
    }

    bool is_old(const fs::path& file) const {
        struct stat info {};
        if (::stat(file.c_str(), &info) != 0) return false;
        // The change time: a content that was taken in again is a new file under the old name.
        return ::time(nullptr) - info.st_ctime >= options_.content_grace.count();
    }

    /// Segments and contents that were never given their name, acknowledgements of segments that are no more.
    void remove_leftovers() {
        std::set<std::string> known;
        for (const auto& segment : segments_) known.insert(segment.name + ".ack");
        const auto sweep = [this](const fs::path& folder, auto&& is_leftover) {
            std::error_code missing;
            for (const auto& entry : fs::directory_iterator(folder, missing)) {
                if (!is_old(entry.path()) || !is_leftover(entry.path())) continue;
                ++report_.leftovers_removed;
                unlink(entry.path());
            }
        };
        sweep(journal_ / "segments", [](const fs::path& file) { return file.extension() == ".new" && !is_held(file); });
        sweep(journal_ / "artifacts",
              [](const fs::path& file) { return file.filename().string().rfind(".new-", 0) == 0; });
        for (const auto& server : detail::list_servers(journal_)) {
            sweep(server.path() / "uploads", [](const fs::path& file) { return file.extension() == ".upload"; });
            sweep(server.path(), [&known](const fs::path& file) {
                return file.extension() == ".ack" && known.count(file.filename().string()) == 0;
            });
        }
    }

    void remove_contents() {
        if (unknown_) return;
        const ArtifactStore store(journal_ / "artifacts");
        const auto alone = store.exclude_writers();
        std::error_code missing;
        for (const auto& entry : fs::directory_iterator(journal_ / "artifacts", missing)) {
            const std::string name = entry.path().filename().string();
            if (name.size() != 64 || contents_.count(name) != 0 || !is_old(entry.path())) continue;
            ++report_.artifacts_removed;
            unlink(entry.path());
        }
    }

    const fs::path& journal_;
    const RetentionOptions& options_;
    std::vector<detail::ServerFolder> servers_;
    std::vector<Segment> segments_;
    std::set<std::string> unfinished_;  // runs of which something waits
    std::set<std::string> going_on_;    // runs with records in a segment that is still written
    std::map<std::string, LastEnd> ends_;
    std::set<std::string> contents_;  // named by what stays
    bool unknown_ = false;
    RetentionReport report_;
};

}  // namespace

namespace detail {

RetentionReport collect_garbage_now(const fs::path& journal, const RetentionOptions& options) {
    return Collection(journal, options).run();
}

}  // namespace detail

RetentionReport collect_garbage(const fs::path& journal, const RetentionOptions& options) {
    std::error_code missing;
    if (!fs::exists(journal / "segments", missing)) return {};
    const detail::SenderLock turn(journal);
    recover(journal);
    return detail::collect_garbage_now(journal, options);
}

}  // namespace assay::tracking
