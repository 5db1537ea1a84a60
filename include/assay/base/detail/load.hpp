#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace assay::detail {

/// Loads eight bytes; the first is the lowest, whatever the machine.
inline std::uint64_t load_first_low(const char* text) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

}  // namespace assay::detail
