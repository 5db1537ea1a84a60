#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/rest/trace_types.hpp"

namespace assay::tracking::rest {

/// Traces, version 3: their infos, tags and links. Spans travel as OTLP or as an artifact.
///
/// All methods throw as Connection does: ResourceDoesNotExist for a trace that is not there, EndpointNotFound where the
/// server is older than 3.0.
/// Source: /api/3.0/mlflow/traces of mlflow 3.17.
class ASSAY_EXPORT Traces {
  public:
    explicit Traces(const Connection& connection) : connection_(connection) {}

    /// Keeps a trace that has ended. The same id again replaces it, so that the request may be repeated.
    /// @return the trace as kept: with the tag "mlflow.artifactLocation", where its spans may be put
    TraceInfo create(const TraceInfo& trace) const;
    /// Adds spans to the traces they name; a repetition replaces those of the same id.
    /// @param otlp  an ExportTraceServiceRequest in protobuf; it goes compressed
    void add_spans(const std::string& experiment_id, std::string_view otlp) const;
    TraceInfo get(std::string_view trace_id) const;
    std::optional<TraceInfo> find(std::string_view trace_id) const;
    /// Its spans as OpenTelemetry's JSON array, where the server keeps them itself.
    /// @throws InternalError where they lie among the artifacts
    JsonText spans(std::string_view trace_id) const;
    PageRange<TraceInfo> search(const TraceQuery& query) const;
    Page<TraceInfo> search_page(const TraceQuery& query, const std::string& page_token = {}) const;
    void set_tag(std::string_view trace_id, const KeyValue& tag) const;
    void delete_tag(std::string_view trace_id, const std::string& key) const;
    /// Not repeated by itself, nor is remove_until(): the number would be wrong, or others be deleted.
    /// @return how many were deleted; ids that are not there are none
    index remove(const std::string& experiment_id, const std::vector<std::string>& trace_ids) const;
    /// Deletes the oldest that began at `last` or before, `most` of them at most. @return how many
    index remove_until(const std::string& experiment_id, Timestamp last, std::optional<int> most = {}) const;
    /// At most 100 traces.
    void link_to_run(const std::vector<std::string>& trace_ids, const std::string& run_id) const;

  private:
    const Connection& connection_;
};

}  // namespace assay::tracking::rest
