#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/verify.hpp"

namespace assay::tracking::detail {

/// Documents that are no part of a run's own answer (models, versions, traces, assessments), compared with what the
/// server holds. Of a dataset the run itself tells.
class DocumentComparison {
  public:
    DocumentComparison(const MlflowClient& client, const ArtifactClient& artifacts, ArtifactStore contents,
                       VerifyReport& report)
        : client_(client), artifacts_(artifacts), contents_(std::move(contents)), report_(report) {}

    /// What the journal says that the server has.
    void expect(Document document, Timestamp time);
    /// Where a run's models are looked for.
    void place_run(const std::string& run, const std::string& experiment_id) { experiments_[run] = experiment_id; }
    /// Asks for all of it. @throws as MlflowClient
    void compare();

  private:
    /// What hangs on one trace. Several journals may have given it spans.
    struct ExpectedTrace {
        bool sent = false;  // by this journal; or it has but judged it
        std::set<std::uint64_t> spans;
        std::vector<std::string> assessments;  // their ids
    };

    void expect_trace(const Document& document);
    void expect_assessment(const Document& document);
    void compare_trace(const std::string& id, const ExpectedTrace& expected);
    void compare_model(const Document& document);
    void compare_model_file(const std::string& root, const std::string& path, const std::string& sha256,
                            const std::string& name);
    void compare_version(const Document& document, Timestamp time);
    const std::string& experiment_of(const Document& document);
    void tell(const std::string& difference) { report_.differences.push_back(difference); }

    const MlflowClient& client_;
    const ArtifactClient& artifacts_;
    ArtifactStore contents_;
    VerifyReport& report_;
    std::map<std::string, std::string> experiments_;  // id, by run, and by name for documents of no run
    std::map<std::string, ExpectedTrace> traces_;     // by the server's id
    std::vector<Document> models_;
    std::vector<std::pair<Document, Timestamp>> versions_;
};

}  // namespace assay::tracking::detail
