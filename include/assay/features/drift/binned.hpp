#pragma once

#include <span>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/features/drift/numeric_sample.hpp"

namespace assay::features {

/// Edges that cut a sample into bins of about equal counts: at most bins − 1, ascending, fewer where values are tied.
/// A value belongs to the bin that ends at the first edge at or above it. @throws ValueError bins below 2, no values
ASSAY_EXPORT std::vector<double> quantile_edges(const NumericSample& reference, index bins = 10);

/// How many values fall into each bin; one bin more than edges. @throws ValueError edges that do not ascend
ASSAY_EXPORT std::vector<index> bin_counts(const NumericSample& sample, std::span<const double> edges);

/// The population stability index of counts over the same bins.
struct StabilityIndex {
    double value = 0;
    /// What it is on average where nothing changed: (bins − 1) · (1/n + 1/m). Below a few hundred values it is no small
    /// part.
    double expected_without_change = 0;
};

/// Σ (q − p) · ln(q/p). A bin that is empty in one sample alone counts as half a value there; one that is empty in both
/// is left out. Source: Yurdakul B. Statistical properties of the population stability index. Western Michigan
/// University, 2018.
/// @throws ShapeError other numbers of bins. @throws ValueError a count below 0, or a sample without values
ASSAY_EXPORT StabilityIndex population_stability(std::span<const index> reference, std::span<const index> current);

/// Pearson's test that two samples have the same distribution over bins or categories.
struct ChiSquaredTest {
    double statistic = 0;
    index degrees = 0;     ///< bins that are not empty in both, less one
    double p = 1;          ///< 1 without a degree of freedom
    double cramers_v = 0;  ///< effect size from 0 to 1
    index sparse = 0;      ///< cells with fewer than 5 expected: p is approximate where there are many
};

/// Without a continuity correction. @throws as population_stability
ASSAY_EXPORT ChiSquaredTest chi_squared_test(std::span<const index> reference, std::span<const index> current);

/// The Jensen-Shannon distance: the square root of the divergence with logarithms to base 2, from 0 to 1.
/// Source: Endres DM, Schindelin JE. IEEE Trans Inf Theory 2003;49:1858–1860. @throws as population_stability
ASSAY_EXPORT double jensen_shannon_distance(std::span<const index> reference, std::span<const index> current);

/// p-values adjusted so that at most a share q of those below q are false alarms (Benjamini and Hochberg 1995), in the
/// order given. NaN stays NaN and is not counted. @throws ValueError a p outside [0, 1].   Cost: O(n log n).
ASSAY_EXPORT std::vector<double> adjusted_p_values(std::span<const double> p);

}  // namespace assay::features
