#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/table.hpp"
#include "assay/tracking/mlflow_types.hpp"
#include "assay/tracking/rest/page.hpp"

namespace assay::tracking::rest {

/// Runs as a table, one run a row, in the order added. Columns as mlflow.search_runs() has them: run_id,
/// experiment_id, status, artifact_uri, start_time, end_time (UTC, milliseconds), then `metrics.*` (the last point,
/// float64), `params.*` and `tags.*` (text), each in the order in which the first run with it came.
///
/// What a run lacks is null; a metric that is NaN is NaN. Cost: O(rows × columns); memory is the table's.
class ASSAY_EXPORT RunTable {
  public:
    RunTable();
    RunTable(RunTable&&) noexcept;
    RunTable& operator=(RunTable&&) noexcept;
    ~RunTable();

    void add(const ServerRun& run);
    index num_rows() const noexcept;
    /// The table so far; leaves none. @throws ValueError where one column's text exceeds 2 GiB
    data::Table finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The first `most` runs of a search as a table. One page is held beside it. @throws what fetching throws
ASSAY_EXPORT data::Table to_table(PageRange<ServerRun> runs, index most = std::numeric_limits<index>::max());

}  // namespace assay::tracking::rest
