#pragma once

#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/rest/connection.hpp"
#include "assay/tracking/rest/trace_types.hpp"

namespace assay::tracking::rest {

/// Feedback and expectations on traces.
///
/// All methods throw as Connection does. All of a trace's assessments come with Traces::get() where the server's
/// version fills them in, and with Traces::search().
/// Source: /api/3.0/mlflow/traces/{id}/assessments of mlflow 3.17.
class ASSAY_EXPORT Assessments {
  public:
    explicit Assessments(const Connection& connection) : connection_(connection) {}

    /// Not repeated by itself: each request makes another assessment. Put an id of your own into the metadata and look
    /// at the trace's assessments before calling again.
    /// @param assessment  with trace_id, name, source and one of feedback, feedback_error, expectation
    /// @throws ValueError if it has none of them or more than one
    Assessment create(const Assessment& assessment) const;
    Assessment get(std::string_view trace_id, std::string_view assessment_id) const;
    /// @throws ValueError if nothing is to change
    Assessment update(std::string_view trace_id, std::string_view assessment_id, const AssessmentUpdate& update) const;
    void remove(std::string_view trace_id, std::string_view assessment_id) const;

  private:
    const Connection& connection_;
};

}  // namespace assay::tracking::rest
