#pragma once

#include "assay/models/weights/weight_view.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace assay::models::detail {

/// The format's names, in the order of WeightType.
inline constexpr std::array<std::string_view, 10> kSafetensorsTypes{"F64", "F32", "F16", "BF16", "I64",
                                                                    "I32", "I16", "I8",  "U8",   "BOOL"};

inline std::optional<WeightType> safetensors_type(std::string_view name) noexcept {
    const auto at = std::find(kSafetensorsTypes.begin(), kSafetensorsTypes.end(), name);
    if (at == kSafetensorsTypes.end()) return std::nullopt;
    return static_cast<WeightType>(at - kSafetensorsTypes.begin());
}

}  // namespace assay::models::detail
