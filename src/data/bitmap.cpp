#include "assay/data/bitmap.hpp"

#include <bit>
#include <cstring>
#include <utility>

namespace assay::data {

index count_set(BitmapView view) noexcept {
    if (view.all_set()) return view.size();
    index count = 0;
    index i = 0;
    for (; i < view.size() && ((view.offset() + i) & 7) != 0; ++i) count += view[i];
    const std::uint8_t* bytes = view.bits() + ((view.offset() + i) >> 3);
    for (; i + 64 <= view.size(); i += 64, bytes += 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes, 8);
        count += std::popcount(word);
    }
    for (; i < view.size(); ++i) count += view[i];
    return count;
}

Buffer copy_bits(BitmapView view) {
    MutableBuffer out;
    const index bytes = (view.size() + 7) / 8;
    out.resize_zeroed(bytes);
    auto* bits = out.as<std::uint8_t>();
    if (!view.all_set() && (view.offset() & 7) == 0) {
        if (bytes > 0) std::memcpy(bits, view.bits() + (view.offset() >> 3), static_cast<std::size_t>(bytes));
        if ((view.size() & 7) != 0) bits[bytes - 1] &= static_cast<std::uint8_t>((1u << (view.size() & 7)) - 1);
    } else {
        for (index i = 0; i < view.size(); ++i) {
            if (view[i]) set_bit(bits, i);
        }
    }
    return std::move(out).freeze();
}

}  // namespace assay::data
