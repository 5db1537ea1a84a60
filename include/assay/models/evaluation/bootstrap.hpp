#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace assay::models {

/// How a bootstrap is drawn.
struct BootstrapOptions {
    std::uint64_t seed = 0;
    index replicates = 2000;
    double confidence = 0.95;
    /// [n], any number for the group of each case (a device, a patient): groups are drawn whole, since cases of one
    /// group resemble each other and intervals that take them as independent are too narrow. Empty: each case alone.
    std::span<const index> groups{};
};

/// A statistic of a sample in which case i stands as often as its count says; NaN where it is not defined.
/// It is called from several threads.
using CountedStatistic = std::function<double(std::span<const std::int32_t> counts)>;

/// Percentile interval of a statistic over samples of n cases, or of all groups, drawn with replacement.
///
/// The same bits for a seed at any number of threads. Replicates in which the statistic is not defined are left out.
/// Percentiles of few groups lie too close together; with G groups they are expanded to those of
/// Φ(-√(G/(G-1)) t_{G-1}), which is where Student's interval of a mean of G numbers lies. Where every group has one
/// case, the interval is that without groups.
/// @param informing  G, where a statistic varies with fewer groups than all: of an area under the ROC curve those with
///                   positives, if they are fewer than those with negatives (see groups_with()); all groups where not
///                   given. Not looked at where every group has one case.
/// @returns nothing where n is 0, there is one group, one informs, or fewer than half of the replicates are defined
/// @throws ShapeError if groups are not one for each case; ValueError for fewer than one replicate or a confidence
///         outside, and what the statistic throws.
/// Cost: replicates × (n + the statistic).
/// Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, §13.3; groups: Davison & Hinkley 1997, Bootstrap
///         Methods and their Application, §3.8, and Field & Welsh 2007, J R Stat Soc B 69:369 (cluster bootstrap);
///         expansion: Hesterberg 2015, Am Stat 69:371, §5.2
ASSAY_EXPORT std::optional<Interval> bootstrap_interval(index n, const CountedStatistic& statistic,
                                                        const BootstrapOptions& options = {},
                                                        std::optional<index> informing = std::nullopt);

/// The number of different groups among the marked cases; that of the marked cases where there are no groups.
/// @param marks   [n], not 0 for a case that is marked
/// @param groups  [n] or empty, as BootstrapOptions::groups
/// @throws ShapeError if the lengths differ.   Cost: O(n).
ASSAY_EXPORT index groups_with(std::span<const std::uint8_t> marks, std::span<const index> groups);

/// The smaller of the numbers of groups with marked and with other cases: what an area under a curve varies with.
/// @throws as groups_with().   Cost: O(n).
ASSAY_EXPORT index groups_of_the_rarer(std::span<const std::uint8_t> marks, std::span<const index> groups);

/// The share of hits among the counted cases, its interval by bootstrap over groups.
///
/// Percentiles are expanded for the number of groups that have counted cases. Where every sample says the same, as it
/// does where all or none are hits, the bootstrap knows nothing of other groups: the interval is then Wilson's with
/// that number as the number of cases.
/// @param hits     [n], not 0 for a hit; only those of counted cases are looked at
/// @param counted  [n], not 0 for a case that counts
/// @returns an interval of all of [0, 1] where nothing was counted, or there is one group
/// @throws ShapeError if lengths differ; as bootstrap_interval().
/// Source: as bootstrap_interval(); a share of cases in groups is a ratio of two sums over groups
ASSAY_EXPORT Proportion bootstrap_proportion(std::span<const std::uint8_t> hits, std::span<const std::uint8_t> counted,
                                             const BootstrapOptions& options = {});

}  // namespace assay::models
