#pragma once

#include <cmath>

#include "assay/base/index.hpp"

namespace assay::features::detail {

/// By simulation, the part of the scatter that the determinant of n rows lacks is e^a / n^b, for a support of a half
/// and of seven eighths. For one and two columns a and b are tabled; for more, the part is tabled as alpha / p^beta at
/// n = 2p² and n = 3p².
/// Source: Pison G, Van Aelst S, Willems G. Metrika 2002;55:111–123.
struct McdShortfall {
    double a1, b1;                        ///< one column
    double a2, b2;                        ///< two
    double alpha2, beta2, alpha3, beta3;  ///< more

    double of(double rows, double columns) const {
        if (columns == 1) return std::exp(a1) / std::pow(rows, b1);
        if (columns == 2) return std::exp(a2) / std::pow(rows, b2);
        const double at2 = std::log(alpha2 / std::pow(columns, beta2));
        const double at3 = std::log(alpha3 / std::pow(columns, beta3));
        const double b = (at2 - at3) / std::log(1.5);
        return std::exp(at2 - b * std::log(rows / (2 * columns * columns)));
    }
};

inline constexpr McdShortfall kRawHalf{0.262024211897096, 0.604756680630497, 0.673292623522027, 0.691365864961895,
                                       1.42764571687802,  1.26263336932151,  1.06141115981725,  1.28907991440387};
inline constexpr McdShortfall kRawMost{-0.351584646688712, 1.01646567502486, 0.446537815635445, 1.06690782995919,
                                       0.455179464070565,  1.11192541278794, 0.294241208320834, 1.09649329149811};
inline constexpr McdShortfall kReweightedHalf{1.11098143415027, 1.5182890270453,  3.11101712909049, 1.91401056721863,
                                              1.02842572724793, 1.67659883081926, 0.26800273450853, 1.35968562893582};
inline constexpr McdShortfall kReweightedMost{-0.66046776772861, 0.88939595831888, 0.79473550581058,  1.10081930350091,
                                              0.544482443573914, 1.25994483222292, 0.343791072183285, 1.25159004257133};

/// What the scatter of few rows must be multiplied by. @param support  share of the rows, 0.5 to 1: between the tabled
/// ones by a straight line, 1 needs no correction
inline double small_sample_factor(index rows, index columns, double support, const McdShortfall& half,
                                  const McdShortfall& most) {
    const auto n = static_cast<double>(rows);
    const auto p = static_cast<double>(columns);
    const double at_most = most.of(n, p);
    const double shortfall = support <= 0.875 ? half.of(n, p) + (at_most - half.of(n, p)) * (support - 0.5) / 0.375
                                              : at_most * (1 - support) / 0.125;
    return 1 / (1 - shortfall);
}

}  // namespace assay::features::detail
