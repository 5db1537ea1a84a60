#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "assay/features/detail/patient_groups.hpp"
#include "assay/features/detail/piece_reader.hpp"

namespace assay::features::detail {

/// Row numbers by patient, in row order: a counting sort.
class RowsByPatient {
  public:
    explicit RowsByPatient(const PatientGroups& groups);

    std::span<const index> of(index patient) const {
        const auto begin = starts_[static_cast<std::size_t>(patient)];
        return {rows_.data() + begin, static_cast<std::size_t>(starts_[static_cast<std::size_t>(patient) + 1] - begin)};
    }

  private:
    std::vector<index> starts_;  ///< [patients + 1]
    std::vector<index> rows_;
};

/// Copies of up to kPieceRows rows that lie apart, as columns whose first row is 0.
class GatheredRows {
  public:
    explicit GatheredRows(const VitalColumns& source);
    GatheredRows(const GatheredRows&) = delete;
    GatheredRows& operator=(const GatheredRows&) = delete;

    void gather(std::span<const index> rows);
    const VitalColumns& columns() const noexcept { return columns_; }

  private:
    const VitalColumns& source_;
    VitalColumns columns_;
    std::int64_t micros_[kPieceRows];
    double values_[6][kPieceRows];
    std::uint64_t valid_[6][kPieceRows / 64];
};

}  // namespace assay::features::detail
