#pragma once

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/tracking/artifact_client.hpp"
#include "assay/tracking/artifact_store.hpp"
#include "assay/tracking/detail/delivery_state.hpp"
#include "assay/tracking/detail/run_registry.hpp"
#include "assay/tracking/mlflow_client.hpp"
#include "assay/tracking/record.hpp"
#include "assay/tracking/rest/trace_types.hpp"
#include "assay/tracking/sync.hpp"

namespace assay::tracking::detail {

/// What the delivery of a document may use.
struct DocumentDelivery {
    const MlflowClient& client;
    const ArtifactClient& artifacts;
    RunRegistry& runs;
    DeliveryState& state;
    const SyncOptions& options;
    ArtifactStore contents;
};

/// Delivers a document by what its kind needs. Repeated after a lost answer or acknowledgement, it changes nothing.
/// @throws MlflowError (a transient one ends the delivery, another sets the document aside), ValueError where its body
///         cannot be used or this version knows no delivery for its kind, HttpError, AuthError
void deliver_document(const Document& document, Timestamp time, const DocumentDelivery& delivery);

/// body: {"tags": {…}, "dataset": {"name", "digest", "source_type", "source", "schema", "profile"}}.
void deliver_input(const Document& document, const DocumentDelivery& delivery);

/// The server does not have what a document speaks of; it may come later, from another journal.
class NotThereYet : public StateError {
  public:
    using StateError::StateError;
};

/// body: {"trace_id": "tr-…", "assessment": {"assessment_name", "source", "feedback", …}}, as MLflow takes it.
/// @throws NotThereYet where the server has no such trace
void deliver_assessment(const Document& document, const DocumentDelivery& delivery);

/// Whether a trace holds the assessment that a document of this id made.
bool holds_assessment(const rest::TraceInfo& trace, const std::string& id);

/// body: see detail/trace_json.hpp. Spans go by OTLP, replacing those of the same id; then what is known of the trace.
void deliver_trace(const Document& document, const DocumentDelivery& delivery);

/// body: {"name", "model_type", "digest", "params": {…}, "tags": {…}, "files": [{"path", "sha256", "size"}], "step",
/// "reuse"}. The document's id is the model's tag `assay.model_uuid`.
void deliver_model(const Document& document, const DocumentDelivery& delivery);

/// body: {"action": "register", "name", "model" (id of its document) or "server_model", "digest", "alias",
/// "description", "tags"}, {"action": "promote", "name", "alias", "version" or "digest" or "registration" (id of the
/// document that registers it, with its digest or server_model); none for the latest, in journals of before} or
/// {"action": "rollback", "name", "alias"}, each with "by" and "reason".
void deliver_model_version(const Document& document, Timestamp time, const DocumentDelivery& delivery);

/// body: {"key"}. The tag's key is the document's id, too.
void deliver_tag_removal(const Document& document, const DocumentDelivery& delivery);

/// body: {"key", "value"}, and "experiment_id" where the experiment is known by the server's id alone.
void deliver_experiment_tag(const Document& document, const DocumentDelivery& delivery);

/// body: {"model" (id of its document) or "server_model", "key", "value", "step", "dataset_name", "dataset_digest"},
/// the value as in a record of kind metric. The run has the point already; here the model gets it.
void deliver_model_metric(const Document& document, Timestamp time, const DocumentDelivery& delivery);

}  // namespace assay::tracking::detail
