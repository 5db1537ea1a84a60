#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "assay/tracking/journal.hpp"
#include "assay/tracking/span.hpp"
#include "assay/tracking/trace.hpp"

namespace assay::tracking::detail {

/// Where traces go, and what they have in common.
struct TraceOrigin {
    std::shared_ptr<Journal> journal;
    std::string experiment;
    std::string run;
    std::map<std::string, std::string> metadata;
};

/// The system's clock in ns since 1970 when this was made, carried on by the steady one.
class TraceClock {
  public:
    TraceClock();
    std::int64_t now() const;

  private:
    std::int64_t offset_;
};

/// A span until it ends; afterwards `data` does not change.
struct LiveSpan {
    std::mutex mutex;
    SpanData data;
    std::atomic<bool> ended{false};
    std::uint64_t generation = 0;  // the process it belongs to
};

/// A trace at work: the spans that ended, until the root's end writes them.
class LiveTrace {
  public:
    LiveTrace(std::shared_ptr<const TraceOrigin> origin, TraceId id, bool joined);

    TraceId id() const noexcept { return id_; }
    std::int64_t now() const { return clock_.now(); }

    bool update(const TraceUpdate& update);
    /// Takes a span in that has ended; writes the trace with the root, and the span itself where the trace is written
    /// already or belongs to another process. @throws IoError
    void take(std::shared_ptr<const LiveSpan> span);

  private:
    TraceData describe(const SpanData& root);
    void write(const TraceData& trace, const std::vector<const SpanData*>& spans) const;
    bool is_foreign() const noexcept;

    const std::shared_ptr<const TraceOrigin> origin_;
    const TraceId id_;
    const TraceClock clock_;
    const std::uint64_t generation_;
    const bool joined_;  // begun by another process: every span is late
    std::mutex mutex_;   // guards what follows; not touched in a forked child, which may have inherited it locked
    bool written_ = false;
    TraceUpdate known_;
    std::vector<std::shared_ptr<const LiveSpan>> ended_;
};

/// Not 0.
std::uint64_t random_span_id();
TraceId random_trace_id();

}  // namespace assay::tracking::detail
