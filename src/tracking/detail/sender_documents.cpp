// Delivery of what is neither a run nor one of its points, texts and files: inputs, models, versions, traces, feedback.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "assay/base/error.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/sender.hpp"

namespace assay::tracking::detail {

// In the order in which they were kept, whatever run they belong to: one may name what another made.
void Sender::deliver_documents(const std::string& segment, const std::vector<PendingDocument>& documents) {
    for (const auto& document : documents) {
        if (given_up_.count(document.record.run) == 0) deliver_pending(segment, document);
    }
}

/// @return whether it is settled, delivered or set aside; what waits is told, but for feedback, which is counted
bool Sender::deliver_pending(const std::string& segment, const PendingDocument& pending) {
    const auto& [sequence, document, time] = pending;
    const std::string kind(to_string(document.kind));
    const auto refuse = [&, sequence = sequence, &document = document](const std::string& code,
                                                                       const std::string& words) {
        set_aside(segment, {sequence}, {document.run, kind, document.id, code, words});
        return true;
    };
    const DocumentDelivery delivery{client_, artifacts_, runs_,
                                    state_,  options_,   ArtifactStore(journal_ / "artifacts")};
    try {
        deliver_document(document, time, delivery);
    } catch (const AuthError& e) {
        // Who may not do this may log runs all the same; credentials that are wrong are refused everywhere.
        if (e.status() != 403) throw;
        if (!denied_) denied_ = std::current_exception();
        return leave_waiting(kind, document.id, e.what());
    } catch (const MlflowError& e) {
        if (e.transient()) throw;
        return refuse(e.error_code(), e.server_words());
    } catch (const ValueError& e) {
        return refuse("", e.what());
    } catch (const IoError& e) {
        if (are_readable(document.contents)) throw;  // the acknowledgements cannot be written, say
        return leave_waiting(kind, document.id, std::string("its content cannot be read: ") + e.what());
    } catch (const NotThereYet& e) {
        return document.kind != RecordKind::assessment && leave_waiting(kind, document.id, e.what());
    } catch (const StateError& e) {
        if (document.run.empty()) return leave_waiting(kind, document.id, e.what());
        give_up_on(document.run, e.what());
        return false;
    }
    acknowledge(segment, {sequence}, AckLog::Outcome::delivered);
    if (options_.verify) delivered_documents_.emplace(segment, sequence);
    ++report_.documents;
    return true;
}

void Sender::keep_version(const std::string& segment, PendingDocument document) {
    const bool first = versions_.empty() || versions_.back().segment != segment;
    const Timestamp order = first ? document.time : std::max(document.time, versions_.back().order);
    versions_.push_back({segment, std::move(document), order});
}

// In the order in which they were asked for: one process may promote what another registered. What waits holds back all
// that was asked for of the same model later.
void Sender::deliver_versions() {
    const auto earlier = [](const PendingVersion& a, const PendingVersion& b) { return a.order < b.order; };
    std::stable_sort(versions_.begin(), versions_.end(), earlier);
    std::set<std::string> held_back;
    for (const auto& [segment, pending, order] : versions_) {
        if (given_up_.count(pending.record.run) != 0) continue;
        const auto body = nlohmann::json::parse(pending.record.body, nullptr, false);
        const bool named = body.is_object() && body.contains("name") && body["name"].is_string();
        const std::string name = named ? body["name"].get<std::string>() : std::string();
        if (held_back.count(name) != 0) {
            leave_waiting(to_string(pending.record.kind), pending.record.id, "an earlier change of its model waits");
        } else if (!deliver_pending(segment, pending)) {
            held_back.insert(name);
        }
    }
}

bool Sender::are_readable(const std::vector<std::string>& contents) const {
    const ArtifactStore store(journal_ / "artifacts");
    try {
        return std::all_of(contents.begin(), contents.end(), [&](const auto& hash) { return store.verify(hash); });
    } catch (const IoError&) {
        return false;
    }
}

/// @return false, for what is not settled
bool Sender::leave_waiting(std::string_view kind, const std::string& key, const std::string& why) {
    report_.problems.push_back(std::string(kind) + " '" + key + "' waits: " + why);
    return false;
}

void Sender::deliver_assessments() {
    index waiting = 0;
    for (const auto& [segment, pending] : assessments_) {
        if (given_up_.count(pending.record.run) == 0) waiting += !deliver_pending(segment, pending);
    }
    if (waiting == 0) return;
    report_.problems.push_back(std::to_string(waiting) +
                               " feedback record(s) wait in the journal for traces that this server does not have");
}

}  // namespace assay::tracking::detail
