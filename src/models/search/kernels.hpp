#pragma once

#include "assay/base/index.hpp"

#include <cstdint>

// Rows are coded in blocks of 64, that is four groups of 16. A group holds, for every four dimensions, 64 bytes: four
// of row 0, four of row 1, … That is one register for VNNI, two for AVX2, and 16 of them are one tile for AMX. Codes of
// rows are stored plus 128, unsigned; those of queries are signed.
namespace assay::models::search {

inline constexpr index kGroupRows = 16;
inline constexpr index kBlockRows = 64;
inline constexpr index kBlockGroups = kBlockRows / kGroupRows;
inline constexpr index kMostTileQueries = 32;

/// Codes of queries, one digit a row: [count, stride] bytes of which the first 4·quads count.
struct QueryCodes {
    const std::int8_t* codes;
    index stride;
    index count;
};

/// What a query needs to turn an integer sum over codes into bounds: score <= scale·sum + residual·r + norm·n.
struct QueryTerms {
    float scale;
    float residual;           ///< ‖q‖, rounded up
    float norm;               ///< error of the query's own codes, and of all rounding, rounded up
    std::int32_t offset;      ///< what the 128 of the rows adds to each sum over `high`
    std::int32_t low_offset;  ///< the same for the low digits
};

/// Per-row terms of one block.
struct RowTerms {
    const float* scales;
    const float* residuals;  ///< ‖x − x̂‖, rounded up
    const float* norms;      ///< ‖x̂‖, rounded up
};

/// The loops over codes and rows in one instruction set. Sums are of integers and the same in each; so are scores.
struct Kernels {
    const char* name;
    index tile_queries;      ///< rows of codes in a call of `dots`: even, at most kMostTileQueries
    std::int32_t most_code;  ///< largest code of a query of one digit
    /// sums[q, 64] over the codes of one block. @param quads  dimensions / 4, a multiple of 16
    /// @param ahead  the block that comes next, to be fetched on the way, or null
    void (*dots)(const std::uint8_t* block, index quads, const QueryCodes& queries, const std::uint8_t* ahead,
                 std::int32_t* sums);
    /// Bit i: the upper bound of row i is at least `least`. @param low_sums  of the low digits, or null
    std::uint64_t (*reaching)(const std::int32_t* sums, const std::int32_t* low_sums, const RowTerms& rows,
                              const QueryTerms& query, float least);
    /// The score: products in double precision in 16 lanes, lane i of dimensions i, i + 16, …; then lanes i and i + 8,
    /// i + 4, i + 2, i + 1 are added. Products of float32 are exact in double, so that a fused sum has the same bits.
    /// @param n  a multiple of 16
    float (*score)(const double* query, const float* row, index n);
};

extern const Kernels scalar_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
/// Int8 tiles, with the rest of AVX-512; null where the machine has none or the system does not allow them.
const Kernels* amx_kernels_here();
#endif

/// Those in use. @throws ValueError.
const Kernels& kernels();

}  // namespace assay::models::search
