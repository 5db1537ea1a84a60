#pragma once

#include "assay/base/export.hpp"

#include <cstdint>
#include <string_view>

namespace assay::detail {

/// Eight tables, eight bytes at a time. Source: Kounavis and Berry 2005, "slicing-by-8".
ASSAY_EXPORT std::uint32_t crc32c_software(std::string_view bytes, std::uint32_t previous) noexcept;

/// Whether this processor has the instruction that the next function needs.
ASSAY_EXPORT bool has_crc32c_hardware() noexcept;

/// SSE4.2's crc32. Only where has_crc32c_hardware() says so.
ASSAY_EXPORT std::uint32_t crc32c_hardware(std::string_view bytes, std::uint32_t previous) noexcept;

}  // namespace assay::detail
