#include <cmath>
#include <regex>

#include "assay/base/error.hpp"
#include "assay/models/weights/pretrained.hpp"
#include "models/weights/key_map.hpp"
#include "models/weights/model_folder.hpp"

namespace assay::models {
namespace {

using detail::KeyMap;
using detail::ModelConfig;
using detail::ModelFolder;

// OpenAI's, with which BiomedCLIP was trained too.
constexpr std::array<float, 3> kClipMean{0.48145466F, 0.4578275F, 0.40821073F};
constexpr std::array<float, 3> kClipStandardDeviation{0.26862954F, 0.26130258F, 0.27577711F};

void take_normalisation(const ModelConfig& config, const std::string& mean, const std::string& deviation,
                        PretrainedClip& out) {
    out.mean = config.three(mean).value_or(kClipMean);
    out.standard_deviation = config.three(deviation).value_or(kClipStandardDeviation);
    for (const float value : out.standard_deviation) {
        if (!(value > 0)) throw ValueError(config.where() + ": expected positive numbers as " + deviation);
    }
}

/// "vit_base_patch16_224": timm's name says the shape.
void take_timm_name(const std::string& name, const std::string& where, VisionConfig& out) {
    static const std::regex pattern("vit_(tiny|small|base|large)_patch([0-9]{1,2})_([0-9]{2,3})");
    std::smatch found;
    if (!std::regex_match(name, found, pattern)) {
        throw ValueError(where + ": expected a ViT such as vit_base_patch16_224 as timm_model_name, got another");
    }
    const std::string size = found[1];
    const index width = size == "tiny" ? 192 : size == "small" ? 384 : size == "base" ? 768 : 1024;
    out.transformer.width = width;
    out.transformer.layers = size == "large" ? 24 : 12;
    out.transformer.heads = width / 64;
    out.transformer.intermediate = 4 * width;
    out.patch_size = std::stoi(found[2]);
    out.image_size = std::stoi(found[3]);
}

void require_text(const ModelConfig& config, const std::string& key, const std::string& expected) {
    if (config.text(key, expected) != expected) {
        throw ValueError(config.where() + ": expected '" + expected + "' as " + key + ", got another");
    }
}

/// What open_clip reads from the Hugging Face hub, read from the tensors themselves. BERT's heads have 64 numbers.
void take_bert_shape(const KeyMap& keys, const std::string& where, TextConfig& out) {
    const std::string prefix = "text.transformer.";
    const WeightView* tokens = keys.find(prefix + "embeddings.word_embeddings.weight");
    const WeightView* positions = keys.find(prefix + "embeddings.position_embeddings.weight");
    const WeightView* up = keys.find(prefix + "encoder.layer.0.intermediate.dense.weight");
    if (tokens == nullptr || positions == nullptr || up == nullptr) return;  // told as missing later
    if (tokens->shape.size() != 2 || positions->shape.size() != 2 || up->shape.size() != 2) return;
    out.vocabulary = tokens->shape[0];
    out.positions = positions->shape[0];
    out.transformer.width = tokens->shape[1];
    out.transformer.intermediate = up->shape[0];
    if (out.transformer.width < 64 || out.transformer.width % 64 != 0) {
        throw ValueError(where + ": expected a BERT whose width is a multiple of 64, got " +
                         std::to_string(out.transformer.width));
    }
    out.transformer.heads = out.transformer.width / 64;
    out.transformer.layers = 0;
    while (keys.has_prefix(prefix + "encoder.layer." + std::to_string(out.transformer.layers) + ".")) {
        ++out.transformer.layers;
    }
}

void configure_open_clip(const ModelConfig& file, PretrainedClip& out) {
    const ModelConfig model = file.within("model_cfg");
    const ModelConfig vision = model.within("vision_cfg");
    const ModelConfig text = model.within("text_cfg");
    if (!vision.has("timm_model_name") || !text.has("hf_model_name")) {
        throw ValueError(file.where() + ": expected a model of timm's ViT and a Hugging Face BERT, such as BiomedCLIP");
    }
    const index dim = model.whole("embed_dim", 512);
    take_timm_name(vision.text("timm_model_name", ""), file.where(), out.vision_config);
    out.vision_config.image_size = vision.whole("image_size", out.vision_config.image_size);
    require_text(vision, "timm_pool", "");
    require_text(vision, "timm_proj", "linear");
    const char* pooler = text.has("hf_pooler_type") ? "hf_pooler_type" : "pooler_type";
    const char* projection = text.has("hf_proj_type") ? "hf_proj_type" : "proj";
    require_text(text, pooler, "cls_last_hidden_state_pooler");
    const std::string kind = text.text(projection, "mlp");
    if (kind != "mlp" && kind != "linear") {
        throw ValueError(file.where() + ": expected mlp or linear as " + projection + ", got another");
    }
    out.text_config.projection = kind == "mlp" ? Projection::mlp : Projection::linear;
    out.text_config.most_tokens = text.whole("context_length", 256);
    out.vision_config.embedding_dim = out.text_config.embedding_dim = dim;
    const ModelConfig pixels = file.within("preprocess_cfg");
    require_text(pixels, "interpolation", "bicubic");
    require_text(pixels, "resize_mode", "shortest");
    take_normalisation(pixels, "mean", "std", out);
}

void read_open_clip(const ModelFolder& model, KeyMap& keys, PretrainedClip& out) {
    const std::string where = model.weights.string();
    out.vision_config = biomedclip_vision();
    out.text_config = biomedclip_text();
    out.mean = kClipMean;
    out.standard_deviation = kClipStandardDeviation;
    const std::filesystem::path config = model.beside("open_clip_config.json");
    if (!config.empty()) {
        configure_open_clip(ModelConfig(config), out);
        take_bert_shape(keys, where, out.text_config);
    }
    validate(out.vision_config);
    validate(out.text_config);
    out.vision = keys.take(detail::open_clip_vision_keys(out.vision_config));
    detail::ExpectedTensors text = detail::bert_keys(out.text_config, "text.transformer.");
    detail::add_open_clip_projection(out.text_config, text);
    out.text = keys.take(text);
    keys.ignore("text.transformer.embeddings.position_ids");
    keys.ignore("text.transformer.pooler.");
}

Activation activation_of(const ModelConfig& config, const char* otherwise) {
    const std::string name = config.text("hidden_act", otherwise);
    if (name == "gelu") return Activation::gelu;
    if (name == "quick_gelu") return Activation::quick_gelu;
    throw ValueError(config.where() + ": expected gelu or quick_gelu as hidden_act, got another");
}

void configure_transformer(const ModelConfig& config, TransformerConfig& out) {
    out.width = config.whole("hidden_size", out.width);
    out.layers = config.whole("num_hidden_layers", out.layers);
    out.heads = config.whole("num_attention_heads", out.heads);
    out.intermediate = config.whole("intermediate_size", out.intermediate);
    out.epsilon = config.number("layer_norm_eps", out.epsilon);
    out.activation = activation_of(config, out.activation == Activation::gelu ? "gelu" : "quick_gelu");
}

/// transformers leaves out what is the default of its CLIPConfig, ViT-B/32 of OpenAI.
void configure_hugging_face(const ModelConfig& file, PretrainedClip& out) {
    require_text(file, "model_type", "clip");
    const ModelConfig vision = file.within("vision_config");
    const ModelConfig text = file.within("text_config");
    out.vision_config = openai_clip_vision(32);
    configure_transformer(vision, out.vision_config.transformer);
    out.vision_config.image_size = vision.whole("image_size", 224);
    out.vision_config.patch_size = vision.whole("patch_size", 32);
    out.text_config = openai_clip_text();
    configure_transformer(text, out.text_config.transformer);
    out.text_config.vocabulary = text.whole("vocab_size", out.text_config.vocabulary);
    out.text_config.positions = text.whole("max_position_embeddings", out.text_config.positions);
    out.text_config.most_tokens = out.text_config.positions;
    out.vision_config.embedding_dim = out.text_config.embedding_dim = file.whole("projection_dim", 512);
}

/// transformers writes one number, or an object of these sides.
void require_sides(const ModelConfig& config, const std::string& key, const std::vector<std::string>& sides,
                   index expected) {
    if (!config.has(key)) return;
    const bool several = config.is_object(key);
    for (const std::string& side : sides) {
        const ModelConfig holder = several ? config.within(key) : config;
        const std::string& name = several ? side : key;
        if (holder.has(name) && holder.whole(name, expected) == expected) continue;
        throw ValueError(config.where() + ": expected the model's image_size, " + std::to_string(expected) + ", as " +
                         (several ? key + "." + side : key) + ", got another");
    }
}

/// What CLIPImageProcessor is told to do must be what ImagePreprocessor does.
void read_pixel_settings(const ModelConfig& config, PretrainedClip& out) {
    for (const char* step : {"do_resize", "do_center_crop", "do_rescale", "do_normalize"}) {
        if (!config.flag(step, true)) throw ValueError(config.where() + ": expected true as " + step + ", got false");
    }
    if (config.has("resample") && config.whole("resample", 3) != 3) {
        throw ValueError(config.where() + ": expected 3 (bicubic) as resample, got another");
    }
    if (std::abs(config.number("rescale_factor", 1.0 / 255) - 1.0 / 255) > 1e-9) {
        throw ValueError(config.where() + ": expected 1/255 as rescale_factor, got another");
    }
    require_sides(config, "size", {"shortest_edge"}, out.vision_config.image_size);
    require_sides(config, "crop_size", {"height", "width"}, out.vision_config.image_size);
    take_normalisation(config, "image_mean", "image_std", out);
}

void read_hugging_face(const ModelFolder& model, KeyMap& keys, PretrainedClip& out) {
    configure_hugging_face(ModelConfig(model.folder / "config.json"), out);
    out.mean = kClipMean;
    out.standard_deviation = kClipStandardDeviation;
    const std::filesystem::path pixels = model.beside("preprocessor_config.json");
    if (!pixels.empty()) read_pixel_settings(ModelConfig(pixels), out);
    validate(out.vision_config);
    validate(out.text_config);
    out.vision = keys.take(detail::hugging_face_vision_keys(out.vision_config));
    out.text = keys.take(detail::hugging_face_text_keys(out.text_config));
    keys.ignore("vision_model.embeddings.position_ids");
    keys.ignore("text_model.embeddings.position_ids");
}

TextConfig configure_bert(const ModelFolder& model) {
    const ModelConfig file(model.folder / "config.json");
    require_text(file, "model_type", "bert");
    require_text(file, "position_embedding_type", "absolute");
    TextConfig out;
    configure_transformer(file, out.transformer);
    if (out.transformer.activation != Activation::gelu) {
        throw ValueError(file.where() + ": expected gelu as hidden_act, got another");
    }
    out.vocabulary = file.whole("vocab_size", out.vocabulary);
    out.positions = file.whole("max_position_embeddings", out.positions);
    out.most_tokens = out.positions;
    out.pooling = Pooling::mean;
    out.projection = Projection::none;
    out.embedding_dim = out.transformer.width;
    return out;
}

/// sentence-transformers keeps the length, the pooling and the scaling in files of their own.
void take_sentence_settings(const ModelFolder& model, PretrainedText& out) {
    if (const auto path = model.beside("sentence_bert_config.json"); !path.empty()) {
        out.config.most_tokens = ModelConfig(path).whole("max_seq_length", out.config.most_tokens);
    }
    if (const auto path = model.beside("1_Pooling/config.json"); !path.empty()) {
        const ModelConfig pooling(path);
        const bool mean = pooling.flag("pooling_mode_mean_tokens", false);
        const bool first = pooling.flag("pooling_mode_cls_token", false);
        if (mean == first) throw ValueError(path.string() + ": expected the mean of tokens or the first, got another");
        out.config.pooling = mean ? Pooling::mean : Pooling::cls;
    }
}

}  // namespace

PretrainedClip read_clip(const std::filesystem::path& path) {
    const ModelFolder model = detail::find_model(path);
    PretrainedClip out{.file = WeightFile::open(model.weights)};
    KeyMap keys(out.file);
    if (keys.has_prefix("visual.trunk.")) {
        read_open_clip(model, keys, out);
    } else if (keys.has_prefix("vision_model.")) {
        read_hugging_face(model, keys, out);
    } else {
        throw ValueError(model.weights.string() +
                         ": expected a CLIP of open_clip (keys visual.trunk.*) or Hugging Face (vision_model.*), got " +
                         std::to_string(out.file.tensors().size()) + " tensors of another model");
    }
    out.logit_scale = keys.take_scalar("logit_scale");
    keys.finish(model.weights.string());
    out.vocabulary = model.beside("vocab.txt");
    if (out.vocabulary.empty() && !model.beside("merges.txt").empty()) out.vocabulary = model.beside("vocab.json");
    return out;
}

PretrainedText read_text_model(const std::filesystem::path& path) {
    const ModelFolder model = detail::find_model(path);
    PretrainedText out{.file = WeightFile::open(model.weights), .config = configure_bert(model)};
    take_sentence_settings(model, out);
    validate(out.config);
    KeyMap keys(out.file);
    const std::string prefix = keys.has_prefix("bert.") ? "bert." : "";
    out.text = keys.take(detail::bert_keys(out.config, prefix));
    keys.ignore(prefix + "embeddings.position_ids");
    keys.ignore(prefix + "pooler.");
    if (!prefix.empty()) keys.ignore("cls.");  // the heads it was trained with
    keys.finish(model.weights.string());
    out.vocabulary = model.beside("vocab.txt");
    return out;
}

}  // namespace assay::models
