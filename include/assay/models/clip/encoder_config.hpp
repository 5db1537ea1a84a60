#pragma once

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"

#include <string>

namespace assay::models {

/// The nonlinearity between the two layers of a feed-forward block.
enum class Activation {
    gelu,       ///< x·Φ(x) with the exact error function.   Source: Hendrycks & Gimpel 2016, §2
    quick_gelu  ///< x·σ(1.702 x), as OpenAI's CLIP was trained
};

/// A stack of transformer blocks.
struct TransformerConfig {
    index width = 768;
    index layers = 12;
    index heads = 12;  ///< a divisor of `width`
    index intermediate = 3072;
    double epsilon = 1e-6;  ///< of the layer norms
    Activation activation = Activation::gelu;
    bool pre_norm = true;  ///< norms before attention and feed-forward (ViT, CLIP); else after the sums (BERT)
    bool causal = false;   ///< a token sees itself and those before it (CLIP's text)
};

/// A vision transformer: patches, a class token, learnt positions, blocks, norm, class token, linear projection.
/// Source: Dosovitskiy et al. 2021, §3.1
struct VisionConfig {
    TransformerConfig transformer;
    index image_size = 224;  ///< pixels of both sides, a multiple of `patch_size`
    index patch_size = 16;
    index embedding_dim = 512;  ///< 0: no projection, the normed class token itself
    bool patch_bias = true;     ///< OpenAI's CLIP has none
    bool input_norm = false;    ///< a norm before the first block, as OpenAI's CLIP has it

    index patches() const { return (image_size / patch_size) * (image_size / patch_size); }
};

/// Which token stands for a text.
enum class Pooling {
    cls,   ///< the first
    mean,  ///< the mean of all
    last   ///< the last: the end-of-text token, where texts are given without padding
};

/// What follows the pooled token; none of them has a bias.
enum class Projection {
    none,
    linear,
    mlp  ///< linear, exact GELU, linear; between them (width + embedding_dim) / 2, as open_clip has it
};

/// A text transformer: BERT (post-norm, norm after the embeddings) or CLIP's (pre-norm, causal, norm at the end).
/// Source: Devlin et al. 2019, §3; Radford et al. 2021, §2.4
struct TextConfig {
    TransformerConfig transformer{.epsilon = 1e-12, .pre_norm = false};
    index vocabulary = 30522;
    index positions = 512;    ///< rows of the position embedding
    index most_tokens = 256;  ///< longer texts are an error here: the tokenizer cuts them and says so
    bool token_types = true;  ///< BERT adds the embedding of type 0
    Pooling pooling = Pooling::cls;
    Projection projection = Projection::mlp;
    index embedding_dim = 512;  ///< the transformer's width where there is no projection
};

/// BiomedCLIP's towers: ViT-B/16 and PubMedBERT.
ASSAY_EXPORT VisionConfig biomedclip_vision();
ASSAY_EXPORT TextConfig biomedclip_text();
/// OpenAI's CLIP, ViT-B/32 or ViT-B/16 by `patch_size`.
ASSAY_EXPORT VisionConfig openai_clip_vision(index patch_size);
ASSAY_EXPORT TextConfig openai_clip_text();
/// sentence-transformers' all-MiniLM-L6-v2.
ASSAY_EXPORT TextConfig minilm_text();

/// @throws ValueError naming the first member that fits no transformer, the memory it would take included
ASSAY_EXPORT void validate(const VisionConfig& config);
ASSAY_EXPORT void validate(const TextConfig& config);

/// Where and in which precision an encoder runs.
struct EncoderOptions {
    std::string device = "auto";  ///< "cpu", "cuda", "cuda:1"; "auto": CUDA where there is a device
    std::string dtype = "auto";   ///< "fp32", "bf16", "fp16"; "auto": bf16 on CUDA, fp32 on CPU
};

}  // namespace assay::models
