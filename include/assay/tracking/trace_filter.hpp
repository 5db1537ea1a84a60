#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/tracking/trace.hpp"

namespace assay::tracking {

/// A search expression over traces in MLflow's words, such as "status = 'ERROR' AND tags.ward = 'icu'".
///
/// Comparisons joined by AND. On the left: `name`, `status`, `timestamp_ms`, `execution_time_ms`, `trace_id`,
/// `client_request_id` (with or without `trace.` or `attributes.` before them), `tags.<key>`, `metadata.<key>`,
/// `span.name`, `span.type`, `span.status` and `span.attributes.<key>` (true where one span has it); a key with other
/// characters than letters, digits, '_', '.' and '-' stands in backticks. Then =, !=, <, <=, >, >=, LIKE, ILIKE (% and
/// _ as in SQL), IN or NOT IN, IS NULL or IS NOT NULL; on the right a number or text in quotes.
class ASSAY_EXPORT TraceFilter {
  public:
    /// Every trace.
    TraceFilter() = default;
    /// @throws ValueError where the text is not such an expression
    explicit TraceFilter(std::string_view text);

    bool matches(const TraceData& trace) const;

    /// @cond
    enum class Subject : std::uint8_t { trace, tag, metadata, span, span_attribute };
    enum class Operator : std::uint8_t { eq, ne, lt, le, gt, ge, like, ilike, in, not_in, is_null, is_not_null };
    struct Comparison {
        Subject subject{};
        std::string key;
        Operator op{};
        std::vector<std::string> values;
    };
    /// @endcond

  private:
    std::vector<Comparison> comparisons_;
};

}  // namespace assay::tracking
