#pragma once

#include "assay/base/export.hpp"

#include <cstdint>
#include <string_view>

namespace assay {

/// CRC-32C (Castagnoli) of bytes: it finds accidents, not attackers.
/// @param previous  the checksum of the bytes before these, 0 at the beginning
/// Cost: O(n), eight bytes at a time; by instruction where the processor has SSE4.2. Source: RFC 3720, appendix B.4.
ASSAY_EXPORT std::uint32_t crc32c(std::string_view bytes, std::uint32_t previous = 0) noexcept;

}  // namespace assay
