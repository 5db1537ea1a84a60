#pragma once

#include <vector>

#include "assay/features/detail/image_kernels.hpp"

namespace assay::features::detail {

/// Which samples of a line each result takes, and how much of each.
struct AxisFilter {
    std::vector<SampleTaps> taps;
    std::vector<double> coefficients;
    index first_sample = 0;
    index end_sample = 0;
};

/// Pillow's bicubic filter from `in` samples to `out`, for the results [from, from + count).
AxisFilter bicubic_filter(index in, index out, index from, index count);

/// The same by words of four samples in fixed point with 22 binary places, packed for the kernels.
struct PackedFilter {
    std::vector<WordTaps> taps;
    std::vector<std::uint32_t> packed;
};

/// @param first_word  of the source that the kernel sees as word 0
PackedFilter packed(const AxisFilter& filter, index first_word, const ImageKernels& kernels);

}  // namespace assay::features::detail
