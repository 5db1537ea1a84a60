#include "assay/tracking/tracer.hpp"

#include "assay/tracking/detail/live_trace.hpp"
#include "assay/tracking/names.hpp"
#include "assay/tracking/run.hpp"

namespace assay::tracking {

Tracer::Tracer(TracerOptions options) {
    check_experiment_name(options.experiment);
    const auto folder = options.journal.empty() ? default_journal() : options.journal;
    origin_ = std::make_shared<const detail::TraceOrigin>(
        detail::TraceOrigin{Journal::open(folder, options.journal_options), std::move(options.experiment),
                            std::move(options.run_id), std::move(options.metadata)});
}

Tracer::Tracer(const Run& run, std::map<std::string, std::string> metadata)
    : origin_(std::make_shared<const detail::TraceOrigin>(
          detail::TraceOrigin{Journal::open(run.journal_folder()), run.experiment(), run.id(), std::move(metadata)})) {}

Span Tracer::start_trace(std::string name, SpanOptions options) const {
    return {std::make_shared<detail::LiveTrace>(origin_, detail::random_trace_id(), false), 0, std::move(name),
            std::move(options)};
}

Span Tracer::join_trace(TraceId trace, std::uint64_t parent, std::string name, SpanOptions options) const {
    return {std::make_shared<detail::LiveTrace>(origin_, trace, true), parent, std::move(name), std::move(options)};
}

const std::string& Tracer::experiment() const noexcept { return origin_->experiment; }
const std::string& Tracer::run_id() const noexcept { return origin_->run; }
const std::filesystem::path& Tracer::journal_folder() const noexcept { return origin_->journal->folder(); }

}  // namespace assay::tracking
