#include "assay/models/clip/zero_shot.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "assay/base/error.hpp"

namespace assay::models {
namespace {

void expect_scale(const char* where, double scale) {
    if (std::isfinite(scale) && scale > 0) return;
    throw ValueError(std::string(where) + ": expected a positive scale");
}

double dot(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

}  // namespace

std::vector<float> average_prompts(std::span<const float> prompts, std::span<const index> ends, index dim) {
    const index rows = ends.empty() ? 0 : ends.back();
    if (dim < 1 || std::ssize(prompts) % dim != 0 || std::ssize(prompts) / dim != rows) {
        throw ShapeError("average_prompts: expected prompts × dim numbers, got " + std::to_string(prompts.size()));
    }
    // All of them first: an end too far would be read up to.
    for (std::size_t label = 0; label < ends.size(); ++label) {
        if (ends[label] > (label > 0 ? ends[label - 1] : 0)) continue;
        throw ValueError("average_prompts: label " + std::to_string(label) +
                         " has no prompts; expected ascending ends");
    }
    std::vector<float> means;
    std::vector<double> sum(static_cast<std::size_t>(dim));
    index row = 0;
    for (std::size_t label = 0; label < ends.size(); ++label) {
        std::fill(sum.begin(), sum.end(), 0.0);
        for (; row < ends[label]; ++row) {
            for (index i = 0; i < dim; ++i) sum[static_cast<std::size_t>(i)] += prompts[row * dim + i];
        }
        double squares = 0;
        for (const double s : sum) squares += s * s;
        if (!(squares > 1e-12)) {
            throw ValueError("average_prompts: the prompts of label " + std::to_string(label) +
                             " cancel each other out");
        }
        for (const double s : sum) means.push_back(static_cast<float>(s / std::sqrt(squares)));
    }
    return means;
}

LabelRanking rank_labels(std::span<const float> image, std::span<const float> labels, double scale) {
    expect_scale("rank_labels", scale);
    if (image.empty() || labels.empty() || labels.size() % image.size() != 0) {
        throw ShapeError("rank_labels: expected one label at least, of " + std::to_string(image.size()) +
                         " numbers each, got " + std::to_string(labels.size()) + " numbers");
    }
    LabelRanking ranking;
    for (std::size_t start = 0; start < labels.size(); start += image.size()) {
        const double similarity = dot(image, labels.subspan(start, image.size()));
        if (!std::isfinite(similarity)) {
            throw ValueError("rank_labels: the similarity to label " + std::to_string(start / image.size()) +
                             " is not finite; does an embedding hold NaN?");
        }
        ranking.matches.push_back({static_cast<index>(start / image.size()), similarity, 0});
    }
    std::stable_sort(ranking.matches.begin(), ranking.matches.end(),
                     [](const LabelMatch& a, const LabelMatch& b) { return a.similarity > b.similarity; });
    double total = 0;
    for (LabelMatch& match : ranking.matches) {
        match.probability = std::exp((match.similarity - ranking.matches.front().similarity) * scale);
        total += match.probability;
    }
    for (LabelMatch& match : ranking.matches) match.probability /= total;
    ranking.margin =
        ranking.matches.front().probability - (ranking.matches.size() > 1 ? ranking.matches[1].probability : 0);
    return ranking;
}

}  // namespace assay::models
