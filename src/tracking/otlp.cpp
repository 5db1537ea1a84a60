#include "assay/tracking/otlp.hpp"

#include <limits>

#include "assay/base/version.hpp"
#include "assay/tracking/detail/json_writer.hpp"
#include "assay/tracking/detail/otlp_span.hpp"
#include "assay/tracking/detail/protobuf_writer.hpp"

namespace assay::tracking {
namespace {

using detail::otlp_attributes;
using detail::OtlpAttributes;
using detail::OtlpValue;
using detail::ProtobufWriter;

constexpr std::string_view scope_name = "assay";
constexpr int internal_kind = 1;  // SPAN_KIND_INTERNAL

int status_code(SpanStatus status) noexcept {
    return status == SpanStatus::ok ? 1 : status == SpanStatus::error ? 2 : 0;
}

/// An integer that OTLP can hold; a larger one is a number with less precision.
bool fits_int64(const OtlpValue& value) {
    return value.is_number_integer() &&
           (!value.is_number_unsigned() ||
            value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

ProtobufWriter any_value(const OtlpValue& value) {
    ProtobufWriter out;
    if (value.is_string()) {
        out.bytes(1, value.get_ref<const std::string&>());
    } else if (value.is_boolean()) {
        out.unsigned_integer(2, value.get<bool>() ? 1 : 0);
    } else if (fits_int64(value)) {
        out.integer(3, value.get<std::int64_t>());
    } else if (value.is_number()) {
        out.number(4, value.get<double>());
    } else if (value.is_array()) {
        ProtobufWriter list;
        for (const auto& item : value) list.message(1, any_value(item));
        out.message(5, list);
    } else if (value.is_object()) {
        ProtobufWriter list;
        for (const auto& [key, item] : value.items()) {
            ProtobufWriter pair;
            pair.bytes(1, key);
            pair.message(2, any_value(item));
            list.message(1, pair);
        }
        out.message(6, list);
    }
    return out;  // null: no value is set
}

void put_attributes(ProtobufWriter& out, unsigned field, const OtlpAttributes& attributes) {
    for (const auto& [key, value] : attributes) {
        ProtobufWriter pair;
        pair.bytes(1, key);
        pair.message(2, any_value(value));
        out.message(field, pair);
    }
}

ProtobufWriter span_message(const SpanData& span, const TraceData& trace, OtlpDialect dialect) {
    ProtobufWriter out;
    out.bytes(1, detail::id_bytes(trace.id));
    out.bytes(2, detail::id_bytes(span.id));
    if (span.parent != 0) out.bytes(4, detail::id_bytes(span.parent));
    out.bytes(5, span.name);
    out.integer(6, internal_kind);
    out.fixed64(7, static_cast<std::uint64_t>(span.start_ns));
    out.fixed64(8, static_cast<std::uint64_t>(span.end_ns));
    put_attributes(out, 9, otlp_attributes(span, trace, dialect));
    for (const auto& event : span.events) {
        ProtobufWriter message;
        message.fixed64(1, static_cast<std::uint64_t>(event.time_ns));
        message.bytes(2, event.name);
        put_attributes(message, 3, otlp_attributes(event));
        out.message(11, message);
    }
    ProtobufWriter status;
    if (!span.status_message.empty()) status.bytes(2, span.status_message);
    status.integer(3, status_code(span.status));
    out.message(15, status);
    return out;
}

std::string encode_protobuf(const std::vector<OtlpSpans>& groups, OtlpDialect dialect, const OtlpResource& resource) {
    ProtobufWriter described;
    put_attributes(described, 1, {resource.begin(), resource.end()});
    ProtobufWriter scope;
    scope.bytes(1, scope_name);
    scope.bytes(2, version());
    ProtobufWriter scope_spans;
    scope_spans.message(1, scope);
    for (const auto& group : groups) {
        for (const auto* span : group.spans) scope_spans.message(2, span_message(*span, *group.trace, dialect));
    }
    ProtobufWriter resource_spans;
    resource_spans.message(1, described);
    resource_spans.message(2, scope_spans);
    ProtobufWriter request;
    request.message(1, resource_spans);
    return request.take();
}

/// Braces alone could mean a list of pairs.
OtlpValue object(OtlpValue::initializer_list_t members) { return OtlpValue::object(members); }

OtlpValue any_json(const OtlpValue& value) {
    if (value.is_string()) return object({{"stringValue", value}});
    if (value.is_boolean()) return object({{"boolValue", value}});
    if (fits_int64(value)) return object({{"intValue", std::to_string(value.get<std::int64_t>())}});
    if (value.is_number()) return object({{"doubleValue", value.get<double>()}});
    if (value.is_null()) return OtlpValue::object();
    OtlpValue items = OtlpValue::array();
    if (value.is_array()) {
        for (const auto& item : value) items.push_back(any_json(item));
        return object({{"arrayValue", object({{"values", std::move(items)}})}});
    }
    for (const auto& [key, item] : value.items()) items.push_back(object({{"key", key}, {"value", any_json(item)}}));
    return object({{"kvlistValue", object({{"values", std::move(items)}})}});
}

OtlpValue attributes_json(const OtlpAttributes& attributes) {
    OtlpValue out = OtlpValue::array();
    for (const auto& [key, value] : attributes) out.push_back(object({{"key", key}, {"value", any_json(value)}}));
    return out;
}

OtlpValue span_json(const SpanData& span, const TraceData& trace, OtlpDialect dialect) {
    auto out = object({{"traceId", trace.id.text()}, {"spanId", span_id_text(span.id)}});
    if (span.parent != 0) out["parentSpanId"] = span_id_text(span.parent);
    out["name"] = span.name;
    out["kind"] = internal_kind;
    out["startTimeUnixNano"] = std::to_string(span.start_ns);
    out["endTimeUnixNano"] = std::to_string(span.end_ns);
    out["attributes"] = attributes_json(otlp_attributes(span, trace, dialect));
    OtlpValue events = OtlpValue::array();
    for (const auto& event : span.events) {
        events.push_back(object({{"timeUnixNano", std::to_string(event.time_ns)},
                                 {"name", event.name},
                                 {"attributes", attributes_json(otlp_attributes(event))}}));
    }
    if (!events.empty()) out["events"] = std::move(events);
    out["status"] = object({{"code", status_code(span.status)}});
    if (!span.status_message.empty()) out["status"]["message"] = span.status_message;
    return out;
}

std::string encode_json(const std::vector<OtlpSpans>& groups, OtlpDialect dialect, const OtlpResource& resource) {
    OtlpValue spans = OtlpValue::array();
    for (const auto& group : groups) {
        for (const auto* span : group.spans) spans.push_back(span_json(*span, *group.trace, dialect));
    }
    auto scope_spans =
        object({{"scope", object({{"name", scope_name}, {"version", version()}})}, {"spans", std::move(spans)}});
    auto resource_spans =
        object({{"resource", object({{"attributes", attributes_json({resource.begin(), resource.end()})}})},
                {"scopeSpans", OtlpValue::array({std::move(scope_spans)})}});
    const auto request = object({{"resourceSpans", OtlpValue::array({std::move(resource_spans)})}});
    return request.dump(-1, ' ', false, OtlpValue::error_handler_t::replace);
}

}  // namespace

std::string_view media_type(OtlpEncoding encoding) noexcept {
    return encoding == OtlpEncoding::json ? "application/json" : "application/x-protobuf";
}

std::string encode_otlp(const std::vector<OtlpSpans>& groups, OtlpEncoding encoding, OtlpDialect dialect,
                        const OtlpResource& resource) {
    return encoding == OtlpEncoding::json ? encode_json(groups, dialect, resource)
                                          : encode_protobuf(groups, dialect, resource);
}

}  // namespace assay::tracking
