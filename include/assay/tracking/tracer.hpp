#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/tracking/journal.hpp"
#include "assay/tracking/span.hpp"
#include "assay/tracking/trace.hpp"

namespace assay::tracking {

class Run;

struct TracerOptions {
    std::string experiment = "Default";
    std::filesystem::path journal{};                ///< folder; `default_journal()` where empty
    std::string run_id{};                           ///< `Run::id` of a run in the same journal; empty for none
    std::map<std::string, std::string> metadata{};  ///< of every trace
    JournalOptions journal_options{};
};

/// Begins traces that go to a local journal; `sync` delivers them to MLflow, and `export_otlp` to any collector.
///
/// A trace is written when its root span ends, as one record. A span that ends later, in another thread or a forked
/// child, is written by itself and joins its trace on the server. Ids are made here and frozen, so that a trace
/// delivered twice is there once. May be used from any thread.
class ASSAY_EXPORT Tracer {
  public:
    /// @throws ValueError if the experiment's name breaks MLflow's rules, IoError if the journal cannot be written
    explicit Tracer(TracerOptions options = {});
    /// The traces belong to the run, and go where it goes.
    explicit Tracer(const Run& run, std::map<std::string, std::string> metadata = {});

    /// Begins a trace with its root span.
    Span start_trace(std::string name, SpanOptions options = {}) const;
    /// A span of a trace that another process began; it is written when it ends.
    /// @param parent  id of its parent in that trace
    Span join_trace(TraceId trace, std::uint64_t parent, std::string name, SpanOptions options = {}) const;

    const std::string& experiment() const noexcept;
    const std::string& run_id() const noexcept;
    const std::filesystem::path& journal_folder() const noexcept;

  private:
    std::shared_ptr<const detail::TraceOrigin> origin_;
};

}  // namespace assay::tracking
