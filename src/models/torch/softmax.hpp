#pragma once

#include <cstdint>

namespace assay::models::detail {

/// Each score s of a row becomes e^(scale·(s − the row's largest)); `sums` gets the rows' sums. In place, in fp32, with
/// AVX-512 or AVX2, which give the same bits; only where `kernels()` has some. A row with NaN becomes NaN.
/// @param scores  [rows, step], of which `columns` count
/// @param scale   above 0
void exponentials(float* scores, std::int64_t step, std::int64_t rows, std::int64_t columns, float scale, float* sums);

}  // namespace assay::models::detail
