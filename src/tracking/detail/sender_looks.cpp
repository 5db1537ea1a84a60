// What a delivery has to read of a journal: what is not settled with the server.

#include <algorithm>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/sender.hpp"

namespace assay::tracking::detail {

// Segments that the server has whole are not read again, of others what came since the last delivery.
void Sender::read_beginnings() {
    state_.settled().for_each_run([this](const std::string& run, const std::string& name) {
        if (!name.empty()) names_.emplace(run, name);
    });
    for (const auto& path : list_segments(journal_)) {
        const SettledSegment* before = state_.settled().find(path);
        if (before != nullptr && !knows_runs(*before)) before = nullptr;
        if (before != nullptr && before->closed) continue;
        auto segment = open_segment(path, before == nullptr ? 0 : before->end);
        if (!segment) continue;
        look_at(*segment, before);
        if (segment->frames().empty()) continue;
        unsettled_.push_back(path);
        held_ = unsettled_.size() == 1 ? std::move(segment) : nullptr;
    }
}

/// Whether the server's ids of the runs that begin in a segment are still known; they are found by what is said there.
bool Sender::knows_runs(const SettledSegment& segment) const {
    return std::all_of(segment.runs.begin(), segment.runs.end(),
                       [this](const auto& run) { return run.second.empty() || state_.server_run(run.first); });
}

void Sender::look_at(const SegmentReader& segment, const SettledSegment* before) {
    report_damage(segment);
    Look look;
    if (before != nullptr) look = {*before, before->end};
    look.reached.end = segment.end();
    look.reached.closed = segment.closed();
    look.intact = segment.damage().empty() && segment.header_valid();
    add_runs(look.reached, segment);
    const AckLog& acks = state_.acks(segment.name());
    for (const auto& frame : segment.frames()) {
        if (look.first == 0) look.first = frame.sequence;
        look.last = frame.sequence;
        total_ += !acks.contains(frame.sequence);
        if (frame.kind != RecordKind::create_run) continue;
        try {
            auto record = std::get<CreateRun>(decode(frame.kind, frame.payload));
            const std::string run = record.run;
            look.reached.runs[run] = record.name;
            names_.emplace(run, record.name);
            beginnings_.emplace(run, RunBeginning{std::move(record), frame.time});
        } catch (const ValueError&) {
            // Told when the segment is delivered.
        }
    }
    looks_.insert_or_assign(segment.name(), std::move(look));
}

void Sender::settle() {
    for (auto& [name, look] : looks_) {
        if (!look.intact) continue;
        if (look.last != 0 && !state_.acks(name).contains_all(look.first, look.last)) continue;
        state_.settled().settle(name, std::move(look.reached));
    }
    try {
        state_.settled().save(journal_);
    } catch (const IoError&) {
        // The next delivery reads more than it would have to.
    }
}

bool Sender::skips(const std::string& segment, const std::map<std::string, std::string>& runs) {
    const SettledSegment* settled = state_.settled().find(journal_ / "segments" / segment);
    if (settled == nullptr) return false;
    const auto concerns = [&runs](const auto& held) { return held.first.empty() || runs.count(held.first) != 0; };
    return std::none_of(settled->runs.begin(), settled->runs.end(), concerns);
}

}  // namespace assay::tracking::detail
