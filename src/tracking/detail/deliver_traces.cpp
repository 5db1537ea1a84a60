#include <chrono>
#include <string>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/document_delivery.hpp"
#include "assay/tracking/detail/patience.hpp"
#include "assay/tracking/detail/trace_json.hpp"
#include "assay/tracking/otlp.hpp"
#include "assay/tracking/rest/traces.hpp"

namespace assay::tracking::detail {
namespace {

constexpr std::size_t max_batch_spans = 500;
constexpr std::size_t max_batch_bytes = 4'000'000;  // of what was said, before compression
constexpr std::size_t max_key = 250;                // characters; the columns of MLflow's databases
constexpr std::size_t max_value = 8000;
constexpr std::size_t max_preview = 1000;
constexpr std::size_t max_legacy_preview = 250;

std::size_t size_of(const SpanData& span) {
    std::size_t size = 200 + span.inputs.text().size() + span.outputs.text().size() + 100 * span.attributes.size();
    for (const auto& [key, value] : span.attributes) size += value.text().size();
    for (const auto& event : span.events) {
        for (const auto& [key, value] : event.attributes) size += 100 + value.text().size();
    }
    return size;
}

/// The first `most` characters; a text that is cut ends in "...".
std::string shorten(const std::string& text, std::size_t most) {
    std::size_t characters = 0;
    std::size_t keep = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
        if (characters == most - 3) keep = i;
        if (++characters > most) return text.substr(0, keep) + "...";
    }
    return text;
}

/// Adds spans; a repetition replaces them.
void add_spans(const rest::Traces& traces, const std::string& experiment, const std::string& otlp) {
    try {
        traces.add_spans(experiment, otlp);
    } catch (const MlflowError& e) {
        if (e.status() != 404 && e.status() != 405 && e.status() != 501) throw;
        throw ValueError(
            "sync: this server keeps no spans; traces need MLflow 3.4 or newer with a database. Deliver them to "
            "such a server, or from scratch to this one once it is");
    }
}

void send_spans(const std::string& experiment, const TraceData& trace, const DocumentDelivery& delivery) {
    const rest::Traces traces(delivery.client.connection());
    OtlpSpans batch{&trace, {}};
    std::size_t bytes = 0;
    const auto flush = [&] {
        if (batch.spans.empty()) return;
        const auto body = encode_otlp({batch}, OtlpEncoding::protobuf, OtlpDialect::mlflow);
        patiently(delivery.options, [&] { add_spans(traces, experiment, body); });
        batch.spans.clear();
        bytes = 0;
    };
    for (const auto& span : trace.spans) {
        const std::size_t size = size_of(span);
        if (batch.spans.size() == max_batch_spans || bytes + size > max_batch_bytes) flush();
        batch.spans.push_back(&span);
        bytes += size;
    }
    flush();
}

std::map<std::string, std::string> limited(const std::map<std::string, std::string>& values) {
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : values) out[shorten(key, max_key)] = shorten(value, max_value);
    return out;
}

rest::TraceInfo trace_info(const TraceData& trace, const std::string& experiment, const std::string& server_run) {
    auto tags = trace.tags;
    auto metadata = trace.metadata;
    if (const SpanData* root = trace.root()) {
        tags.emplace("mlflow.traceName", root->name);
        // MLflow's older pages read these.
        metadata.emplace("mlflow.traceInputs", shorten(root->inputs.text(), max_legacy_preview));
        metadata.emplace("mlflow.traceOutputs", shorten(root->outputs.text(), max_legacy_preview));
    }
    metadata.emplace("mlflow.trace_schema.version", "3");
    if (!server_run.empty()) metadata["mlflow.sourceRun"] = server_run;
    rest::TraceInfo info;
    info.trace_id = trace.id.mlflow_id();
    info.experiment_id = experiment;
    info.request_time = Timestamp(trace.start_ns / 1000);
    info.execution_duration = std::chrono::milliseconds((trace.end_ns - trace.start_ns) / 1'000'000);
    info.state = trace.state == SpanStatus::unset ? "STATE_UNSPECIFIED" : to_string(trace.state);
    info.trace_metadata = limited(metadata);
    info.tags = limited(tags);
    info.client_request_id = trace.client_request_id;
    // Where none is given the server makes them of the root span, and knows chat messages.
    info.request_preview = shorten(trace.request_preview, max_preview);
    info.response_preview = shorten(trace.response_preview, max_preview);
    return info;
}

}  // namespace

void deliver_trace(const Document& document, const DocumentDelivery& delivery) {
    if (delivery.client.address().databricks) {
        throw ValueError(
            "sync: a Databricks workspace takes spans elsewhere than MLflow's server, and this version does not send "
            "them there; deliver the journal to an MLflow server, too, or export its traces by OTLP");
    }
    const TraceData trace = decode_trace(document, delivery.contents);
    std::string run;
    std::string experiment;
    if (document.run.empty()) {
        experiment = delivery.runs.experiment_id(document.experiment);
    } else {
        const ServerRun& target = delivery.runs.server_run(document.run);
        run = target.id;
        experiment = target.experiment_id;
    }
    // The spans first: the server refuses to describe a trace anew that has no spans in its store.
    send_spans(experiment, trace, delivery);
    if (trace.late) return;
    patiently(delivery.options,
              [&] { rest::Traces(delivery.client.connection()).create(trace_info(trace, experiment, run)); });
}

}  // namespace assay::tracking::detail
