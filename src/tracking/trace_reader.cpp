#include "assay/tracking/trace_reader.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/tracking/detail/trace_json.hpp"
#include "assay/tracking/journal_reader.hpp"

namespace assay::tracking {

namespace fs = std::filesystem;

namespace {

using TraceKey = std::pair<std::uint64_t, std::uint64_t>;

TraceKey key_of(const TraceId& id) noexcept { return {id.high, id.low}; }

/// Every readable trace record of a journal, in the order of its segments.
template <typename Take>
void for_each_trace(const fs::path& journal, const std::string& mark, Take&& take) {
    const ArtifactStore store(journal / "artifacts");
    for (const auto& path : list_segments(journal)) {
        const SegmentReader segment(path);
        for (const auto& frame : segment.frames()) {
            if (frame.kind != RecordKind::trace) continue;
            if (!mark.empty() && frame.payload.find(mark) == std::string_view::npos) continue;
            try {
                take(detail::decode_trace(std::get<Document>(decode(frame.kind, frame.payload)), store));
            } catch (const ValueError&) {
                // Told by `sync` and `verify`; a search shows what there is.
            }
        }
    }
}

bool is_meant(const TraceData& trace, const TraceQuery& query) {
    const auto& names = query.experiments;
    return !trace.late && (!query.id || trace.id == *query.id) &&
           (names.empty() || std::find(names.begin(), names.end(), trace.experiment) != names.end()) &&
           (query.run.empty() || trace.run == query.run) && query.filter.matches(trace);
}

void add_late_spans(const fs::path& journal, const std::string& mark, std::vector<TraceData>& traces) {
    std::map<TraceKey, TraceData*> known;
    for (auto& trace : traces) known[key_of(trace.id)] = &trace;
    for_each_trace(journal, mark, [&](TraceData part) {
        const auto found = known.find(key_of(part.id));
        if (!part.late || found == known.end()) return;
        std::move(part.spans.begin(), part.spans.end(), std::back_inserter(found->second->spans));
    });
}

}  // namespace

std::vector<TraceData> read_traces(const fs::path& journal, const TraceQuery& query) {
    const std::string mark = query.id ? query.id->text() : std::string();
    const auto before = [&query](const TraceData& a, const TraceData& b) {
        return query.oldest_first ? a.start_ns < b.start_ns : a.start_ns > b.start_ns;
    };
    const auto most = static_cast<std::size_t>(std::max<index>(query.max_results, 0));
    std::vector<TraceData> traces;
    bool late = false;
    for_each_trace(journal, mark, [&](TraceData trace) {
        late = late || trace.late;
        if (!is_meant(trace, query)) return;
        traces.push_back(std::move(trace));
        if (traces.size() < 2 * most + 16) return;
        std::stable_sort(traces.begin(), traces.end(), before);
        traces.resize(most);
    });
    std::stable_sort(traces.begin(), traces.end(), before);
    if (traces.size() > most) traces.resize(most);
    if (late) add_late_spans(journal, mark, traces);
    for (auto& trace : traces) {
        // A root that begins with its first child stands before it.
        std::stable_sort(trace.spans.begin(), trace.spans.end(), [](const SpanData& a, const SpanData& b) {
            return std::pair(a.start_ns, a.parent != 0) < std::pair(b.start_ns, b.parent != 0);
        });
    }
    return traces;
}

}  // namespace assay::tracking
