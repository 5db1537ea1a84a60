#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/bitmap.hpp"
#include "assay/models/search/matches.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace assay::models {

class ExactIndex;

struct DeviceIndexOptions {
    std::string device = "auto";  ///< "cpu", "cuda", "cuda:1"; "auto": CUDA where there is a device
    std::string dtype = "fp32";   ///< "bf16": half the memory, wider bounds
    index block_rows = 0;         ///< rows stored and multiplied together, rounded up to 64; 0: by their length
    index most_bytes = 0;         ///< of the device's memory for rows and products; 0: what the device has
};

/// The searches of an ExactIndex by matrix products on a device, with the same ids and the same bits.
///
/// The rows are kept on the device as well. A product of queries and a block of rows gives a score and, with the bound
/// of its rounding, the highest score that a row can have; a few more rows than asked for are kept by that, and scored
/// as ExactIndex scores them. Where a row that was not kept may be as good as the last of the answer, the blocks that
/// may hold such rows are multiplied again and all of them are scored. Memory beside the rows does not grow with them.
///
/// Rows that are added to the index are brought to the device by the next search, those that are removed are not
/// found. The index outlives this object and is not assigned to. One search at a time uses the device.
/// Source: Higham 2002, Accuracy and Stability of Numerical Algorithms, §3.1: |fl(x·y) - x·y| <= γ_n |x|·|y|, γ_n =
/// n·u / (1 - n·u), in any order of summation.
class ASSAY_EXPORT DeviceIndex {
  public:
    /// Brings the rows to the device. @throws ValueError for options that are none; StateError where memory lacks.
    DeviceIndex(const ExactIndex& index, const DeviceIndexOptions& options);
    DeviceIndex(DeviceIndex&&) noexcept;
    DeviceIndex& operator=(DeviceIndex&&) noexcept;
    ~DeviceIndex();

    /// As ExactIndex::search; `rescored` counts rows that were scored on the host.
    /// @throws also StateError where memory lacks even for one query, or where the device multiplies less precisely
    ///         than its type (TF32 that was forced).
    Matches search(std::span<const float> queries, index k,
                   std::optional<data::BitmapView> filter = std::nullopt) const;
    /// As ExactIndex::search_range.
    RangeMatches search_range(std::span<const float> queries, float least,
                              std::optional<data::BitmapView> filter = std::nullopt) const;

    index dim() const noexcept;
    index size() const;
    const std::string& device() const noexcept;
    const std::string& dtype() const noexcept;
    /// Bytes of the rows on the device.
    index bytes() const;
    /// Queries whose blocks were multiplied again, so far.
    index rescanned() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace assay::models
