#include "assay/models/weights/weight_view.hpp"

#include <array>
#include <limits>
#include <utility>

#include "models/weights/weight_contents.hpp"

namespace assay::models {
namespace {

// In the order of the enumeration.
constexpr std::array<std::pair<std::string_view, index>, 10> kWeightTypes{{{"float64", 8},
                                                                           {"float32", 4},
                                                                           {"float16", 2},
                                                                           {"bfloat16", 2},
                                                                           {"int64", 8},
                                                                           {"int32", 4},
                                                                           {"int16", 2},
                                                                           {"int8", 1},
                                                                           {"uint8", 1},
                                                                           {"bool", 1}}};

constexpr std::size_t kLongestShownName = 120;
constexpr std::size_t kMostShownDimensions = 16;

}  // namespace

index size_of(WeightType type) noexcept { return kWeightTypes[static_cast<std::size_t>(type)].second; }

std::string_view name_of(WeightType type) noexcept { return kWeightTypes[static_cast<std::size_t>(type)].first; }

std::string shape_text(std::span<const index> shape) {
    std::string out = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) out += ", ";
        if (i == kMostShownDimensions) return out + "…]";
        out += std::to_string(shape[i]);
    }
    return out + ']';
}

std::string detail::shown(std::string_view name) {
    std::string out = "'";
    for (const char c : name.substr(0, kLongestShownName)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte >= 0x7F ? '?' : c;
    }
    return out + (name.size() > kLongestShownName ? "…'" : "'");
}

std::optional<index> detail::element_count(std::span<const index> shape) noexcept {
    index count = 1;
    bool empty = false;
    for (const index size : shape) {
        if (size < 0) return std::nullopt;
        if (size == 0) {
            empty = true;  // the other dimensions must still multiply: a reader may take them in another order
        } else if (__builtin_mul_overflow(count, size, &count)) {
            return std::nullopt;
        }
    }
    return empty ? 0 : count;
}

}  // namespace assay::models
