#pragma once

#include <string>

#include "assay/base/error.hpp"
#include "assay/data/buffer.hpp"

namespace assay::data::detail {

/// Offsets that came from elsewhere, [length + 1], moved to begin at 0.
/// @throws ValueError if they are too few, ever fall, or span another number of bytes than `text_size`.
inline Buffer rebased_offsets(const Buffer& offsets, index length, index text_size) {
    if (length < 0 || offsets.size() < (length + 1) * index{4}) {
        throw ValueError("column: expected " + std::to_string(length + 1) + " offsets, got " +
                         std::to_string(offsets.size() / 4));
    }
    const auto* from = offsets.as<std::int32_t>();
    MutableBuffer out((length + 1) * index{4});
    auto* to = out.as<std::int32_t>();
    for (index i = 0; i <= length; ++i) {
        if (i > 0 && from[i] < from[i - 1]) throw ValueError("column: expected offsets that never fall");
        to[i] = static_cast<std::int32_t>(std::int64_t{from[i]} - from[0]);
    }
    if (to[length] != text_size) {
        throw ValueError("column: expected " + std::to_string(text_size) + " bytes of text by the offsets, got " +
                         std::to_string(to[length]));
    }
    return std::move(out).freeze();
}

}  // namespace assay::data::detail
