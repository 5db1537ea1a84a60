#include "assay/tracking/span.hpp"

#include <algorithm>
#include <exception>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/json_writer.hpp"
#include "assay/tracking/detail/live_trace.hpp"
#include "assay/tracking/detail/process.hpp"

namespace assay::tracking {
namespace {

void put(SpanAttributes& attributes, std::string_view key, SpanValue value) {
    const auto known =
        std::find_if(attributes.begin(), attributes.end(), [key](const auto& item) { return item.first == key; });
    if (known != attributes.end()) {
        known->second = std::move(value);
    } else {
        attributes.emplace_back(key, std::move(value));
    }
}

/// Changes what the span says, unless it has ended or belongs to the parent of this process, whose lock may be held.
template <typename Change>
void change(detail::LiveSpan& span, Change&& apply) {
    if (span.generation != detail::process_generation()) return;
    const std::lock_guard lock(span.mutex);
    if (!span.ended) apply(span.data);
}

std::string usage_json(const TokenUsage& usage) {
    std::string out;
    const auto put_number = [&out](std::string_view name, std::int64_t value) {
        out += out.empty() ? '{' : ',';
        detail::append_json_string(out, name);
        out += ':';
        detail::append_json_integer(out, value);
    };
    put_number("input_tokens", usage.input);
    put_number("output_tokens", usage.output);
    put_number("total_tokens", usage.total.value_or(usage.input + usage.output));
    if (usage.cache_read) put_number("cache_read_input_tokens", *usage.cache_read);
    if (usage.cache_creation) put_number("cache_creation_input_tokens", *usage.cache_creation);
    return out + '}';
}

}  // namespace

Span::Span(std::shared_ptr<detail::LiveTrace> trace, std::uint64_t parent, std::string name, SpanOptions options)
    : trace_(std::move(trace)), span_(std::make_shared<detail::LiveSpan>()), exceptions_(std::uncaught_exceptions()) {
    auto& data = span_->data;
    data.id = detail::random_span_id();
    data.parent = parent;
    data.name = std::move(name);
    data.type = std::move(options.type);
    data.inputs = std::move(options.inputs);
    data.attributes = std::move(options.attributes);
    span_->generation = detail::process_generation();
    data.start_ns = options.start_ns ? *options.start_ns : trace_->now();
}

Span::Span(Span&&) noexcept = default;

Span& Span::operator=(Span&& other) noexcept {
    if (this != &other) {
        Span old(std::move(*this));  // ends with this block
        trace_ = std::move(other.trace_);
        span_ = std::move(other.span_);
        exceptions_ = other.exceptions_;
    }
    return *this;
}

Span::~Span() {
    if (!span_ || span_->ended) return;
    try {
        if (std::uncaught_exceptions() > exceptions_) set_status(SpanStatus::error);
        end();
    } catch (const Error&) {
        // The disk is full or gone; a destructor has nobody to tell.
    }
}

Span Span::start_child(std::string name, SpanOptions options) const {
    return {trace_, span_->data.id, std::move(name), std::move(options)};
}

void Span::set_inputs(SpanValue value) {
    change(*span_, [&](SpanData& data) { data.inputs = std::move(value); });
}

void Span::set_outputs(SpanValue value) {
    change(*span_, [&](SpanData& data) { data.outputs = std::move(value); });
}

void Span::set_attribute(std::string_view key, SpanValue value) {
    change(*span_, [&](SpanData& data) { put(data.attributes, key, std::move(value)); });
}

void Span::set_type(std::string type) {
    change(*span_, [&](SpanData& data) { data.type = std::move(type); });
}

void Span::set_token_usage(const TokenUsage& usage) {
    set_attribute(span_attribute::token_usage, SpanValue::unchecked_json(usage_json(usage)));
}

void Span::add_event(std::string name, SpanAttributes attributes, std::optional<std::int64_t> time_ns) {
    const std::int64_t time = time_ns ? *time_ns : trace_->now();
    change(*span_, [&](SpanData& data) { data.events.push_back({std::move(name), time, std::move(attributes)}); });
}

void Span::set_status(SpanStatus status, std::string message) {
    change(*span_, [&](SpanData& data) {
        data.status = status;
        data.status_message = status == SpanStatus::error ? std::move(message) : std::string();
    });
}

bool Span::update_trace(const TraceUpdate& update) { return trace_->update(update); }

void Span::end(std::optional<std::int64_t> end_ns) {
    if (span_->generation != detail::process_generation()) return;
    const std::int64_t time = end_ns ? *end_ns : trace_->now();
    {
        const std::lock_guard lock(span_->mutex);
        if (span_->ended) return;
        span_->ended = true;
        span_->data.end_ns = std::max(time, span_->data.start_ns);
        if (span_->data.status == SpanStatus::unset) span_->data.status = SpanStatus::ok;
    }
    trace_->take(span_);
}

TraceId Span::trace_id() const noexcept { return trace_->id(); }
std::uint64_t Span::id() const noexcept { return span_->data.id; }
std::uint64_t Span::parent_id() const noexcept { return span_->data.parent; }
bool Span::ended() const { return span_->ended; }

SpanData Span::data() const {
    if (span_->generation != detail::process_generation()) return {};
    const std::lock_guard lock(span_->mutex);
    return span_->data;
}

}  // namespace assay::tracking
