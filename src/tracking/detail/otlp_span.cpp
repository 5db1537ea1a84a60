#include "assay/tracking/detail/otlp_span.hpp"

#include <algorithm>

namespace assay::tracking::detail {
namespace {

std::string big_endian(std::uint64_t value) {
    std::string out;
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
    return out;
}

OtlpValue parse(const SpanValue& value) { return OtlpValue::parse(value.text(), nullptr, false); }

OtlpValue as_text(const OtlpValue& value) { return value.dump(-1, ' ', false, OtlpValue::error_handler_t::replace); }

OtlpValue limit_depth(OtlpValue value, int levels) {
    if (!value.is_structured()) return value;
    if (levels == 0) return as_text(value);
    for (auto& item : value) item = limit_depth(std::move(item), levels - 1);
    return value;
}

bool is_list_of_one_kind(const OtlpValue& value) {
    if (!value.is_array() || value.empty() || value.front().is_structured()) return false;
    const auto same_kind = [&value](const OtlpValue& item) {
        const auto& first = value.front();
        return item.type() == first.type() || (item.is_number_integer() && first.is_number_integer());
    };
    return !value.front().is_null() && std::all_of(value.begin(), value.end(), same_kind);
}

/// What OpenTelemetry calls a standard attribute value.
OtlpValue flatten(OtlpValue value) {
    if (value.is_null() || (value.is_structured() && !is_list_of_one_kind(value))) return as_text(value);
    return value;
}

/// OpenTelemetry's names for what MLflow names otherwise.
/// Source: OpenTelemetry semantic conventions 1.37, generative AI spans.
void add_genai_names(OtlpAttributes& out, const SpanData& span) {
    if (const auto* model = span.attribute(span_attribute::model))
        out.emplace_back("gen_ai.request.model", parse(*model));
    if (const auto* provider = span.attribute(span_attribute::model_provider)) {
        out.emplace_back("gen_ai.provider.name", parse(*provider));
    }
    const auto* usage = span.attribute(span_attribute::token_usage);
    if (usage == nullptr) return;
    const OtlpValue tokens = parse(*usage);
    if (!tokens.is_object()) return;
    for (const auto& [ours, theirs] : {std::pair{"input_tokens", "gen_ai.usage.input_tokens"},
                                       std::pair{"output_tokens", "gen_ai.usage.output_tokens"}}) {
        if (tokens.contains(ours)) out.emplace_back(theirs, tokens.at(ours));
    }
}

void add_trace(OtlpAttributes& out, const TraceData& trace) {
    for (const auto& [key, value] : trace.tags) out.emplace_back("mlflow.traceTag." + key, value);
    for (const auto& [key, value] : trace.metadata) {
        if (key == "mlflow.trace.user") out.emplace_back("user.id", value);
        if (key == "mlflow.trace.session") out.emplace_back("session.id", value);
    }
}

}  // namespace

std::string id_bytes(TraceId id) { return big_endian(id.high) + big_endian(id.low); }
std::string id_bytes(std::uint64_t span_id) { return big_endian(span_id); }

OtlpAttributes otlp_attributes(const SpanData& span, const TraceData& trace, OtlpDialect dialect) {
    const bool flat = dialect == OtlpDialect::collector;
    const auto shaped = [flat](const SpanValue& value) {
        return flat ? flatten(parse(value)) : limit_depth(parse(value), max_otlp_depth);
    };
    OtlpAttributes out;
    out.emplace_back(span_attribute::type, span.type);
    if (!span.inputs.empty()) out.emplace_back(span_attribute::inputs, shaped(span.inputs));
    if (!span.outputs.empty()) out.emplace_back(span_attribute::outputs, shaped(span.outputs));
    for (const auto& [key, value] : span.attributes) out.emplace_back(key, shaped(value));
    if (flat) {
        add_genai_names(out, span);
        if (span.parent == 0 && !trace.late) add_trace(out, trace);
    }
    return out;
}

OtlpAttributes otlp_attributes(const SpanEvent& event) {
    OtlpAttributes out;
    for (const auto& [key, value] : event.attributes) out.emplace_back(key, flatten(parse(value)));
    return out;
}

}  // namespace assay::tracking::detail
