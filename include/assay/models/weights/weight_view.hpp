#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models {

/// Type of a stored tensor's elements.
enum class WeightType { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, boolean };

/// Bytes of one element.
ASSAY_EXPORT index size_of(WeightType type) noexcept;

/// "float32", "bfloat16", …: the name PyTorch and NumPy give the type.
ASSAY_EXPORT std::string_view name_of(WeightType type) noexcept;

/// One tensor of a weight file; it does not own its bytes.
struct WeightView {
    std::string name;
    WeightType type = WeightType::float32;
    std::vector<index> shape;          ///< empty for a scalar
    std::span<const std::byte> bytes;  ///< row-major, little-endian, at any alignment
};

/// "[2304, 768]", and "[]" for a scalar.
ASSAY_EXPORT std::string shape_text(std::span<const index> shape);

}  // namespace assay::models
