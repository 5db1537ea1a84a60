#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "assay/data/bitmap.hpp"
#include "assay/data/buffer.hpp"

namespace assay::data::detail {

/// Validity bits that cost nothing until the first null.
class ValidityBuilder {
  public:
    void append_valid(index at) {
        if (null_count_ == 0) return;
        if (at % 8 == 0) bits_.push(std::uint8_t{0});
        set_bit(bits_.as<std::uint8_t>(), at);
    }

    /// Turns value `at`, the last one appended, into a null.
    void mark_null(index at) {
        if (null_count_++ == 0) {
            bits_.resize((at + 8) / 8);
            auto* bits = bits_.as<std::uint8_t>();
            std::fill_n(bits, at / 8, std::uint8_t{0xff});
            bits[at / 8] = static_cast<std::uint8_t>((1u << (at & 7)) - 1);
        }
        clear_bit(bits_.as<std::uint8_t>(), at);
    }

    index null_count() const noexcept { return null_count_; }
    Buffer finish() { return null_count_ == 0 ? Buffer() : std::move(bits_).freeze(); }

  private:
    MutableBuffer bits_;
    index null_count_ = 0;
};

}  // namespace assay::data::detail
