#include "assay/models/weights/pretrained.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>

#include "assay/base/error.hpp"
#include "base/temporary_folder.hpp"
#include "catch.hpp"
#include "safetensors_bytes.hpp"

using namespace assay;
using namespace assay::models;
using Catch::Matchers::Contains;

namespace {

using Shapes = std::map<std::string, std::vector<assay::index>>;

void add_linear(Shapes& out, const std::string& key, assay::index rows, assay::index columns) {
    out[key + ".weight"] = {rows, columns};
    out[key + ".bias"] = {rows};
}

void add_norm(Shapes& out, const std::string& key, assay::index width) {
    out[key + ".weight"] = out[key + ".bias"] = {width};
}

void add_bert(Shapes& out, const std::string& prefix, assay::index words, assay::index width, assay::index layers,
              assay::index wide) {
    out[prefix + "embeddings.word_embeddings.weight"] = {words, width};
    out[prefix + "embeddings.position_embeddings.weight"] = {512, width};
    out[prefix + "embeddings.token_type_embeddings.weight"] = {2, width};
    add_norm(out, prefix + "embeddings.LayerNorm", width);
    for (assay::index i = 0; i < layers; ++i) {
        const std::string key = prefix + "encoder.layer." + std::to_string(i) + ".";
        for (const char* part : {"query", "key", "value"})
            add_linear(out, key + "attention.self." + part, width, width);
        add_linear(out, key + "attention.output.dense", width, width);
        add_norm(out, key + "attention.output.LayerNorm", width);
        add_linear(out, key + "intermediate.dense", wide, width);
        add_linear(out, key + "output.dense", width, wide);
        add_norm(out, key + "output.LayerNorm", width);
    }
}

/// The state dict as open_clip writes it.   Source: BiomedCLIP's model card and open_clip's code, as told in the docs.
Shapes biomedclip_shapes() {
    Shapes out{{"visual.trunk.cls_token", {1, 1, 768}},
               {"visual.trunk.pos_embed", {1, 197, 768}},
               {"visual.trunk.patch_embed.proj.weight", {768, 3, 16, 16}},
               {"visual.trunk.patch_embed.proj.bias", {768}},
               {"visual.head.proj.weight", {512, 768}},
               {"text.proj.0.weight", {640, 768}},
               {"text.proj.2.weight", {512, 640}},
               {"logit_scale", {}}};
    for (int i = 0; i < 12; ++i) {
        const std::string key = "visual.trunk.blocks." + std::to_string(i) + ".";
        add_norm(out, key + "norm1", 768);
        add_norm(out, key + "norm2", 768);
        add_linear(out, key + "attn.qkv", 2304, 768);
        add_linear(out, key + "attn.proj", 768, 768);
        add_linear(out, key + "mlp.fc1", 3072, 768);
        add_linear(out, key + "mlp.fc2", 768, 3072);
    }
    add_norm(out, "visual.trunk.norm", 768);
    add_bert(out, "text.transformer.", 30522, 768, 12, 3072);
    return out;
}

Shapes hugging_face_shapes() {
    Shapes out{{"vision_model.embeddings.class_embedding", {8}},
               {"vision_model.embeddings.patch_embedding.weight", {8, 3, 4, 4}},
               {"vision_model.embeddings.position_embedding.weight", {5, 8}},
               {"text_model.embeddings.token_embedding.weight", {30, 8}},
               {"text_model.embeddings.position_embedding.weight", {7, 8}},
               {"visual_projection.weight", {6, 8}},
               {"text_projection.weight", {6, 8}},
               {"logit_scale", {}}};
    for (const char* norm :
         {"vision_model.pre_layrnorm", "vision_model.post_layernorm", "text_model.final_layer_norm"}) {
        add_norm(out, norm, 8);
    }
    for (const char* tower : {"vision_model", "text_model"}) {
        const std::string key = std::string(tower) + ".encoder.layers.0.";
        for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"})
            add_linear(out, key + "self_attn." + part, 8, 8);
        add_norm(out, key + "layer_norm1", 8);
        add_norm(out, key + "layer_norm2", 8);
        add_linear(out, key + "mlp.fc1", 16, 8);
        add_linear(out, key + "mlp.fc2", 8, 16);
    }
    return out;
}

const char* const kHuggingFaceConfig = R"({"model_type":"clip","projection_dim":6,
    "vision_config":{"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,
                     "image_size":8,"patch_size":4,"hidden_act":"gelu"},
    "text_config":{"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,
                   "vocab_size":30,"max_position_embeddings":7}})";

/// A float32 file of these shapes; its data are a hole in the file except logit_scale, which is 4.6052.
void write_hole(const std::filesystem::path& path, const Shapes& shapes) {
    std::string header = "{";
    std::size_t at = 0;
    std::size_t scale_at = 0;
    for (const auto& [name, shape] : shapes) {
        if (name == "logit_scale") scale_at = at;
        const auto count = std::accumulate(shape.begin(), shape.end(), assay::index{1}, std::multiplies<>());
        const std::size_t end = at + static_cast<std::size_t>(count) * 4;
        header += (at > 0 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":)" + shape_text(shape) +
                  R"(,"data_offsets":[)" + std::to_string(at) + "," + std::to_string(end) + "]}";
        at = end;
    }
    header += "}";
    std::ofstream file(path, std::ios::binary);
    file << safetensors_bytes(header, "");
    const float scale = 4.6052F;
    if (shapes.contains("logit_scale")) {
        file.seekp(static_cast<std::streamoff>(8 + header.size() + scale_at));
        file.write(reinterpret_cast<const char*>(&scale), 4);
    }
    file.close();
    std::filesystem::resize_file(path, 8 + header.size() + at);
}

void write_text(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

assay::index elements(const WeightMap& map) {
    assay::index out = 0;
    for (const auto& [name, view] : map) {
        const auto count = std::accumulate(view.shape.begin(), view.shape.end(), assay::index{1}, std::multiplies<>());
        CHECK(static_cast<std::size_t>(count) * 4 == view.bytes.size());
        out += count;
    }
    return out;
}

}  // namespace

TEST_CASE("pretrained: BiomedCLIP at full shape, with and without its configuration") {
    const TemporaryFolder folder;
    const bool configured = GENERATE(false, true);
    write_hole(folder / "open_clip_model.safetensors", biomedclip_shapes());
    if (configured) {
        write_text(folder / "open_clip_config.json", R"({"model_cfg":{"embed_dim":512,
            "vision_cfg":{"timm_model_name":"vit_base_patch16_224","timm_model_pretrained":false,"timm_pool":"",
                          "timm_proj":"linear","image_size":224},
            "text_cfg":{"hf_model_name":"microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
                        "proj":"mlp","pooler_type":"cls_last_hidden_state_pooler","context_length":256}},
            "preprocess_cfg":{"mean":[0.5,0.25,0.125],"std":[1,2,3]}})");
        write_text(folder / "vocab.txt", "[PAD]\n");
    }
    const PretrainedClip clip = read_clip(configured ? folder.path() : folder / "open_clip_model.safetensors");
    CHECK(elements(clip.vision) + elements(clip.text) + 1 == 195'902'721);
    CHECK(clip.logit_scale == Approx(4.6052));
    CHECK(clip.vision.at("class_token").shape == std::vector<assay::index>{768});
    CHECK(clip.vision.at("positions").shape == std::vector<assay::index>{197, 768});
    CHECK(clip.vision.at("blocks.11.qkv.weight").shape == std::vector<assay::index>{2304, 768});
    CHECK(clip.text.at("blocks.11.norm1.bias").bytes.data() ==
          clip.file.find("text.transformer.encoder.layer.11.attention.output.LayerNorm.bias")->bytes.data());
    CHECK(clip.text.at("projection.1.weight").shape == std::vector<assay::index>{512, 640});
    CHECK(clip.text_config.most_tokens == 256);
    CHECK(clip.text_config.transformer.heads == 12);
    CHECK(clip.mean[1] == Approx(configured ? 0.25 : 0.4578275));
    CHECK(clip.standard_deviation[2] == Approx(configured ? 3 : 0.27577711));
    CHECK(clip.vocabulary.empty() != configured);
}

TEST_CASE("pretrained: all tensors that do not fit are named at once") {
    const TemporaryFolder folder;
    Shapes shapes = biomedclip_shapes();
    shapes.erase("visual.trunk.norm.bias");
    shapes["text.proj.0.weight"] = {641, 768};
    shapes["text.extra"] = {1};
    shapes["text.transformer.embeddings.position_ids"] = {1, 512};
    write_hole(folder / "w.safetensors", shapes);
    CHECK_THROWS_AS(read_clip(folder / "w.safetensors"), ValueError);
    CHECK_THROWS_WITH(read_clip(folder / "w.safetensors"),
                      Contains("missing 1: 'visual.trunk.norm.bias'") &&
                          Contains("of another shape or type 1: 'text.proj.0.weight' of [640, 768], got [641, 768]") &&
                          Contains("unexpected 1: 'text.extra'"));
    Shapes wrapped;
    for (const auto& [name, shape] : biomedclip_shapes()) wrapped["module." + name] = shape;
    write_hole(folder / "wrapped.safetensors", wrapped);
    CHECK(read_clip(folder / "wrapped.safetensors").text.size() == 199);  // saved from DataParallel
}

TEST_CASE("pretrained: a Hugging Face CLIP with its defaults filled in") {
    const TemporaryFolder folder;
    write_hole(folder / "model.safetensors", hugging_face_shapes());
    CHECK_THROWS_AS(read_clip(folder.path()), IoError);  // heads and activation stand only in config.json
    write_text(folder / "config.json", kHuggingFaceConfig);
    write_text(folder / "preprocessor_config.json", R"({"image_mean":[0,0,0],"image_std":[1,1,1]})");
    const PretrainedClip clip = read_clip(folder.path());
    CHECK(clip.vision_config.transformer.activation == Activation::gelu);
    CHECK(clip.text_config.transformer.activation == Activation::quick_gelu);
    CHECK(clip.text_config.transformer.epsilon == Approx(1e-5));
    CHECK(clip.text_config.most_tokens == 7);
    CHECK(clip.text_config.pooling == Pooling::last);
    CHECK(clip.vision_config.input_norm);
    CHECK(clip.vision.size() == 24);
    CHECK(clip.text.size() == 21);
    CHECK(clip.vision.at("blocks.0.down.weight").shape == std::vector<assay::index>{8, 16});
    CHECK(clip.standard_deviation[0] == 1.0F);
}

TEST_CASE("pretrained: a preprocessor that does something else is refused") {
    const TemporaryFolder folder;
    write_hole(folder / "model.safetensors", hugging_face_shapes());
    write_text(folder / "config.json", kHuggingFaceConfig);
    const auto with = [&](const std::string& settings) {
        write_text(folder / "preprocessor_config.json", settings);
        return read_clip(folder.path()).mean[0];
    };
    CHECK(with(R"({"do_resize":true,"do_center_crop":true,"do_normalize":true,"resample":3,"size":8,"crop_size":8})") ==
          Approx(0.48145466));
    CHECK(with(R"({"size":{"shortest_edge":8},"crop_size":{"height":8,"width":8},"rescale_factor":0.00392156862745098,
                   "image_mean":[0.5,0.5,0.5],"image_std":[1,1,1]})") == 0.5F);
    CHECK_THROWS_WITH(with(R"({"resample":2})"),
                      Contains("preprocessor_config.json: expected 3 (bicubic) as resample"));
    CHECK_THROWS_AS(with(R"({"resample":0})"), ValueError);
    CHECK_THROWS_WITH(with(R"({"do_center_crop":false})"), Contains("expected true as do_center_crop, got false"));
    CHECK_THROWS_WITH(with(R"({"do_resize":false})"), Contains("as do_resize"));
    CHECK_THROWS_WITH(with(R"({"do_normalize":false})"), Contains("as do_normalize"));
    CHECK_THROWS_WITH(with(R"({"rescale_factor":1.0})"), Contains("expected 1/255 as rescale_factor"));
    CHECK_THROWS_WITH(with(R"({"size":9})"), Contains("image_size, 8, as size, got another"));
    CHECK_THROWS_WITH(with(R"({"size":{"shortest_edge":9}})"), Contains("as size.shortest_edge"));
    CHECK_THROWS_WITH(with(R"({"size":{"height":8,"width":8}})"), Contains("as size.shortest_edge"));  // would squash
    CHECK_THROWS_WITH(with(R"({"crop_size":{"height":8,"width":6}})"), Contains("as crop_size.width"));
}

TEST_CASE("pretrained: a norm after the mean of tokens is refused") {
    TextConfig config = minilm_text();
    validate(config);
    config.transformer.pre_norm = true;
    CHECK_THROWS_WITH(validate(config), Contains("expected pooling of cls or last where norms come first"));
    config.pooling = Pooling::last;
    validate(config);
}

TEST_CASE("pretrained: a BERT with sentence-transformers' settings") {
    const TemporaryFolder folder;
    Shapes shapes;
    add_bert(shapes, "", 40, 8, 2, 16);
    add_linear(shapes, "pooler.dense", 8, 8);
    write_hole(folder / "model.safetensors", shapes);
    write_text(folder / "config.json",
               R"({"model_type":"bert","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,
                   "intermediate_size":16,"vocab_size":40,"hidden_act":"gelu","layer_norm_eps":1e-12})");
    CHECK(read_text_model(folder.path()).config.most_tokens == 512);
    write_text(folder / "sentence_bert_config.json", R"({"max_seq_length":256})");
    write_text(folder / "1_Pooling/config.json", R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false})");
    const PretrainedText model = read_text_model(folder.path());
    CHECK(model.config.most_tokens == 256);
    CHECK(model.config.pooling == Pooling::cls);
    CHECK(model.config.embedding_dim == 8);
    CHECK(model.config.transformer.epsilon == Approx(1e-12));
    CHECK(model.text.size() == 5 + 2 * 16);
}

TEST_CASE("pretrained: a folder without weights, a damaged or foreign configuration are refused by name") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(read_clip(folder.path()), Contains("expected a weight file (open_clip_model.safetensors"));
    write_hole(folder / "model.safetensors", hugging_face_shapes());
    const auto refused = [&](const std::string& from, const std::string& to) {
        std::string config = kHuggingFaceConfig;
        config.replace(config.find(from), from.size(), to);
        write_text(folder / "config.json", config);
        read_clip(folder.path());
    };
    CHECK_THROWS_WITH(refused(R"("clip")", R"("siglip")"), Contains("expected 'clip' as model_type"));
    CHECK_THROWS_WITH(refused(R"("gelu")", R"("relu")"), Contains("expected gelu or quick_gelu as hidden_act"));
    CHECK_THROWS_WITH(refused(R"("patch_size":4)", R"("patch_size":-4)"),
                      Contains("a whole number from 1 as patch_size"));
    CHECK_THROWS_WITH(refused(R"("patch_size":4)", R"("patch_size":3)"), Contains("multiple of patch_size"));
    CHECK_THROWS_WITH(refused(R"("vocab_size":30)", R"("vocab_size":"30")"), Contains("as vocab_size"));
    CHECK_THROWS_WITH(refused(R"("num_hidden_layers":1)", R"("num_hidden_layers":2)"), Contains("missing 16"));
    CHECK_THROWS_WITH(refused("{", "["), Contains("expected a JSON object"));
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    CHECK_THROWS_WITH(refused(R"("vision_config":{)", R"("vision_config":{"deep":)" + deep + ","),
                      Contains("config.json: expected a JSON object of at most 64 levels"));
    Shapes other{{"conv1.weight", {1}}};
    write_hole(folder / "model.safetensors", other);
    CHECK_THROWS_WITH(read_clip(folder.path()), Contains("expected a CLIP of open_clip"));
}
