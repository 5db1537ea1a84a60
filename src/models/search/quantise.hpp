#pragma once

#include "models/search/kernels.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace assay::models::search {

inline constexpr double kLeastNorm = 1e-9;
inline constexpr double kMostNorm = 1e9;

inline constexpr index round_up(index n, index step) { return (n + step - 1) / step * step; }
/// Floats of a stored row, codes of a coded one.
inline constexpr index row_stride(index dim) { return round_up(dim, 16); }
inline constexpr index code_stride(index dim) { return round_up(dim, 64); }

/// The 8-bit copy of a row: value ≈ scale · code.
struct RowCode {
    float scale;
    float residual;
    float norm;
};

/// Codes a row of finite values that is not zero. @param codes  [dim], in [-127, 127]
RowCode code_row(const float* row, index dim, std::int8_t* codes);

/// @throws ValueError naming the first row that is not finite, zero or out of range; `what` begins the text.
/// @throws ShapeError if `rows` are not whole rows.
void check_rows(std::span<const float> rows, index dim, const char* what);

struct FreeAligned {
    void operator()(std::int8_t* p) const noexcept { ::operator delete[](p, std::align_val_t{64}); }
};

/// Queries in all forms that a search needs.
class PreparedQueries {
  public:
    /// @param digits  1 (8 bits) or 2 (14 bits: half the bound for twice the sums)
    PreparedQueries(std::span<const float> queries, index dim, index digits, std::int32_t most_code);

    index size() const noexcept { return static_cast<index>(terms_.size()); }
    index digits() const noexcept { return digits_; }
    const QueryTerms& terms(index q) const noexcept { return terms_[static_cast<std::size_t>(q)]; }
    const double* exact(index q) const noexcept { return exact_.data() + q * exact_stride_; }
    /// Codes of queries [first, first + count): for each, those of its high digits, then those of its low ones.
    QueryCodes codes(index first, index count) const noexcept {
        return {codes_.get() + first * digits_ * code_stride_, code_stride_, count * digits_};
    }

  private:
    void code(const float* query, index dim, index q, std::int32_t most_code);

    index digits_;
    index exact_stride_;
    index code_stride_;
    std::vector<double> exact_;
    std::unique_ptr<std::int8_t[], FreeAligned> codes_;
    std::vector<QueryTerms> terms_;
};

}  // namespace assay::models::search
