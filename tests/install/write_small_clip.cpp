// Writes a small CLIP with random weights, as Hugging Face lays it out, and an image, for the example's test:
//   write_small_clip FOLDER
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "assay/models/weights/safetensors.hpp"

namespace {

using assay::index;
using assay::models::WeightView;

constexpr index kWidth = 64, kInner = 128, kTokens = 71;

struct Weights {
    std::vector<WeightView> views;
    std::vector<std::vector<float>> values;
    std::mt19937 random{1};

    void add(const std::string& name, std::vector<index> shape) {
        std::size_t count = 1;
        for (const index n : shape) count *= static_cast<std::size_t>(n);
        const bool norm = name.find("norm") != std::string::npos && name.ends_with("weight");
        std::normal_distribution<float> noise(norm ? 1.0F : 0.0F, 0.1F);
        auto& numbers = values.emplace_back(count);
        for (float& number : numbers) number = noise(random);
        views.push_back(
            {name, assay::models::WeightType::float32, std::move(shape), std::as_bytes(std::span(numbers))});
    }

    void add_linear(const std::string& name, index in, index out) {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }

    void add_norm(const std::string& name) {
        add(name + ".weight", {kWidth});
        add(name + ".bias", {kWidth});
    }

    void add_block(const std::string& block) {
        for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
            add_linear(block + "self_attn." + part, kWidth, kWidth);
        }
        add_linear(block + "mlp.fc1", kWidth, kInner);
        add_linear(block + "mlp.fc2", kInner, kWidth);
        add_norm(block + "layer_norm1");
        add_norm(block + "layer_norm2");
    }
};

void write(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

/// 8 × 8 grey pixels.
constexpr unsigned char kPng[] = {
    0x89, 0x50, 0x4e, 0x47, 0xd,  0xa,  0x1a, 0xa,  0x0,  0x0,  0x0,  0xd,  0x49, 0x48, 0x44, 0x52, 0x0,  0x0,
    0x0,  0x8,  0x0,  0x0,  0x0,  0x8,  0x8,  0x0,  0x0,  0x0,  0x0,  0xe1, 0x64, 0xe1, 0x57, 0x0,  0x0,  0x0,
    0x53, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x1,  0x48, 0x0,  0xb7, 0xff, 0x0,  0x0,  0x3,  0x6,  0x9,  0xc,
    0xf,  0x12, 0x15, 0x0,  0x18, 0x1b, 0x1e, 0x21, 0x24, 0x27, 0x2a, 0x2d, 0x0,  0x30, 0x33, 0x36, 0x39, 0x3c,
    0x3f, 0x42, 0x45, 0x0,  0x48, 0x4b, 0x4e, 0x51, 0x54, 0x57, 0x5a, 0x5d, 0x0,  0x60, 0x63, 0x66, 0x69, 0x6c,
    0x6f, 0x72, 0x75, 0x0,  0x78, 0x7b, 0x7e, 0x81, 0x84, 0x87, 0x8a, 0x8d, 0x0,  0x90, 0x93, 0x96, 0x99, 0x9c,
    0x9f, 0xa2, 0xa5, 0x0,  0xa8, 0xab, 0xae, 0xb1, 0xb4, 0xb7, 0xba, 0xbd, 0x33, 0x76, 0x17, 0xa1, 0xe9, 0x78,
    0xa0, 0x34, 0x0,  0x0,  0x0,  0x0,  0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

}  // namespace

int main(int, char** argv) {
    const std::filesystem::path folder = argv[1];
    std::filesystem::create_directories(folder);
    Weights weights;
    weights.add("logit_scale", {});
    for (const char* tower : {"vision_model.", "text_model."}) {
        weights.add_block(std::string(tower) + "encoder.layers.0.");
    }
    for (const char* norm :
         {"vision_model.pre_layrnorm", "vision_model.post_layernorm", "text_model.final_layer_norm"}) {
        weights.add_norm(norm);
    }
    weights.add("vision_model.embeddings.class_embedding", {kWidth});
    weights.add("vision_model.embeddings.patch_embedding.weight", {kWidth, 3, 16, 16});
    weights.add("vision_model.embeddings.position_embedding.weight", {5, kWidth});
    weights.add("text_model.embeddings.token_embedding.weight", {kTokens, kWidth});
    weights.add("text_model.embeddings.position_embedding.weight", {32, kWidth});
    weights.add("visual_projection.weight", {32, kWidth});
    weights.add("text_projection.weight", {32, kWidth});
    assay::models::write_safetensors(folder / "model.safetensors", weights.views, {});

    const std::string tower =
        R"("hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 128)";
    write(folder / "config.json", R"({"model_type": "clip", "projection_dim": 32, "vision_config": {)" + tower +
                                      R"(, "image_size": 32, "patch_size": 16}, "text_config": {)" + tower +
                                      R"(, "vocab_size": 71, "max_position_embeddings": 32}})");
    std::string vocabulary;
    for (char letter = 'a'; letter <= 'z'; ++letter) {
        vocabulary += std::string(1, letter) + "\n" + "##" + letter + "\n";
    }
    write(folder / "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n" + vocabulary);
    write(folder / "labels.txt", "pneumonia\npleural effusion\nnormal chest\n");
    write(folder / "image.png", std::string(reinterpret_cast<const char*>(kPng), sizeof kPng));
}
