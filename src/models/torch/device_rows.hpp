#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "assay/models/search/device_index.hpp"
#include "models/search/scan.hpp"

namespace assay::models::search {

/// The best rows of each query by the highest score that each can have.
struct BestRows {
    index kept;
    std::vector<float> uppers;         ///< [queries, kept], descending; -infinity where there are fewer rows
    std::vector<std::uint32_t> slots;  ///< [queries, kept]
};

/// Rows on a device with their bounds, and queries against them. Queries here have the length one.
///
/// Not for several threads at once. What libtorch throws passes through.
class DeviceRows {
  public:
    /// @throws ValueError.
    DeviceRows(index dim, const DeviceIndexOptions& options);
    ~DeviceRows();

    /// Brings rows that are new, and which rows are there. @throws IoError if rows are not finite.
    void update(const SearchSpace& space);
    /// Queries that the next calls are about. @param queries  [n, row_stride(dim)]
    void ask(std::span<const float> queries);

    /// One pass over the rows.
    BestRows best(const SearchSpace& space, index kept);
    /// Another pass, for some of the queries: calls take(query, slot, upper) for every row with upper >=
    /// threshold(query), and settled() after each block; thresholds may rise in between.
    /// @param after_best  leave out blocks of which `best` saw that no row reaches the threshold
    void reaching(const SearchSpace& space, std::span<const index> queries, bool after_best,
                  const std::function<float(index)>& threshold,
                  const std::function<void(index, std::uint32_t, float)>& take, const std::function<void()>& settled);

    /// The most by which the upper bound can exceed the score of a row of this norm.
    double slack(double norm) const noexcept;
    /// Throws where products of the device are less precise than its type. @throws StateError.
    void check_precision();
    index bytes() const noexcept;
    const std::string& device() const noexcept;
    const std::string& dtype() const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// ‖x‖ of a stored row, or a little more.
inline double norm_of(const Segment& segment, index row) {
    const RowTerms terms = segment.terms(row / kBlockRows);
    return static_cast<double>(terms.norms[row % kBlockRows]) + static_cast<double>(terms.residuals[row % kBlockRows]);
}

}  // namespace assay::models::search
