#include "assay/tracking/detail/settled_segments.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/detail/file_descriptor.hpp"
#include "assay/base/error.hpp"
#include "assay/base/file.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* file_name = "settled.json";

index size_of(const fs::path& file) {
    std::error_code missing;
    const auto size = fs::file_size(file, missing);
    return missing ? -1 : static_cast<index>(size);
}

/// Their entries need no sync of their own; what counts on them must not outlive them.
void sync_file(const fs::path& file) {
    const assay::detail::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() >= 0) ::fdatasync(fd.get());
}

}  // namespace

SettledSegments::SettledSegments(fs::path folder) : folder_(std::move(folder)) {
    try {
        if (size_of(folder_ / file_name) < 0) return;
        const json entries = json::parse(read_file(folder_ / file_name));
        for (const auto& [name, entry] : entries.items()) {
            segments_[name] = {entry.at("end"), entry.at("closed"), entry.at("acks"), entry.at("runs")};
        }
    } catch (const json::exception&) {
        segments_.clear();
    } catch (const IoError&) {
        segments_.clear();
    }
}

const SettledSegment* SettledSegments::remembered(const std::string& name) const {
    const auto found = segments_.find(name);
    return found == segments_.end() ? nullptr : &found->second;
}

const SettledSegment* SettledSegments::find(const fs::path& segment) const {
    const std::string name = segment.filename().string();
    const auto* known = remembered(name);
    if (known == nullptr) return nullptr;
    const index size = size_of(segment);
    const bool there = known->closed ? size == known->end : size >= known->end;
    return there && std::max<index>(size_of(folder_ / (name + ".ack")), 0) >= known->acks ? known : nullptr;
}

void SettledSegments::settle(const std::string& name, SettledSegment state) {
    const auto* known = remembered(name);
    const fs::path acks = folder_ / (name + ".ack");
    state.acks = std::max<index>(size_of(acks), 0);
    const bool same = known != nullptr && known->end == state.end && known->closed == state.closed;
    if (same && known->acks <= state.acks) return;
    sync_file(acks);
    segments_.insert_or_assign(name, std::move(state));
    changed_ = true;
}

void SettledSegments::save(const fs::path& journal) {
    if (!std::exchange(changed_, false)) return;
    json entries = json::object();
    for (const auto& [name, state] : segments_) {
        if (size_of(journal / "segments" / name) < 0) continue;
        entries[name] = {{"end", state.end}, {"closed", state.closed}, {"acks", state.acks}, {"runs", state.runs}};
    }
    // It holds the names of runs: nobody else's to read. A file keeps its mode when it is replaced.
    const fs::path file = folder_ / file_name;
    const assay::detail::FileDescriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    write_file_atomic(file, entries.dump(-1, ' ', false, json::error_handler_t::replace));
}

void add_runs(SettledSegment& state, const SegmentReader& segment) {
    // Where quotes in a value would be escaped this is a member's name, and the record's own comes first.
    constexpr std::string_view member = R"("run":")";
    std::string_view last;
    for (const auto& frame : segment.frames()) {
        const auto at = frame.payload.find(member);
        std::string_view run;
        if (at != std::string_view::npos) {
            run = frame.payload.substr(at + member.size());
            run = run.substr(0, run.find('"'));
        }
        if (run != last || run.empty()) state.runs.try_emplace(std::string(run));
        last = run;
    }
}

void SettledSegments::for_each_run(
    const std::function<void(const std::string& run, const std::string& name)>& take) const {
    for (const auto& [segment, state] : segments_) {
        for (const auto& [run, name] : state.runs) take(run, name);
    }
}

}  // namespace assay::tracking::detail
