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
};

/// A statistic of a sample in which case i stands as often as its count says; NaN where it is not defined.
/// It is called from several threads.
using CountedStatistic = std::function<double(std::span<const std::int32_t> counts)>;

/// Percentile interval of a statistic over samples of n cases drawn with replacement.
///
/// The same bits for a seed at any number of threads. Replicates in which the statistic is not defined are left out.
/// @returns nothing where n is 0, or fewer than half of the replicates are defined
/// @throws ValueError for fewer than one replicate or a confidence outside, and what the statistic throws.
/// Cost: replicates × (n + the statistic).
/// Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, §13.3
ASSAY_EXPORT std::optional<Interval> bootstrap_interval(index n, const CountedStatistic& statistic,
                                                        const BootstrapOptions& options = {});

}  // namespace assay::models
