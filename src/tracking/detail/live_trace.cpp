#include "assay/tracking/detail/live_trace.hpp"

#include <chrono>
#include <cstring>
#include <optional>

#include "assay/base/random.hpp"
#include "assay/tracking/detail/process.hpp"
#include "assay/tracking/detail/trace_json.hpp"

namespace assay::tracking::detail {
namespace {

template <typename Clock>
std::int64_t nanoseconds() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

/// A generator of this thread, seeded by the operating system; a forked child seeds its own.
std::uint64_t random_bits() {
    struct Source {
        std::uint64_t generation = 0;
        std::optional<Rng> rng;
    };
    thread_local Source source;
    if (source.generation != process_generation()) {
        const auto seed = random_id();
        std::uint64_t words[2];
        std::memcpy(words, seed.data(), sizeof words);
        source.rng.emplace(words[0], words[1]);
        source.generation = process_generation();
    }
    return (*source.rng)();
}

void merge(std::map<std::string, std::string>& into, const std::map<std::string, std::string>& values) {
    for (const auto& [key, value] : values) into[key] = value;
}

template <typename T>
void merge(std::optional<T>& into, const std::optional<T>& value) {
    if (value) into = value;
}

}  // namespace

std::uint64_t random_span_id() {
    for (;;) {
        if (const auto id = random_bits(); id != 0) return id;
    }
}

TraceId random_trace_id() { return {random_span_id(), random_bits()}; }

TraceClock::TraceClock()
    : offset_(nanoseconds<std::chrono::system_clock>() - nanoseconds<std::chrono::steady_clock>()) {}

std::int64_t TraceClock::now() const { return offset_ + nanoseconds<std::chrono::steady_clock>(); }

LiveTrace::LiveTrace(std::shared_ptr<const TraceOrigin> origin, TraceId id, bool joined)
    : origin_(std::move(origin)), id_(id), generation_(process_generation()), joined_(joined) {}

bool LiveTrace::is_foreign() const noexcept { return joined_ || generation_ != process_generation(); }

bool LiveTrace::update(const TraceUpdate& update) {
    if (is_foreign()) return false;
    const std::lock_guard lock(mutex_);
    if (written_) return false;
    merge(known_.tags, update.tags);
    merge(known_.metadata, update.metadata);
    merge(known_.client_request_id, update.client_request_id);
    merge(known_.request_preview, update.request_preview);
    merge(known_.response_preview, update.response_preview);
    merge(known_.state, update.state);
    return true;
}

void LiveTrace::take(std::shared_ptr<const LiveSpan> span) {
    const bool root = span->data.parent == 0;
    TraceData trace;
    trace.id = id_;
    trace.run = origin_->run;
    trace.experiment = origin_->experiment;
    trace.late = true;
    std::vector<std::shared_ptr<const LiveSpan>> spans;
    if (!is_foreign()) {
        const std::lock_guard lock(mutex_);
        if (!written_) {
            ended_.push_back(span);
            if (!root) return;
            written_ = true;
            spans = std::move(ended_);
            trace = describe(span->data);
        }
    }
    if (spans.empty()) spans.push_back(std::move(span));
    std::vector<const SpanData*> views;
    views.reserve(spans.size());
    for (const auto& each : spans) views.push_back(&each->data);
    write(trace, views);
}

// mutex_ is held.
TraceData LiveTrace::describe(const SpanData& root) {
    TraceData trace;
    trace.id = id_;
    trace.run = origin_->run;
    trace.experiment = origin_->experiment;
    trace.start_ns = root.start_ns;
    trace.end_ns = root.end_ns;
    trace.state = known_.state.value_or(root.status);
    trace.tags = std::move(known_.tags);
    trace.metadata = origin_->metadata;
    merge(trace.metadata, known_.metadata);
    trace.client_request_id = known_.client_request_id.value_or("");
    trace.request_preview = known_.request_preview.value_or("");
    trace.response_preview = known_.response_preview.value_or("");
    return trace;
}

void LiveTrace::write(const TraceData& trace, const std::vector<const SpanData*>& spans) const {
    std::string content;
    std::string encoded = encode_spans(spans);
    if (encoded.size() > max_spans_in_record) {
        content = origin_->journal->artifacts().add_bytes(encoded).sha256;
        encoded.clear();
    }
    origin_->journal->append_encoded(RecordKind::trace, encode_trace(trace, encoded, content));
}

}  // namespace assay::tracking::detail
