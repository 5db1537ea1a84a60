#include "data/csv/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace assay::data::csv {
namespace {

/// Length of the character that begins at `at`, 0 where it is malformed.
std::size_t character_at(const unsigned char* at, std::size_t size) noexcept {
    const auto within = [&](std::size_t i, unsigned low, unsigned high) { return at[i] >= low && at[i] <= high; };
    const unsigned char first = at[0];
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (size < length) return 0;
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (!within(1, low, high)) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if (!within(i, 0x80, 0xbf)) return 0;
    }
    return length;
}

}  // namespace

bool is_utf8(std::string_view bytes) noexcept {
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
    const unsigned char* const end = at + bytes.size();
    while (at != end) {
        std::uint64_t word = 0;
        while (end - at >= 8 && (std::memcpy(&word, at, 8), (word & 0x8080808080808080) == 0)) at += 8;
        if (at == end) break;
        const std::size_t length = character_at(at, static_cast<std::size_t>(end - at));
        if (length == 0) return false;
        at += length;
    }
    return true;
}

}  // namespace assay::data::csv
