#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "assay/features/detail/limit_check.hpp"
#include "assay/features/detail/vital_kernels.hpp"
#include "assay/features/detail/vital_moments.hpp"
#include "assay/features/patient_summary.hpp"

namespace assay::features::detail {

/// The vital signs of a table as the kernels want them; null where the table has no such column.
struct VitalColumns {
    const std::int64_t* micros = nullptr;
    std::array<const double*, 6> values{};
    std::array<data::BitmapView, 6> validity;
};

/// What a part of a patient's rows says; parts merge in row order.
struct PatientState {
    std::int64_t origin = 0;  ///< time that mean times count from
    std::int64_t first_at = 0;
    std::int64_t last_at = 0;
    index rows = 0;
    std::array<VitalMoments, 6> vitals;
    RiskSums risk;

    void merge(const PatientState& later) noexcept {
        if (rows == 0) {
            *this = later;
            return;
        }
        const double hours = static_cast<double>(later.origin - origin) * (1.0 / 3.6e9);
        for (std::size_t v = 0; v < vitals.size(); ++v) vitals[v].merge(later.vitals[v], hours);
        rows += later.rows;
        first_at = std::min(first_at, later.first_at);
        last_at = std::max(last_at, later.last_at);
        if (later.risk.count == 0) return;
        risk.maximum = risk.count == 0 ? later.risk.maximum : std::max(risk.maximum, later.risk.maximum);
        risk.sum += later.risk.sum;
        risk.count += later.risk.count;
    }
};

/// Reads pieces of at most kPieceRows rows.
class PieceReader {
  public:
    PieceReader(const VitalColumns& columns, const RiskWeights& weights)
        : columns_(columns), weights_(weights), kernels_(vital_kernels()) {}

    PatientState read(index row, index n) {
        PatientState out;
        const TimeSpan span = kernels_.hours_since_first(columns_.micros + row, n, hours_);
        out.origin = columns_.micros[row];
        out.first_at = span.first;
        out.last_at = span.last;
        out.rows = n;
        for (std::size_t v = 0; v < 6; ++v) out.vitals[v] = read_column(v, row, n, span);
        const auto piece = [&](Vital vital) { return pieces_[static_cast<std::size_t>(vital)]; };
        const PieceColumn scored[] = {piece(Vital::HeartRate), piece(Vital::SystolicBp), piece(Vital::Spo2),
                                      piece(Vital::RespiratoryRate), piece(Vital::Temperature)};
        if (scored[0].values != nullptr && scored[1].values != nullptr && scored[2].values != nullptr) {
            kernels_.risk_sums(scored, n, weights_, out.risk);
        }
        return out;
    }

  private:
    VitalMoments read_column(std::size_t v, index row, index n, const TimeSpan& span) {
        pieces_[v] = {};
        if (columns_.values[v] == nullptr) return {};
        const double* values = columns_.values[v] + row;
        index count = n;
        pieces_[v] = {values, nullptr};
        if (!columns_.validity[v].all_set()) {
            count = align_bits(v, row, n);
            if (count < n) pieces_[v].valid = reinterpret_cast<const std::uint8_t*>(bits_[v]);
        }
        if (count == 0) return {};
        const double origin = values[first_valid(v)];
        ColumnSums sums;
        kernels_.column_sums(pieces_[v], hours_, n, origin, sums);
        VitalMoments out = VitalMoments::of(sums, count, origin);
        const index last = span.ascends ? last_valid(v, n) : latest_valid(v, row, n);
        out.last = values[last];
        out.last_at = columns_.micros[row + last];
        return out;
    }

    /// Validity bits of the piece from bit 0 on; returns how many are set.
    index align_bits(std::size_t v, index row, index n) {
        const data::BitmapView bits = columns_.validity[v].slice(row, n);
        index count = 0;
        for (index at = 0; at < n; at += 64) {
            const std::uint64_t word = load_bits(bits, at);
            bits_[v][at / 64] = word;
            count += std::popcount(word);
        }
        return count;
    }

    index first_valid(std::size_t v) const {
        if (pieces_[v].valid == nullptr) return 0;
        index w = 0;
        while (bits_[v][w] == 0) ++w;
        return w * 64 + std::countr_zero(bits_[v][w]);
    }

    index last_valid(std::size_t v, index n) const {
        if (pieces_[v].valid == nullptr) return n - 1;
        index w = (n - 1) / 64;
        while (bits_[v][w] == 0) --w;
        return w * 64 + 63 - std::countl_zero(bits_[v][w]);
    }

    index latest_valid(std::size_t v, index row, index n) const {
        index latest = -1;
        for (index i = 0; i < n; ++i) {
            if (pieces_[v].valid != nullptr && ((bits_[v][i / 64] >> (i % 64)) & 1) == 0) continue;
            if (latest < 0 || columns_.micros[row + i] >= columns_.micros[row + latest]) latest = i;
        }
        return latest;
    }

    const VitalColumns& columns_;
    const RiskWeights& weights_;
    const VitalKernels& kernels_;
    std::array<PieceColumn, 6> pieces_;
    double hours_[kPieceRows];
    std::uint64_t bits_[6][kPieceRows / 64];
};

}  // namespace assay::features::detail
