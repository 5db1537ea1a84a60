#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/detail/piece_reader.hpp"

namespace assay::features::detail {

/// A row and its patient, numbered within the bucket.
class BucketRow {
  public:
    static constexpr int kPatientBits = 20;

    BucketRow() = default;
    BucketRow(index row, index patient) : packed_((row << kPatientBits) | patient) {}

    index row() const noexcept { return packed_ >> kPatientBits; }
    std::size_t patient() const noexcept { return static_cast<std::size_t>(packed_ & ((1 << kPatientBits) - 1)); }

  private:
    index packed_;
};

/// The rows of a feed of many patients, in buckets of patients who follow each other; in row order within a bucket, so
/// that patients who are polled in turn are read in turn. Rows without a patient are in none.
/// Cost: O(runs + rows), on all threads.
class BucketedRows {
  public:
    explicit BucketedRows(const PatientGroups& groups);

    index num_buckets() const noexcept { return static_cast<index>(starts_.size()) - 1; }
    /// A power of two.
    index patients_per_bucket() const noexcept { return index{1} << shift_; }
    std::span<const BucketRow> of(index bucket) const {
        const auto b = static_cast<std::size_t>(bucket);
        return {rows_.get() + starts_[b], static_cast<std::size_t>(starts_[b + 1] - starts_[b])};
    }

  private:
    int shift_;
    std::vector<index> starts_;  ///< [buckets + 1]
    std::unique_ptr<BucketRow[]> rows_;
};

/// One bit for each of `n` rows: whether no column lacks its value. Rows that lack one are rare, so that one look tells
/// what six would.
std::vector<std::uint64_t> complete_rows(const VitalColumns& columns, index n);

/// Copies of up to kRows rows of a bucket, each patient's together and in row order.
class GatheredRows {
  public:
    static constexpr index kRows = 8192;

    /// @param complete  validity of all columns at once (complete_rows)
    /// @param patients  at most this many in a bucket
    GatheredRows(const VitalColumns& source, data::BitmapView complete, index patients);
    GatheredRows(const GatheredRows&) = delete;
    GatheredRows& operator=(const GatheredRows&) = delete;

    void gather(std::span<const BucketRow> rows);
    const VitalColumns& columns() const noexcept { return columns_; }
    /// First row of each patient of the bucket, then the number of rows.
    std::span<const index> starts() const noexcept { return starts_; }

  private:
    void sort_by_patient(std::span<const BucketRow> rows);
    void note_incomplete(std::span<const BucketRow> rows);
    void gather_validity(std::size_t vital, std::span<const BucketRow> rows);

    const VitalColumns& source_;
    data::BitmapView complete_;
    VitalColumns columns_;
    std::vector<index> starts_;
    std::vector<index> next_;
    std::vector<std::int32_t> places_;      ///< of each row
    std::vector<std::int32_t> incomplete_;  ///< numbers of the rows that lack a value
    std::vector<std::int64_t> micros_;
    std::vector<double> values_[6];
    std::vector<std::uint64_t> valid_[6];
};

}  // namespace assay::features::detail
