#include "assay/tracking/detail/trace_json.hpp"

#include <nlohmann/json.hpp>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/tracking/detail/json_writer.hpp"

namespace assay::tracking::detail {
namespace {

using OrderedJson = nlohmann::ordered_json;  // attributes and members keep the order in which they were given

/// Writes the members of an object, with commas between them.
class ObjectWriter {
  public:
    explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
    void raw(std::string_view name, std::string_view json_text) {
        key(name);
        out_ += json_text;
    }
    void text(std::string_view name, std::string_view value) {
        key(name);
        append_json_string(out_, value);
    }
    void text_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty()) text(name, value);
    }
    void number(std::string_view name, std::int64_t value) {
        key(name);
        append_json_integer(out_, value);
    }
    void key(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        append_json_string(out_, name);
        out_ += ':';
    }
    void close() { out_ += '}'; }

  private:
    std::string& out_;
    bool first_ = true;
};

void append_attributes(std::string& out, const SpanAttributes& attributes) {
    out += '[';
    bool first = true;
    for (const auto& [key, value] : attributes) {
        out += first ? "[" : ",[";
        first = false;
        append_json_string(out, key);
        out += ',';
        out += value.empty() ? std::string_view("null") : std::string_view(value.text());
        out += ']';
    }
    out += ']';
}

void append_events(std::string& out, const std::vector<SpanEvent>& events) {
    out += '[';
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i > 0) out += ',';
        ObjectWriter object(out);
        object.text("name", events[i].name);
        object.number("time_ns", events[i].time_ns);
        if (!events[i].attributes.empty()) {
            object.key("attributes");
            append_attributes(out, events[i].attributes);
        }
        object.close();
    }
    out += ']';
}

void append_span(std::string& out, const SpanData& span) {
    ObjectWriter object(out);
    object.text("id", span_id_text(span.id));
    if (span.parent != 0) object.text("parent", span_id_text(span.parent));
    object.text("name", span.name);
    object.text("type", span.type);
    object.number("start_ns", span.start_ns);
    object.number("end_ns", span.end_ns);
    object.text("status", to_string(span.status));
    object.text_unless_empty("message", span.status_message);
    if (!span.inputs.empty()) object.raw("inputs", span.inputs.text());
    if (!span.outputs.empty()) object.raw("outputs", span.outputs.text());
    if (!span.attributes.empty()) {
        object.key("attributes");
        append_attributes(out, span.attributes);
    }
    if (!span.events.empty()) {
        object.key("events");
        append_events(out, span.events);
    }
    object.close();
}

void append_map(std::string& out, const std::map<std::string, std::string>& values) {
    ObjectWriter object(out);
    for (const auto& [key, value] : values) object.text(key, value);
    object.close();
}

void append_body(std::string& out, const TraceData& trace, std::string_view spans) {
    ObjectWriter object(out);
    object.text("trace_id", trace.id.text());
    if (trace.late) {
        object.raw("late", "true");
    } else {
        object.number("start_ns", trace.start_ns);
        object.number("end_ns", trace.end_ns);
        object.text("state", to_string(trace.state));
        object.key("tags");
        append_map(out, trace.tags);
        object.key("metadata");
        append_map(out, trace.metadata);
        object.text_unless_empty("client_request_id", trace.client_request_id);
        object.text_unless_empty("request_preview", trace.request_preview);
        object.text_unless_empty("response_preview", trace.response_preview);
    }
    if (!spans.empty()) object.raw("spans", spans);
    object.close();
}

SpanAttributes read_attributes(const OrderedJson& object) {
    SpanAttributes attributes;
    if (!object.contains("attributes")) return attributes;
    for (const auto& item : object.at("attributes")) {
        attributes.emplace_back(item.at(0).get<std::string>(), SpanValue::unchecked_json(item.at(1).dump()));
    }
    return attributes;
}

SpanValue read_value(const OrderedJson& object, const char* name) {
    return object.contains(name) ? SpanValue::unchecked_json(object.at(name).dump()) : SpanValue();
}

SpanData read_span(const OrderedJson& object) {
    SpanData span;
    span.id = parse_span_id(object.at("id").get<std::string>());
    if (object.contains("parent")) span.parent = parse_span_id(object.at("parent").get<std::string>());
    span.name = object.at("name").get<std::string>();
    span.type = object.at("type").get<std::string>();
    span.start_ns = object.at("start_ns").get<std::int64_t>();
    span.end_ns = object.at("end_ns").get<std::int64_t>();
    span.status = parse_span_status(object.at("status").get<std::string>());
    span.status_message = object.value("message", "");
    span.inputs = read_value(object, "inputs");
    span.outputs = read_value(object, "outputs");
    span.attributes = read_attributes(object);
    if (object.contains("events")) {
        for (const auto& event : object.at("events")) {
            span.events.push_back(
                {event.at("name").get<std::string>(), event.at("time_ns").get<std::int64_t>(), read_attributes(event)});
        }
    }
    return span;
}

OrderedJson read_spans(const OrderedJson& body, const Document& document, const ArtifactStore& contents) {
    if (body.contains("spans")) return body.at("spans");
    if (document.contents.size() != 1 || !contents.verify(document.contents.front())) {
        throw ValueError("trace: its spans are missing from the journal's artifact store, or damaged");
    }
    return OrderedJson::parse(read_file(contents.path(document.contents.front())));
}

}  // namespace

std::string encode_spans(const std::vector<const SpanData*>& spans) {
    std::string out;
    out.reserve(spans.size() * 320);
    out += '[';
    for (std::size_t i = 0; i < spans.size(); ++i) {
        if (i > 0) out += ',';
        append_span(out, *spans[i]);
    }
    out += ']';
    return out;
}

std::string encode_trace(const TraceData& trace, std::string_view spans, std::string_view content) {
    std::string out;
    out.reserve(spans.size() + 512);
    ObjectWriter object(out);
    object.text("run", trace.run);
    object.text("experiment", trace.experiment);
    object.text("id", trace.id.text());
    object.key("body");
    append_body(out, trace, spans);
    if (!content.empty()) {
        object.key("contents");
        out += '[';
        append_json_string(out, content);
        out += ']';
    }
    object.close();
    return out;
}

TraceData decode_trace(const Document& document, const ArtifactStore& contents) {
    TraceData trace;
    trace.run = document.run;
    trace.experiment = document.experiment;
    try {
        const OrderedJson body = OrderedJson::parse(document.body);
        trace.id = TraceId::parse(body.at("trace_id").get<std::string>());
        trace.late = body.value("late", false);
        if (!trace.late) {
            trace.start_ns = body.at("start_ns").get<std::int64_t>();
            trace.end_ns = body.at("end_ns").get<std::int64_t>();
            trace.state = parse_span_status(body.at("state").get<std::string>());
            trace.tags = body.at("tags").get<std::map<std::string, std::string>>();
            trace.metadata = body.at("metadata").get<std::map<std::string, std::string>>();
            trace.client_request_id = body.value("client_request_id", "");
            trace.request_preview = body.value("request_preview", "");
            trace.response_preview = body.value("response_preview", "");
        }
        for (const auto& span : read_spans(body, document, contents)) trace.spans.push_back(read_span(span));
    } catch (const nlohmann::json::exception&) {
        throw ValueError("trace: expected trace_id, times, state, tags, metadata and spans in a record of kind trace");
    }
    return trace;
}

}  // namespace assay::tracking::detail
