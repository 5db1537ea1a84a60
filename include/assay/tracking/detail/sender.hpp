#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/base/index.hpp"
#include "assay/tracking/detail/artifact_delivery.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/detail/outgoing.hpp"
#include "assay/tracking/detail/run_registry.hpp"
#include "assay/tracking/journal_reader.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// One delivery of a journal to a server: reads which runs there are, delivers segment by segment, ends runs last.
class Sender {
  public:
    Sender(const std::filesystem::path& journal, const MlflowClient& client, const SyncOptions& options);

    SyncReport deliver();

  private:
    /// A record to be acknowledged.
    struct Origin {
        std::string segment;
        std::uint64_t sequence = 0;
    };
    struct PendingDocument {
        std::uint64_t sequence = 0;
        Document record;
        Timestamp time;
    };
    struct PendingAssessment {
        std::string segment;
        PendingDocument document;
    };
    struct PendingVersion {
        std::string segment;
        PendingDocument document;
        Timestamp order;  // its time, or that of one before it in the segment: the clock may have been set back
    };
    struct PendingEnd {
        Origin origin;
        EndRun record;
        Timestamp time;
        Timestamp order;  // as of a version
    };
    /// What one segment holds for one run and the server has not.
    struct RunPart {
        std::vector<Outgoing> items;
        std::map<std::string, std::size_t> tags;                     // where in items the tag of a key stands
        std::map<std::string, std::vector<std::uint64_t>> removals;  // of tags not set again since, by key
        std::vector<PendingArtifact> artifacts;
        std::vector<std::uint64_t> beginnings;  // sequence numbers of create_run
    };

    /// What one segment held beyond what was settled before.
    struct Look {
        SettledSegment reached;
        index from = 0;
        std::uint64_t first = 0;
        std::uint64_t last = 0;  // 0 for no record
        bool intact = false;
    };

    void read_beginnings();
    void look_at(const SegmentReader& segment, const SettledSegment* before);
    bool knows_runs(const SettledSegment& segment) const;
    void settle();
    bool skips(const std::string& segment, const std::map<std::string, std::string>& runs);
    void report_damage(const SegmentReader& segment);
    void deliver_segment(const std::filesystem::path& path);
    std::map<std::string, RunPart> collect(const SegmentReader& segment);
    void collect_record(const Frame& frame, Record record, const std::string& segment,
                        std::map<std::string, RunPart>& parts);
    void collect_tag(Tag tag, Outgoing item, RunPart& part);
    void deliver_part(const std::string& segment, const std::string& run, const RunPart& part);
    void deliver_artifacts(const std::string& segment, const std::string& run,
                           const std::vector<PendingArtifact>& artifacts);
    void deliver_documents(const std::string& segment, const std::vector<PendingDocument>& documents);
    bool deliver_pending(const std::string& segment, const PendingDocument& document);
    void keep_version(const std::string& segment, PendingDocument document);
    void deliver_versions();
    bool are_readable(const std::vector<std::string>& contents) const;
    bool leave_waiting(std::string_view kind, const std::string& key, const std::string& why);
    void deliver_assessments();
    void end_runs();
    void acknowledge(const std::string& segment, const std::vector<std::uint64_t>& sequences, AckLog::Outcome outcome);
    void set_aside(const std::string& segment, std::vector<std::uint64_t> sequences, SetAside entry);
    void deny(const std::string& run, const AuthError& error);
    void give_up_on(const std::string& run, const std::string& why);
    void finish();

    std::filesystem::path journal_;
    const MlflowClient& client_;
    const SyncOptions& options_;
    DeliveryState state_;
    ArtifactClient artifacts_;
    std::map<std::string, RunBeginning> beginnings_;  // of what is not settled
    std::map<std::string, std::string> names_;        // of every run that begins in the journal
    std::vector<std::filesystem::path> unsettled_;    // segments with records that may have to be sent
    std::map<std::string, Look> looks_;
    std::unique_ptr<SegmentReader> held_;  // of the only such segment, so that it is read once
    RunRegistry runs_;
    std::vector<PendingAssessment> assessments_;
    std::vector<PendingVersion> versions_;
    std::vector<PendingDocument> documents_;  // of the segment at hand
    std::vector<PendingEnd> ends_;
    std::set<std::pair<std::string, std::uint64_t>> delivered_documents_;  // segment, sequence; to be read back
    std::set<std::string> touched_;
    std::set<std::string> given_up_;
    index total_ = 0;
    index done_ = 0;
    std::exception_ptr denied_;  // the first refusal of a run, while other runs may be allowed
    SyncReport report_;
};

}  // namespace assay::tracking::detail
