#include "assay/features/detail/limit_check.hpp"

#include <bit>

#include "assay/features/detail/vital_kernels.hpp"

namespace assay::features::detail {

static_assert(std::endian::native == std::endian::little, "bitmaps are read as little-endian words");

LimitCounts check_limits(const double* values, data::BitmapView measured, data::Range range,
                         std::uint64_t* accepted) noexcept {
    const index n = measured.size();
    const index words = (n + 63) / 64;
    if (words == 0) return {};
    accepted[words - 1] = 0;
    vital_kernels().inside_limits(values, n, range.low, range.high, reinterpret_cast<std::uint8_t*>(accepted));
    LimitCounts counts;
    for (index w = 0; w < words; ++w) {
        const std::uint64_t was = load_bits(measured, w * 64);
        accepted[w] &= was;
        counts.measured += std::popcount(was);
        counts.accepted += std::popcount(accepted[w]);
    }
    return counts;
}

}  // namespace assay::features::detail
