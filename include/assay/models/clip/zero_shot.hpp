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

}  // namespace assay::models
