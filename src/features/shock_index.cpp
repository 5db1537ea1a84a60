#include "assay/features/shock_index.hpp"

#include <string>

#include "assay/base/error.hpp"

namespace assay::features {

void shock_index(std::span<const double> heart_rate, std::span<const double> systolic_bp, std::span<double> out) {
    if (heart_rate.size() != systolic_bp.size() || heart_rate.size() != out.size()) {
        throw ShapeError("shock_index: expected columns of one length, got heart_rate " +
                         std::to_string(heart_rate.size()) + ", systolic_bp " + std::to_string(systolic_bp.size()) +
                         ", out " + std::to_string(out.size()));
    }
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = shock_index(heart_rate[i], systolic_bp[i]);
}

}  // namespace assay::features
