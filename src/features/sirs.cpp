#include "assay/features/sirs.hpp"

#include <cmath>

namespace assay::features {

PointScore sirs(const SirsInput& in) {
    PointScore out;
    const auto criterion = [&out](bool met, bool missing) {
        out.known_points += met;
        out.n_missing += missing;
    };
    criterion(in.temperature < 36 || in.temperature > 38, std::isnan(in.temperature));
    criterion(in.heart_rate > 90, std::isnan(in.heart_rate));
    criterion(in.respiratory_rate > 20 || in.paco2 < 32, std::isnan(in.respiratory_rate) && std::isnan(in.paco2));
    criterion(in.wbc < 4 || in.wbc > 12 || in.bands > 10, std::isnan(in.wbc) && std::isnan(in.bands));
    if (out.n_missing == 0) out.total = out.known_points;
    return out;
}

}  // namespace assay::features
