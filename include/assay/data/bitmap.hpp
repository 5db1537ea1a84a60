#pragma once

#include <cstdint>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/data/buffer.hpp"

namespace assay::data {

/// Arrow validity bits: bit i of byte i/8, least significant first; set means valid. No bytes at all means all valid.
class BitmapView {
  public:
    BitmapView() = default;
    BitmapView(const std::uint8_t* bits, index offset, index size) : bits_(bits), offset_(offset), size_(size) {}

    index size() const noexcept { return size_; }
    index offset() const noexcept { return offset_; }
    const std::uint8_t* bits() const noexcept { return bits_; }
    bool all_set() const noexcept { return bits_ == nullptr; }
    bool operator[](index i) const noexcept {
        if (bits_ == nullptr) return true;
        const index k = offset_ + i;
        return (bits_[k >> 3] >> (k & 7)) & 1;
    }
    BitmapView slice(index start, index length) const noexcept { return {bits_, offset_ + start, length}; }

  private:
    const std::uint8_t* bits_ = nullptr;
    index offset_ = 0;
    index size_ = 0;
};

inline void set_bit(std::uint8_t* bits, index i) noexcept { bits[i >> 3] |= static_cast<std::uint8_t>(1u << (i & 7)); }
inline void clear_bit(std::uint8_t* bits, index i) noexcept {
    bits[i >> 3] &= static_cast<std::uint8_t>(~(1u << (i & 7)));
}

/// Number of set bits. Cost: O(n/64).
ASSAY_EXPORT index count_set(BitmapView view) noexcept;
/// The same bits from offset 0, zero-padded to whole bytes.
ASSAY_EXPORT Buffer copy_bits(BitmapView view);

}  // namespace assay::data
