#include "assay/features/detail/limit_check.hpp"

#include <bit>

namespace assay::features::detail {

LimitCounts check_limits(const double* values, data::BitmapView measured, data::Range range,
                         std::uint64_t* accepted) noexcept {
    const index n = measured.size();
    LimitCounts counts;
    for (index at = 0; at < n; at += 64) {
        const index width = n - at < 64 ? n - at : 64;
        std::uint64_t inside = 0;
        for (index k = 0; k < width; ++k) {
            const double v = values[at + k];
            inside |= static_cast<std::uint64_t>(range.low <= v && v <= range.high) << k;
        }
        const std::uint64_t was = load_bits(measured, at);
        accepted[at / 64] = was & inside;
        counts.measured += std::popcount(was);
        counts.accepted += std::popcount(was & inside);
    }
    return counts;
}

}  // namespace assay::features::detail
