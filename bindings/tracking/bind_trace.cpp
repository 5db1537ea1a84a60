#include "assay/tracking/trace.hpp"

#include "assay/base/error.hpp"
#include "assay/tracking/otlp_export.hpp"
#include "assay/tracking/trace_reader.hpp"
#include "assay/tracking/tracer.hpp"
#include "prelude.hpp"

namespace assay::bindings {
namespace {

using tracking::Span;
using tracking::SpanAttributes;
using tracking::SpanData;
using tracking::SpanOptions;
using tracking::SpanValue;
using tracking::TraceData;
using tracking::Tracer;
using tracking::TraceUpdate;

/// Texts of values are JSON that Python's own writer made.
using JsonPairs = std::vector<std::pair<std::string, std::string>>;

SpanAttributes to_attributes(JsonPairs pairs) {
    SpanAttributes attributes;
    attributes.reserve(pairs.size());
    for (auto& [key, text] : pairs) attributes.emplace_back(std::move(key), SpanValue::unchecked_json(std::move(text)));
    return attributes;
}

SpanOptions to_options(std::string type, JsonPairs attributes, std::optional<std::int64_t> start_ns) {
    return {.type = std::move(type), .attributes = to_attributes(std::move(attributes)), .start_ns = start_ns};
}

JsonPairs from_attributes(const SpanAttributes& attributes) {
    JsonPairs pairs;
    for (const auto& [key, value] : attributes) pairs.emplace_back(key, value.empty() ? "null" : value.text());
    return pairs;
}

/// (id, parent, name, type, start_ns, end_ns, status, message, inputs, outputs, attributes, events); values are JSON.
py::tuple describe(const SpanData& span) {
    py::list events;
    for (const auto& event : span.events) {
        events.append(py::make_tuple(event.name, event.time_ns, from_attributes(event.attributes)));
    }
    return py::make_tuple(tracking::span_id_text(span.id), span.parent == 0 ? "" : tracking::span_id_text(span.parent),
                          span.name, span.type, span.start_ns, span.end_ns, tracking::to_string(span.status),
                          span.status_message, span.inputs.text(), span.outputs.text(),
                          from_attributes(span.attributes), events);
}

void bind_span(py::module_& m) {
    using release = py::call_guard<py::gil_scoped_release>;
    py::class_<Span>(m, "Span", "A span at work; assay.tracking.LiveSpan is the friendly face.")
        .def_property_readonly("trace_id", [](const Span& s) { return s.trace_id().mlflow_id(); })
        .def_property_readonly("span_id", [](const Span& s) { return tracking::span_id_text(s.id()); })
        .def_property_readonly("parent_id",
                               [](const Span& s) -> std::optional<std::string> {
                                   if (s.parent_id() == 0) return std::nullopt;
                                   return tracking::span_id_text(s.parent_id());
                               })
        .def_property_readonly("ended", &Span::ended)
        .def(
            "start_child",
            [](const Span& span, std::string name, std::string type, JsonPairs attributes,
               std::optional<std::int64_t> start_ns) {
                return span.start_child(std::move(name), to_options(std::move(type), std::move(attributes), start_ns));
            },
            py::arg("name"), py::arg("type"), py::arg("attributes"), py::arg("start_ns"))
        .def("set_inputs", [](Span& s, std::string json) { s.set_inputs(SpanValue::unchecked_json(std::move(json))); })
        .def("set_outputs",
             [](Span& s, std::string json) { s.set_outputs(SpanValue::unchecked_json(std::move(json))); })
        .def("set_attribute",
             [](Span& s, std::string_view key, std::string json) {
                 s.set_attribute(key, SpanValue::unchecked_json(std::move(json)));
             })
        .def("set_type", &Span::set_type, py::arg("type"))
        .def(
            "add_event",
            [](Span& s, std::string name, JsonPairs attributes, std::optional<std::int64_t> time_ns) {
                s.add_event(std::move(name), to_attributes(std::move(attributes)), time_ns);
            },
            py::arg("name"), py::arg("attributes"), py::arg("time_ns"))
        .def(
            "set_status",
            [](Span& s, const std::string& status, std::string message) {
                s.set_status(tracking::parse_span_status(status), std::move(message));
            },
            py::arg("status"), py::arg("message"))
        .def(
            "update_trace",
            [](Span& s, std::map<std::string, std::string> tags, std::map<std::string, std::string> metadata,
               std::optional<std::string> client_request_id, std::optional<std::string> request_preview,
               std::optional<std::string> response_preview, const std::optional<std::string>& state) {
                TraceUpdate update{std::move(tags),
                                   std::move(metadata),
                                   std::move(client_request_id),
                                   std::move(request_preview),
                                   std::move(response_preview),
                                   std::nullopt};
                if (state) update.state = tracking::parse_span_status(*state);
                return s.update_trace(update);
            },
            py::kw_only(), py::arg("tags"), py::arg("metadata"), py::arg("client_request_id"),
            py::arg("request_preview"), py::arg("response_preview"), py::arg("state"))
        .def("end", &Span::end, py::arg("end_ns"), release())
        .def("data", [](const Span& s) { return describe(s.data()); });
}

/// (id, experiment, run, start_ns, end_ns, state, tags, metadata, client_request_id, request_preview, response_preview,
/// spans).
py::tuple describe(const TraceData& trace) {
    py::list spans;
    for (const auto& span : trace.spans) spans.append(describe(span));
    return py::make_tuple(trace.id.mlflow_id(), trace.experiment, trace.run, trace.start_ns, trace.end_ns,
                          tracking::to_string(trace.state), trace.tags, trace.metadata, trace.client_request_id,
                          trace.request_preview, trace.response_preview, spans);
}

std::vector<TraceData> find_traces(const std::filesystem::path& journal, const std::optional<std::string>& id,
                                   std::vector<std::string> experiments, std::string run, const std::string& filter,
                                   index max_results, bool oldest_first) {
    const py::gil_scoped_release release;
    tracking::TraceQuery query{.experiments = std::move(experiments),
                               .run = std::move(run),
                               .filter = tracking::TraceFilter(filter),
                               .max_results = max_results,
                               .oldest_first = oldest_first};
    if (id) query.id = tracking::TraceId::parse(*id);
    return tracking::read_traces(journal, query);
}

void bind_trace_reader(py::module_& m) {
    m.def(
        "read_traces",
        [](const std::filesystem::path& journal, const std::optional<std::string>& id,
           std::vector<std::string> experiments, std::string run, const std::string& filter, index max_results,
           bool oldest_first) {
            py::list traces;
            for (const auto& trace :
                 find_traces(journal, id, std::move(experiments), std::move(run), filter, max_results, oldest_first)) {
                traces.append(describe(trace));
            }
            return traces;
        },
        "Traces of a journal, each a tuple of its parts; values are JSON text.", py::arg("journal"), py::kw_only(),
        py::arg("id"), py::arg("experiments"), py::arg("run"), py::arg("filter"), py::arg("max_results"),
        py::arg("oldest_first"));
}

using tracking::OtlpReport;

OtlpReport run_export(const std::filesystem::path& journal, const std::string& url, double deadline) {
    const py::gil_scoped_release release;
    auto endpoint = tracking::resolve_otlp_endpoint(url);
    if (!endpoint) {
        throw ValueError("export_traces: expected a collector; pass endpoint= or set OTEL_EXPORTER_OTLP_ENDPOINT");
    }
    const double seconds = deadline < 1e9 ? deadline : 1e9;
    endpoint->options.retry.deadline = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    return tracking::export_otlp(journal, *endpoint);
}

void bind_otlp(py::module_& m) {
    py::class_<OtlpReport>(m, "OtlpReport", "What an export of traces did.")
        .def_readonly("complete", &OtlpReport::complete)
        .def_readonly("stopped_by", &OtlpReport::stopped_by)
        .def_readonly("traces", &OtlpReport::traces)
        .def_readonly("spans", &OtlpReport::spans)
        .def_readonly("refused", &OtlpReport::refused)
        .def_readonly("words", &OtlpReport::words)
        .def_readonly("remaining", &OtlpReport::remaining)
        .def("__repr__", [](const OtlpReport& r) {
            return "<OtlpReport " + std::string(r.complete ? "complete" : "incomplete") + ": " +
                   std::to_string(r.traces) + " traces, " + std::to_string(r.spans) + " spans>";
        });
    m.def("export_otlp", &run_export, py::arg("journal"), py::kw_only(), py::arg("url"), py::arg("deadline"));
}

}  // namespace

void bind_trace(py::module_& m) {
    using release = py::call_guard<py::gil_scoped_release>;
    bind_span(m);
    bind_trace_reader(m);
    bind_otlp(m);
    py::class_<Tracer>(m, "Tracer", "Begins traces that go to a journal.")
        .def(py::init([](std::string experiment, std::filesystem::path journal, std::string run_id,
                         std::map<std::string, std::string> metadata) {
                 return Tracer({.experiment = std::move(experiment),
                                .journal = std::move(journal),
                                .run_id = std::move(run_id),
                                .metadata = std::move(metadata)});
             }),
             py::kw_only(), py::arg("experiment"), py::arg("journal"), py::arg("run_id"), py::arg("metadata"),
             release())
        .def_property_readonly("experiment", &Tracer::experiment)
        .def_property_readonly("run_id", &Tracer::run_id)
        .def_property_readonly("journal", &Tracer::journal_folder)
        .def(
            "start_trace",
            [](const Tracer& tracer, std::string name, std::string type, JsonPairs attributes,
               std::optional<std::int64_t> start_ns) {
                return tracer.start_trace(std::move(name),
                                          to_options(std::move(type), std::move(attributes), start_ns));
            },
            py::arg("name"), py::arg("type"), py::arg("attributes"), py::arg("start_ns"));
}

}  // namespace assay::bindings
