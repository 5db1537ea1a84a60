#pragma once

#include <span>
#include <string>
#include <string_view>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/buffer.hpp"

namespace assay::features {

/// The values of a column, exactly: its distinct values in ascending order with their counts.
///
/// What a drift statistic needs of a reference or of a partition. Samples merge, and however a column is split into
/// partitions the merged sample is the same to the byte. −0 counts as 0; NaN is counted as missing.
class ASSAY_EXPORT NumericSample {
  public:
    NumericSample() = default;
    /// @throws ValueError an infinite value, naming its row.   Cost: O(n), a radix sort.
    static NumericSample of(std::span<const double> values);

    /// Cost: O(distinct values of both).
    void merge(const NumericSample& other);

    index count() const noexcept { return empty() ? 0 : up_to().back(); }
    index missing() const noexcept { return missing_; }
    bool empty() const noexcept { return values_.size() == 0; }

    /// Distinct values, ascending.
    std::span<const double> values() const noexcept { return {values_.as<double>(), distinct()}; }
    /// How many are at most values()[i].
    std::span<const index> up_to() const noexcept { return {up_to_.as<index>(), distinct()}; }

    double mean() const noexcept;
    /// With n − 1; NaN for fewer than two values.
    double standard_deviation() const noexcept;
    /// The least value v with at least p of all values at or below it; NaN where there is none. @throws ValueError p
    /// outside [0, 1]
    double quantile(double p) const;

    /// A file's content: magic, counts, little-endian numbers, CRC-32C.
    std::string to_bytes() const;
    /// @throws ValueError the bytes are no sample, or damaged
    static NumericSample from_bytes(std::string_view bytes);

    bool operator==(const NumericSample& other) const noexcept;

  private:
    std::size_t distinct() const noexcept { return static_cast<std::size_t>(values_.size()) / sizeof(double); }

    // Buffers and not vectors: immutable, so that copies share them, and in huge pages where they are large.
    data::Buffer values_;
    data::Buffer up_to_;
    index missing_ = 0;
};

}  // namespace assay::features
