#include "assay/features/qsofa.hpp"

#include <cmath>

namespace assay::features {

PointScore qsofa(double respiratory_rate, double systolic_bp, double glasgow_coma_scale, double gcs_threshold) {
    PointScore out;
    out.n_missing = std::isnan(respiratory_rate) + std::isnan(systolic_bp) + std::isnan(glasgow_coma_scale);
    out.known_points = (respiratory_rate >= 22) + (systolic_bp <= 100) + (glasgow_coma_scale < gcs_threshold);
    if (out.n_missing == 0) out.total = out.known_points;
    return out;
}

}  // namespace assay::features
