#include "assay/tracking/detail/sender.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/detail/patience.hpp"

namespace assay::tracking::detail {

namespace fs = std::filesystem;

namespace {

/// What another delivery of this journal to this server may go on with lies beside its acknowledgements.
TransferOptions transfers(const SyncOptions& options, const DeliveryState& state) {
    TransferOptions chosen = options.transfer;
    if (chosen.resume_folder.empty()) chosen.resume_folder = state.folder() / "uploads";
    return chosen;
}

}  // namespace

Sender::Sender(const fs::path& journal, const MlflowClient& client, const SyncOptions& options)
    : journal_(journal),
      client_(client),
      options_(options),
      state_(journal, options.server_key.empty() ? client.url() : options.server_key, options.from_scratch),
      artifacts_(client.address(), transfers(options, state_)),
      runs_(client, state_, options, beginnings_) {}

SyncReport Sender::deliver() {
    const auto recovery = recover(journal_);
    if (recovery.torn_records > 0) {
        report_.problems.push_back(std::to_string(recovery.torn_records) +
                                   " record(s) were cut short when their writer died, and are gone");
    }
    read_beginnings();
    try {
        for (const auto& path : unsettled_) deliver_segment(path);
        deliver_versions();
        deliver_assessments();
        end_runs();
        if (denied_ && done_ == 0) std::rethrow_exception(denied_);
    } catch (const AuthError&) {
        throw;
    } catch (const HttpError& e) {
        report_.stopped_by = e.what();
    }
    finish();
    return std::move(report_);
}

void Sender::report_damage(const SegmentReader& segment) {
    for (const auto& damage : segment.damage()) {
        report_.problems.push_back(segment.name() + ": " + std::to_string(damage.bytes) + " damaged byte(s) at " +
                                   std::to_string(damage.offset) + " were skipped, " +
                                   std::to_string(damage.records_missing) + " record(s) missing");
    }
    if (!segment.header_valid()) report_.problems.push_back(segment.name() + ": the header is damaged");
}

void Sender::deliver_segment(const fs::path& path) {
    const std::string name = path.filename().string();
    const auto opened = held_ ? std::move(held_) : open_segment(path, looks_.at(name).from);
    if (!opened) return;
    const SegmentReader& segment = *opened;
    for (const auto& [run, part] : collect(segment)) {
        if (given_up_.count(run) != 0) continue;
        try {
            deliver_part(segment.name(), run, part);
        } catch (const AuthError& e) {
            deny(run, e);
        } catch (const MlflowError& e) {
            if (e.transient()) throw;
            give_up_on(run, e.what());
        } catch (const StateError& e) {
            give_up_on(run, e.what());
        }
        if (options_.progress) options_.progress(done_, total_);
    }
    deliver_documents(segment.name(), std::exchange(documents_, {}));
}

std::map<std::string, Sender::RunPart> Sender::collect(const SegmentReader& segment) {
    std::map<std::string, RunPart> parts;
    const AckLog& acks = state_.acks(segment.name());
    const std::uint64_t last = looks_.at(segment.name()).last;
    for (const auto& frame : segment.frames()) {
        // What a living process has logged since the first look is for the next delivery: its run is not known yet.
        if (frame.sequence > last || acks.contains(frame.sequence)) continue;
        try {
            collect_record(frame, decode(frame.kind, frame.payload), segment.name(), parts);
        } catch (const ValueError& e) {
            report_.problems.push_back(segment.name() + ": record " + std::to_string(frame.sequence) + ": " + e.what());
        }
    }
    return parts;
}

void Sender::collect_record(const Frame& frame, Record record, const std::string& segment,
                            std::map<std::string, RunPart>& parts) {
    RunPart& part = parts[run_of(record)];
    Outgoing item;
    item.kind = frame.kind;
    item.sequences = {frame.sequence};
    if (auto* metric = std::get_if<Metric>(&record)) {
        item.point = {std::move(metric->key), metric->value, frame.time.micros() / 1000, metric->step};
        part.items.push_back(std::move(item));
    } else if (auto* param = std::get_if<Param>(&record)) {
        item.pair = {std::move(param->key), std::move(param->value)};
        part.items.push_back(std::move(item));
    } else if (auto* tag = std::get_if<Tag>(&record)) {
        collect_tag(std::move(*tag), std::move(item), part);
    } else if (auto* artifact = std::get_if<Artifact>(&record)) {
        part.artifacts.push_back({frame.sequence, std::move(*artifact)});
    } else if (auto* document = std::get_if<Document>(&record); document && frame.kind == RecordKind::assessment) {
        // Its trace may stand in another part or segment.
        assessments_.push_back({segment, {frame.sequence, std::move(*document), frame.time}});
    } else if (document && frame.kind == RecordKind::model_version) {
        keep_version(segment, {frame.sequence, std::move(*document), frame.time});
    } else if (document) {
        if (frame.kind == RecordKind::tag_removal) part.removals[document->id].push_back(frame.sequence);
        documents_.push_back({frame.sequence, std::move(*document), frame.time});
    } else if (auto* end = std::get_if<EndRun>(&record)) {
        const bool first = ends_.empty() || ends_.back().origin.segment != segment;
        const Timestamp order = first ? frame.time : std::max(frame.time, ends_.back().order);
        ends_.push_back({{segment, frame.sequence}, std::move(*end), frame.time, order});
    } else {
        part.beginnings.push_back(frame.sequence);
    }
}

// The last value stands; sending the earlier ones in one batch would leave the order to the server. Removals before it
// have nothing left to do, and would come after it.
void Sender::collect_tag(Tag tag, Outgoing item, RunPart& part) {
    if (const auto removals = part.removals.extract(tag.key)) {
        const auto& ours = removals.mapped();
        item.sequences.insert(item.sequences.end(), ours.begin(), ours.end());
        const auto overtaken = [&ours](const PendingDocument& pending) {
            return std::find(ours.begin(), ours.end(), pending.sequence) != ours.end();
        };
        documents_.erase(std::remove_if(documents_.begin(), documents_.end(), overtaken), documents_.end());
    }
    const auto [place, first] = part.tags.try_emplace(tag.key, part.items.size());
    if (!first) {
        Outgoing& earlier = part.items[place->second];
        earlier.pair.value = std::move(tag.value);
        earlier.sequences.insert(earlier.sequences.end(), item.sequences.begin(), item.sequences.end());
        return;
    }
    item.pair = {std::move(tag.key), std::move(tag.value)};
    part.items.push_back(std::move(item));
}

void Sender::deliver_part(const std::string& segment, const std::string& run, const RunPart& part) {
    if (run.empty()) return;
    const std::string id = runs_.server_id(run);
    touched_.insert(run);
    acknowledge(segment, part.beginnings, AckLog::Outcome::delivered);
    std::vector<std::uint64_t> delivered;
    const BatchSender sender(
        client_, options_,
        [&](const Outgoing& item) {
            delivered.insert(delivered.end(), item.sequences.begin(), item.sequences.end());
            report_.metrics += item.kind == RecordKind::metric;
            report_.params += item.kind == RecordKind::param;
            report_.tags += item.kind == RecordKind::tag;
        },
        [&](const Outgoing& item, const MlflowError& e) {
            set_aside(segment, item.sequences,
                      {run, std::string(to_string(item.kind)), item.key(), e.error_code(), e.server_words()});
        });
    for (const auto& batch : make_batches(part.items)) {
        delivered.clear();
        try {
            sender.send(id, batch);
        } catch (const HttpError&) {
            acknowledge(segment, delivered, AckLog::Outcome::delivered);  // the halves that got through
            throw;
        }
        acknowledge(segment, delivered, AckLog::Outcome::delivered);
    }
    deliver_artifacts(segment, run, part.artifacts);
}

void Sender::deliver_artifacts(const std::string& segment, const std::string& run,
                               const std::vector<PendingArtifact>& artifacts) {
    if (artifacts.empty()) return;
    const ServerRun& target = runs_.server_run(run);
    ArtifactDelivery delivery(
        client_, artifacts_, options_, ArtifactStore(journal_ / "artifacts"),
        [&](std::uint64_t sequence, bool sent) {
            acknowledge(segment, {sequence}, AckLog::Outcome::delivered);
            report_.artifacts += sent;
        },
        [&](std::uint64_t sequence, const Artifact& record, const std::string& code, const std::string& words) {
            set_aside(segment, {sequence}, {record.run, "artifact", record.path, code, words});
        },
        [&](const Artifact& record, const std::string& why) {
            leave_waiting("artifact", record.path, "its content cannot be read: " + why);
        });
    try {
        delivery.deliver(target, artifacts);
    } catch (const ValueError& e) {  // no proxy serves its artifacts
        give_up_on(run, e.what());
    }
}

// Of a run that ended and was gone on with, maybe again and again and by several processes, what was said last counts.
void Sender::end_runs() {
    const auto earlier = [](const PendingEnd& a, const PendingEnd& b) { return a.order < b.order; };
    std::stable_sort(ends_.begin(), ends_.end(), earlier);
    std::map<std::string, std::vector<const PendingEnd*>> of_runs;
    for (const auto& end : ends_) of_runs[end.record.run].push_back(&end);
    for (const auto& [run, ends] : of_runs) {
        if (given_up_.count(run) != 0) continue;
        const PendingEnd& end = *ends.back();
        const bool goes_on = end.record.status == RunStatus::running;
        RunUpdate update{std::string(to_string(end.record.status)), {}, {}};
        if (!goes_on) update.end_time = end.time.micros() / 1000;
        try {
            const std::string id = runs_.server_id(run);
            patiently(options_, [&] { client_.update_run(id, update); });
        } catch (const MlflowError& e) {
            if (e.transient()) throw;
            give_up_on(run, e.what());
            continue;
        } catch (const StateError& e) {
            give_up_on(run, e.what());
            continue;
        }
        touched_.insert(run);
        for (const PendingEnd* each : ends) {
            acknowledge(each->origin.segment, {each->origin.sequence}, AckLog::Outcome::delivered);
        }
        report_.runs_ended += !goes_on;
    }
}

void Sender::acknowledge(const std::string& segment, const std::vector<std::uint64_t>& sequences,
                         AckLog::Outcome outcome) {
    state_.acks(segment).add(sequences, outcome);
    done_ += static_cast<index>(sequences.size());
}

void Sender::set_aside(const std::string& segment, std::vector<std::uint64_t> sequences, SetAside entry) {
    nlohmann::json line{{"segment", segment},  {"sequences", sequences}, {"run", entry.run},
                        {"kind", entry.kind},  {"key", entry.key},       {"error_code", entry.error_code},
                        {"words", entry.words}};
    state_.remember_set_aside(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    acknowledge(segment, sequences, AckLog::Outcome::set_aside);
    report_.set_aside.push_back(std::move(entry));
}

// A user may have rights on one experiment and none on another; credentials that are wrong are refused everywhere.
void Sender::deny(const std::string& run, const AuthError& error) {
    if (error.status() != 403) throw error;
    if (!denied_) denied_ = std::current_exception();
    give_up_on(run, error.what());
}

void Sender::give_up_on(const std::string& run, const std::string& why) {
    given_up_.insert(run);
    const auto name = names_.find(run);
    report_.problems.push_back("run '" + (name == names_.end() ? run : name->second) + "' was not delivered: " + why);
}

void Sender::finish() {
    report_.runs_created = runs_.created();
    report_.refused_earlier = state_.refused_earlier();
    report_.remaining = total_ - done_;
    report_.complete = report_.remaining == 0;
    settle();
    std::map<std::string, std::string> delivered_to;
    for (const auto& [run, name] : names_) {
        const auto id = state_.server_run(run);
        if (!id) continue;
        report_.run_ids[run] = *id;
        if (touched_.count(run) != 0) delivered_to[run] = *id;
    }
    if (!options_.verify || !report_.stopped_by.empty()) return;
    if (delivered_to.empty() && delivered_documents_.empty()) return;
    try {
        VerifyOptions compared;  // a living process may have logged more meanwhile
        compared.delivered = [this](const std::string& segment, std::uint64_t sequence) {
            return state_.acks(segment).contains(sequence);
        };
        compared.refused = [this](const std::string& segment, std::uint64_t sequence) {
            return state_.acks(segment).refused(sequence);
        };
        compared.documents = [this](const std::string& segment, std::uint64_t sequence) {
            return delivered_documents_.count({segment, sequence}) != 0;
        };
        compared.skips = [&](const std::string& segment) {
            const auto document = delivered_documents_.lower_bound({segment, 0});
            const bool holds_one = document != delivered_documents_.end() && document->first == segment;
            return !holds_one && skips(segment, delivered_to);
        };
        report_.verified = verify(journal_, client_, delivered_to, compared);
    } catch (const HttpError& e) {
        report_.stopped_by = e.what();  // delivered, but not read back
    }
}

}  // namespace assay::tracking::detail
