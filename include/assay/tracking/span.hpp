#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/trace.hpp"

namespace assay::tracking {

namespace detail {
struct LiveSpan;
struct LiveTrace;
struct TraceOrigin;
}  // namespace detail

struct SpanOptions {
    std::string type = "UNKNOWN";
    SpanAttributes attributes{};
    SpanValue inputs{};
    std::optional<std::int64_t> start_ns{};  ///< since 1970, UTC; now where not given
};

/// Tokens that a call of a language model took, in the parts that MLflow tells apart.
struct TokenUsage {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::optional<std::int64_t> total{};           ///< input + output where not given
    std::optional<std::int64_t> cache_read{};      ///< part of the input that a cache held
    std::optional<std::int64_t> cache_creation{};  ///< part of the input that was put there
};

/// What is known of a whole trace besides its spans; only what is set changes.
struct TraceUpdate {
    std::map<std::string, std::string> tags{};
    std::map<std::string, std::string> metadata{};
    std::optional<std::string> client_request_id{};
    std::optional<std::string> request_preview{};
    std::optional<std::string> response_preview{};
    std::optional<SpanStatus> state{};
};

/// A span at work. It ends with the object: in ERROR while an exception passes, in OK otherwise.
///
/// Every method may be called from any thread. Times are those of the system's clock when the trace began, carried on
/// by a steady one: a clock that is set back does not bend a trace. A forked child may begin spans of its own below an
/// inherited one; what it says of the inherited one itself is ignored, for that belongs to the parent process.
/// Nothing said after the end is kept. Cost: about 1.5 µs for a span of three values, its share of the record included.
class ASSAY_EXPORT Span {
  public:
    Span(Span&&) noexcept;
    Span& operator=(Span&&) noexcept;
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;
    /// Ends the span; what cannot be written then is dropped.
    ~Span();

    /// Begins a span below this one, which may have ended already.
    Span start_child(std::string name, SpanOptions options = {}) const;

    void set_inputs(SpanValue value);
    void set_outputs(SpanValue value);
    /// The same key again replaces the value.
    void set_attribute(std::string_view key, SpanValue value);
    void set_type(std::string type);
    /// `mlflow.chat.tokenUsage`, which the server adds up over the trace.
    void set_token_usage(const TokenUsage& usage);
    /// @param time_ns  since 1970, UTC; now where not given
    void add_event(std::string name, SpanAttributes attributes = {}, std::optional<std::int64_t> time_ns = {});
    /// @param message  for SpanStatus::error; kept as it is, so that it must hold no patient's data
    void set_status(SpanStatus status, std::string message = {});
    /// Until the trace is written. @return  whether it was not yet
    bool update_trace(const TraceUpdate& update);

    /// Ends the span now; a second call does nothing. The root's end writes the trace.
    /// @throws IoError if it cannot be written; the trace is lost then
    void end(std::optional<std::int64_t> end_ns = {});

    TraceId trace_id() const noexcept;
    std::uint64_t id() const noexcept;
    std::uint64_t parent_id() const noexcept;  ///< 0 for the root
    bool ended() const;
    /// What was said so far.
    SpanData data() const;

  private:
    friend class Tracer;
    Span(std::shared_ptr<detail::LiveTrace> trace, std::uint64_t parent, std::string name, SpanOptions options);

    std::shared_ptr<detail::LiveTrace> trace_;
    std::shared_ptr<detail::LiveSpan> span_;
    int exceptions_ = 0;  // in flight when the span began
};

}  // namespace assay::tracking
