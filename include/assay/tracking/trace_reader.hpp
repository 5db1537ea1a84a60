#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/tracking/trace.hpp"
#include "assay/tracking/trace_filter.hpp"

namespace assay::tracking {

/// Which traces of a journal are meant; what is empty leaves all.
struct TraceQuery {
    std::optional<TraceId> id{};
    std::vector<std::string> experiments{};  ///< names
    std::string run{};                       ///< `Run::id`
    TraceFilter filter{};
    index max_results = 100;
    bool oldest_first = false;
};

/// Traces that a journal holds, by their begin, newest first, with the spans that came late. Spans stand in the order
/// of their begin. Records that are damaged, or whose content is, are left out.
/// @throws IoError if the journal cannot be read.   Cost: reads every segment; memory for `max_results` traces.
ASSAY_EXPORT std::vector<TraceData> read_traces(const std::filesystem::path& journal, const TraceQuery& query = {});

}  // namespace assay::tracking
