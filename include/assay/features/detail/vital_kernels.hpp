#pragma once

#include <cstdint>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/features/risk_score.hpp"

namespace assay::features::detail {

/// Rows of a piece: what the kernels below see at once; eight columns of it fit the first-level cache.
inline constexpr index kPieceRows = 2048;

/// Sums of one column over a piece, about `origin`, times in hours since the piece's first row.
struct ColumnSums {
    double deviation = 0;       ///< Σ (v − origin)
    double time = 0;            ///< Σ t
    double time_squared = 0;    ///< Σ t²
    double time_deviation = 0;  ///< Σ t (v − origin)
    double minimum = 0;
    double maximum = 0;
};

/// Times of a piece.
struct TimeSpan {
    std::int64_t first = 0;  ///< earliest
    std::int64_t last = 0;   ///< latest
    bool ascends = false;    ///< no time is before that of the row above
};

struct RiskSums {
    index count = 0;
    double sum = 0;
    double maximum = 0;
};

/// Values and validity of the vital signs of a piece; `valid` null where every row is valid, `values` null where the
/// column is absent. Bit i of byte i/8 is row i; bits past the last row are 0.
struct PieceColumn {
    const double* values = nullptr;
    const std::uint8_t* valid = nullptr;
};

/// The kernels in one instruction set. All give the same bits: sums run in eight lanes, fused multiply-add is off.
struct VitalKernels {
    const char* name;
    /// Bit i of `inside` (⌈n/8⌉ bytes): low <= values[i] <= high.
    void (*inside_limits)(const double* values, index n, double low, double high, std::uint8_t* inside);
    /// hours[i] = time from micros[0] to micros[i]. @param n at least 1
    TimeSpan (*hours_since_first)(const std::int64_t* micros, index n, double* hours);
    void (*column_sums)(PieceColumn column, const double* hours, index n, double origin, ColumnSums& out);
    /// Order of `columns`: heart rate, systolic, SpO2, respiratory rate, temperature; the first three are there.
    void (*risk_sums)(const PieceColumn* columns, index n, const RiskWeights& weights, RiskSums& out);
};

/// The kernels this machine runs, fastest first; the last is the portable one.
ASSAY_EXPORT const std::vector<const VitalKernels*>& available_vital_kernels();

/// The kernels in use: the first available ones, or those that a test chose.
ASSAY_EXPORT const VitalKernels& vital_kernels() noexcept;
ASSAY_EXPORT void use_vital_kernels(const VitalKernels& kernels) noexcept;

}  // namespace assay::features::detail
