#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/models/evaluation/bootstrap.hpp"
#include "assay/models/evaluation/interval.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace assay::models {

/// How probabilities are put into bins.
enum class Binning {
    equal_width,  ///< [0, 1/b), … [1 - 1/b, 1]
    equal_count,  ///< as many cases in each as ties allow: equal probabilities stay together
};

/// The cases whose probability falls between two edges.
struct ReliabilityBin {
    double low = 0;               ///< edge; of equal counts, the least probability in the bin
    double high = 0;              ///< edge; of equal counts, the greatest
    double mean_probability = 0;  ///< NaN in an empty bin
    Proportion observed{};        ///< how often it came true, with Wilson's interval
};

/// Probabilities against how often they came true.
struct Reliability {
    std::vector<ReliabilityBin> bins{};
    double expected_error = 0;  ///< ECE: mean over the cases of |observed - mean probability| of their bin
    double largest_error = 0;   ///< the largest of them
    std::optional<Interval> expected_error_interval{};  ///< by bootstrap over the cases, in the same bins
    index cases = 0;
};

/// The data of a reliability diagram, and the expected calibration error.
///
/// The ECE is biased upwards at few cases, and depends on the bins.
/// @param probabilities  [n], 0 to 1
/// @param came_true      [n], not 0 where what had the probability is so
/// @param bins           1 to 1,000; with equal counts there may be fewer, because of ties; with equal widths some may
/// be
///                       empty
/// @return errors NaN where there is no case
/// @throws ShapeError if the lengths differ; ValueError for a probability that is NaN or outside (its position is
/// named),
///         bins outside, and as bootstrap_interval().
/// Source: Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, §2
ASSAY_EXPORT Reliability reliability(std::span<const double> probabilities, std::span<const std::uint8_t> came_true,
                                     index bins = 10, Binning binning = Binning::equal_width,
                                     const BootstrapOptions& options = {});

}  // namespace assay::models
