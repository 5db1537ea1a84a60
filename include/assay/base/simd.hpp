#pragma once

#include "assay/base/export.hpp"

namespace assay {

/// Instruction sets that kernels are compiled for, from the least to the widest.
enum class Simd : unsigned char { scalar, avx2, avx512, amx };

/// The widest that kernels may use: the environment's ASSAY_SIMD (`scalar`, `avx2`, `avx512`, `amx`) where set, no
/// limit otherwise. A kernel takes the best that both the processor and this allow. Results are the same with each.
/// Read once, at the first call. @throws ValueError if ASSAY_SIMD is none of these.
ASSAY_EXPORT Simd widest_simd();

}  // namespace assay
