#include "assay/tracking/journal_status.hpp"

#include <algorithm>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/server_folders.hpp"
#include "assay/tracking/journal_reader.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

struct FolderSize {
    index files = 0;
    std::int64_t bytes = 0;
};

/// Files that vanish meanwhile count for nothing.
template <typename Counts>
FolderSize measure(const fs::path& folder, Counts&& counts) {
    FolderSize total;
    std::error_code failed;
    for (auto at = fs::recursive_directory_iterator(folder, failed);
         !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
        std::error_code gone;
        if (!at->is_regular_file(gone) || !counts(at->path())) continue;
        const auto size = at->file_size(gone);
        if (gone) continue;
        ++total.files;
        total.bytes += static_cast<std::int64_t>(size);
    }
    return total;
}

class Inspection {
  public:
    explicit Inspection(const fs::path& journal) : journal_(journal), servers_(detail::list_servers(journal)) {
        for (const auto& server : servers_) status_.servers.push_back({server.name(), 0, 0, 0});
    }

    JournalStatus run() {
        for (const auto& path : list_segments(journal_)) segment(path);
        const FolderSize artifacts = measure(journal_ / "artifacts", [](const fs::path& file) {
            return file.filename().string().front() != '.';  // neither the lock nor what is being taken in
        });
        status_.artifacts = artifacts.files;
        status_.artifact_bytes = artifacts.bytes;
        for (auto& server : servers_) {
            for (const auto& [run, id] : server.runs()) {
                const auto place = places_.find(run);
                if (place != places_.end()) status_.runs[place->second].server_run_ids[server.name()] = id;
            }
        }
        return std::move(status_);
    }

  private:
    void segment(const fs::path& path) {
        const auto opened = open_segment(path);
        if (!opened) return;
        const SegmentReader& reader = *opened;
        ++status_.segments;
        status_.open_segments += !reader.closed();
        std::error_code gone;
        const auto size = fs::file_size(path, gone);
        if (!gone) status_.segment_bytes += static_cast<std::int64_t>(size);
        damage(reader);
        std::vector<const detail::AckLog*> acks;
        for (auto& server : servers_) acks.push_back(&server.acks(reader.name()));
        for (const auto& frame : reader.frames()) record(reader, frame, acks);
    }

    void damage(const SegmentReader& reader) {
        if (!reader.header_valid()) status_.damage.push_back(reader.name() + ": the header is damaged");
        for (const auto& gap : reader.damage()) {
            status_.damage.push_back(reader.name() + ": " + std::to_string(gap.bytes) + " damaged byte(s) at " +
                                     std::to_string(gap.offset) + ", " + std::to_string(gap.records_missing) +
                                     " record(s) missing");
        }
    }

    void record(const SegmentReader& reader, const detail::Frame& frame,
                const std::vector<const detail::AckLog*>& acks) {
        ++status_.records;
        RunSummary* summary = nullptr;
        try {
            const Record record = decode(frame.kind, frame.payload);
            if (!run_of(record).empty()) {
                summary = &run(run_of(record));
                ++summary->records[std::string(to_string(frame.kind))];
                add(*summary, record, frame.time);
            }
        } catch (const ValueError& e) {
            status_.damage.push_back(reader.name() + ": record " + std::to_string(frame.sequence) + ": " + e.what());
        }
        for (std::size_t i = 0; i < acks.size(); ++i) {
            auto& server = status_.servers[i];
            if (acks[i]->refused(frame.sequence)) {
                ++server.refused;
            } else if (acks[i]->contains(frame.sequence)) {
                ++server.delivered;
            } else {
                ++server.waiting;
                if (summary != nullptr) ++summary->waiting[server.name];
            }
        }
    }

    RunSummary& run(const std::string& id) {
        const auto [place, first] = places_.emplace(id, status_.runs.size());
        if (first) {
            status_.runs.emplace_back();
            status_.runs.back().run = id;
        }
        return status_.runs[place->second];
    }

    static void add(RunSummary& run, const Record& record, Timestamp time) {
        if (const auto* begin = std::get_if<CreateRun>(&record)) {
            run.experiment = begin->experiment;
            run.name = begin->name;
            run.parent = begin->parent;
            run.start = time;
            for (const auto& [key, value] : begin->tags) run.tags.emplace(key, value);
        } else if (const auto* metric = std::get_if<Metric>(&record)) {
            ++run.metrics[metric->key];
        } else if (const auto* param = std::get_if<Param>(&record)) {
            run.params.emplace(param->key, param->value);
        } else if (const auto* tag = std::get_if<Tag>(&record)) {
            run.tags.insert_or_assign(tag->key, tag->value);
        } else if (const auto* removal = std::get_if<Document>(&record);
                   removal != nullptr && removal->kind == RecordKind::tag_removal) {
            run.tags.erase(removal->id);
        } else if (const auto* artifact = std::get_if<Artifact>(&record)) {
            run.artifacts.insert_or_assign(artifact->path, artifact->size);
        } else if (const auto* end = std::get_if<EndRun>(&record)) {
            const bool goes_on = end->status == RunStatus::running;
            run.end = goes_on ? std::nullopt : std::optional(time);
            run.status = end->status;
        }
    }

    fs::path journal_;
    std::vector<detail::ServerFolder> servers_;
    std::map<std::string, std::size_t> places_;  // run → where in status_.runs
    JournalStatus status_;
};

}  // namespace

JournalStatus inspect(const fs::path& journal) { return Inspection(journal).run(); }

std::int64_t journal_bytes(const fs::path& journal) {
    return measure(journal, [](const fs::path&) { return true; }).bytes;
}

}  // namespace assay::tracking
