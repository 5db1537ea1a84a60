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
///
/// limited_to() bounds the size: it cuts the lowest bits of all values, as few as will do. What is cut depends on the
/// values alone, so that limited samples, too, are the same however a column was split.
class ASSAY_EXPORT NumericSample {
  public:
    NumericSample() = default;
    /// @throws ValueError an infinite value, naming its row.   Cost: O(n), a radix sort.
    static NumericSample of(std::span<const double> values);

    /// Values of both are cut to the bits of the coarser one.   Cost: O(distinct values of both).
    void merge(const NumericSample& other);

    /// The sample with as many of the lowest of 52 bits cut (towards 0) from every value as it takes to have at most
    /// `most` distinct ones; itself where there are not more. A value of b remaining bits is at most 2^−b of itself
    /// nearer to 0, and integers below 2^b stay. @throws ValueError most below kLeastLimit
    NumericSample limited_to(index most) const;
    static constexpr index kLeastLimit = 8192;  ///< there are fewer powers of two
    /// With at least so many bits cut. @throws ValueError bits outside 0 to 52
    NumericSample cut(int bits) const;
    /// How many bits were cut from the values; 0 is exact.
    int bits_cut() const noexcept { return bits_cut_; }

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
    int bits_cut_ = 0;
};

}  // namespace assay::features
