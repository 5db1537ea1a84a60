#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <span>
#include <vector>

namespace assay::models {

/// The mean of each label's prompts, scaled to length one.
/// @param prompts  [sum of prompts, dim], rows of unit length; a label's prompts stand together
/// @param ends     [labels] for each label the row after its last prompt; ascending
/// @return         [labels, dim]
/// @throws ShapeError if the lengths do not fit; ValueError for a label without prompts, or whose prompts cancel out
/// Source: Radford et al. 2021, §3.1.4 (ensembling in embedding space)
ASSAY_EXPORT std::vector<float> average_prompts(std::span<const float> prompts, std::span<const index> ends, index dim);

/// One candidate.
struct LabelMatch {
    index label;
    double similarity;   ///< cosine
    double probability;  ///< among the labels given, and only among them
};

/// All candidates, best first; equal ones in the order given.
struct LabelRanking {
    std::vector<LabelMatch> matches;
    double margin = 0;  ///< probability of the first less that of the second; 1 where there is one label
};

/// Ranks labels for one image by cosine; probabilities are softmax(cosine × scale).
/// @param image   [dim], unit length
/// @param labels  [n, dim], rows of unit length
/// @param scale   exp(logit_scale), or exp(logit_scale) / temperature where one was fitted
/// @throws ShapeError if the lengths do not fit or there is no label; ValueError if the scale is not positive, or a
///         similarity is not finite (an embedding with NaN)
ASSAY_EXPORT LabelRanking rank_labels(std::span<const float> image, std::span<const float> labels, double scale);

/// What temperature scaling did to a set of labelled images.
struct TemperatureFit {
    double temperature = 1;
    double loss_before = 0;  ///< mean negative log-likelihood in nats at temperature 1
    double loss_after = 0;
    bool at_limit = false;  ///< the best temperature lies outside [0.01, 100]: the data do not determine one
};

/// The temperature at which softmax(cosine × scale / temperature) has the least negative log-likelihood.
/// @param similarities  [images, labels]
/// @param truth         [images] position of each image's true label
/// @throws ShapeError if the lengths do not fit; ValueError for fewer than two labels, no image, a label outside, a
///         scale that is not positive or a similarity that is not finite
/// Source: Guo et al. 2017, §4.2
ASSAY_EXPORT TemperatureFit fit_temperature(std::span<const float> similarities, std::span<const index> truth,
                                            index labels, double scale);

}  // namespace assay::models
