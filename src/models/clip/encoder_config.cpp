#include "assay/models/clip/encoder_config.hpp"

#include <cmath>

#include "assay/base/error.hpp"

namespace assay::models {
namespace {

constexpr index kMostWidth = 1 << 16;
constexpr index kMostRows = 1 << 22;

void expect_between(const char* where, const char* member, index value, index least, index most) {
    if (value >= least && value <= most) return;
    throw ValueError(std::string(where) + ": expected " + member + " from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", got " + std::to_string(value));
}

void validate_transformer(const char* where, const TransformerConfig& config) {
    expect_between(where, "width", config.width, 1, kMostWidth);
    expect_between(where, "layers", config.layers, 1, 1024);
    expect_between(where, "heads", config.heads, 1, config.width);
    expect_between(where, "intermediate", config.intermediate, 1, kMostWidth);
    if (config.width % config.heads != 0) {
        throw ValueError(std::string(where) + ": expected a width that is a multiple of heads, got " +
                         std::to_string(config.width) + " and " + std::to_string(config.heads));
    }
    if (!std::isfinite(config.epsilon) || config.epsilon <= 0) {
        throw ValueError(std::string(where) + ": expected a positive epsilon");
    }
}

}  // namespace

void validate(const VisionConfig& config) {
    const char* where = "VisionConfig";
    validate_transformer(where, config.transformer);
    expect_between(where, "image_size", config.image_size, 1, 4096);
    expect_between(where, "patch_size", config.patch_size, 1, config.image_size);
    expect_between(where, "embedding_dim", config.embedding_dim, 0, kMostWidth);
    if (config.image_size % config.patch_size != 0) {
        throw ValueError("VisionConfig: expected an image_size that is a multiple of patch_size, got " +
                         std::to_string(config.image_size) + " and " + std::to_string(config.patch_size));
    }
}

void validate(const TextConfig& config) {
    const char* where = "TextConfig";
    validate_transformer(where, config.transformer);
    expect_between(where, "vocabulary", config.vocabulary, 1, kMostRows);
    expect_between(where, "positions", config.positions, 1, kMostWidth);
    expect_between(where, "most_tokens", config.most_tokens, 1, config.positions);
    expect_between(where, "embedding_dim", config.embedding_dim, 1, kMostWidth);
    if (config.transformer.pre_norm && config.pooling == Pooling::mean) {
        throw ValueError(
            "TextConfig: expected pooling of cls or last where norms come first; the mean would be taken before the "
            "last norm");
    }
    if (config.projection == Projection::none && config.embedding_dim != config.transformer.width) {
        throw ValueError("TextConfig: expected embedding_dim to be the width where there is no projection, got " +
                         std::to_string(config.embedding_dim) + " and " + std::to_string(config.transformer.width));
    }
}

VisionConfig biomedclip_vision() { return {}; }

TextConfig biomedclip_text() { return {}; }

VisionConfig openai_clip_vision(index patch_size) {
    VisionConfig config;
    config.transformer.epsilon = 1e-5;
    config.transformer.activation = Activation::quick_gelu;
    config.patch_size = patch_size;
    config.patch_bias = false;
    config.input_norm = true;
    return config;
}

TextConfig openai_clip_text() {
    TextConfig config;
    config.transformer = {.width = 512,
                          .layers = 12,
                          .heads = 8,
                          .intermediate = 2048,
                          .epsilon = 1e-5,
                          .activation = Activation::quick_gelu,
                          .pre_norm = true,
                          .causal = true};
    config.vocabulary = 49408;
    config.positions = config.most_tokens = 77;
    config.token_types = false;
    config.pooling = Pooling::last;
    config.projection = Projection::linear;
    return config;
}

TextConfig minilm_text() {
    TextConfig config;
    config.transformer = {.width = 384,
                          .layers = 6,
                          .heads = 12,
                          .intermediate = 1536,
                          .epsilon = 1e-12,
                          .activation = Activation::gelu,
                          .pre_norm = false,
                          .causal = false};
    config.pooling = Pooling::mean;
    config.projection = Projection::none;
    config.embedding_dim = 384;
    return config;
}

}  // namespace assay::models
