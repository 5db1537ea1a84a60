#pragma once

#include <cstdint>
#include <cstring>

#include "assay/base/export.hpp"
#include "assay/data/bitmap.hpp"
#include "assay/data/field.hpp"

namespace assay::features::detail {

/// Accepted values of a block, and how many there were to judge.
struct LimitCounts {
    index measured = 0;
    index accepted = 0;
};

/// Sets bit i of `accepted` (⌈n/64⌉ words, unused bits 0) where `measured` is set and values[i] lies in `range`; NaN
/// never does. Cost: O(n), vectorised.
ASSAY_EXPORT LimitCounts check_limits(const double* values, data::BitmapView measured, data::Range range,
                                      std::uint64_t* accepted) noexcept;

/// Bits [at, at+64) of a bitmap as a word; bits past its end are 0.
inline std::uint64_t load_bits(const data::BitmapView& view, index at) noexcept {
    const index left = view.size() - at;
    const std::uint64_t mask = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    if (view.all_set()) return mask;
    const index first = view.offset() + at;
    const index last = first + (left < 64 ? left : 64) - 1;
    const std::uint8_t* bytes = view.bits() + (first >> 3);
    if (left >= 64 && (first & 7) == 0) {
        std::uint64_t word;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }
    const index count = (last >> 3) - (first >> 3) + 1;  // 1 to 9
    std::uint64_t word = 0;
    for (index k = 0; k < count && k < 8; ++k) word |= std::uint64_t{bytes[k]} << (8 * k);
    const int shift = static_cast<int>(first & 7);
    word >>= shift;
    if (count == 9) word |= std::uint64_t{bytes[8]} << (64 - shift);
    return word & mask;
}

}  // namespace assay::features::detail
