#include "models/weights/model_folder.hpp"

#include <cmath>

#include "assay/base/error.hpp"
#include "assay/base/file.hpp"
#include "assay/models/weights/model_files.hpp"

namespace assay::models::detail {
namespace {

namespace fs = std::filesystem;

// As open_clip, transformers and sentence-transformers name them, those without a pickle first.
constexpr std::array<const char*, 5> kWeightNames{"open_clip_model.safetensors", "open_clip_pytorch_model.safetensors",
                                                  "model.safetensors", "open_clip_pytorch_model.bin",
                                                  "pytorch_model.bin"};

// Besides the weights. Those that Assay does not read (tokenizer.json, special_tokens_map.json) serve transformers.
constexpr std::array<const char*, 9> kNamesBeside{"open_clip_config.json",
                                                  "config.json",
                                                  "preprocessor_config.json",
                                                  "vocab.txt",
                                                  "vocab.json",
                                                  "merges.txt",
                                                  "tokenizer.json",
                                                  "tokenizer_config.json",
                                                  "special_tokens_map.json"};

constexpr int kMostLevels = 64;

}  // namespace

fs::path ModelFolder::beside(const std::string& name) const {
    std::error_code ignored;
    const fs::path path = folder / name;
    return fs::is_regular_file(path, ignored) ? path : fs::path();
}

ModelFolder find_model(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) return {path, path.parent_path()};
    std::string names;
    for (const char* name : kWeightNames) {
        if (fs::is_regular_file(path / name, ignored)) return {path / name, path};
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    if (fs::is_regular_file(path / "model.safetensors.index.json", ignored)) {
        throw IoError(path.string() + ": expected one weight file, got model.safetensors in several pieces");
    }
    throw IoError(path.string() + ": expected a weight file (" + names + "), got none; copy the model's folder whole");
}

ModelConfig::ModelConfig(const fs::path& path) : where_(path.string()) {
    // A document is copied level by level on the stack, which a deep one would exhaust.
    const auto shallow = [this](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        if (depth > kMostLevels) throw IoError(where_ + ": expected a JSON object of at most 64 levels, got more");
        return true;
    };
    json_ = nlohmann::json::parse(read_file(path), shallow, false);
    if (!json_.is_object()) throw IoError(where_ + ": expected a JSON object, got something else");
}

ModelConfig ModelConfig::within(const std::string& key) const {
    if (!has(key)) return {where_, nlohmann::json::object()};
    if (!json_[key].is_object()) refuse(key, "an object");
    return {where_, json_[key]};
}

void ModelConfig::refuse(const std::string& key, const char* expected) const {
    throw ValueError(where_ + ": expected " + expected + " as " + key + ", got another value");
}

index ModelConfig::whole(const std::string& key, index otherwise) const {
    if (!has(key)) return otherwise;
    const nlohmann::json& value = json_[key];
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() < 1 ||
        value.get<std::uint64_t>() > (std::uint64_t{1} << 31U)) {
        refuse(key, "a whole number from 1");
    }
    return value.get<index>();
}

double ModelConfig::number(const std::string& key, double otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_[key].is_number()) refuse(key, "a number");
    return json_[key].get<double>();
}

std::string ModelConfig::text(const std::string& key, const std::string& otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_[key].is_string()) refuse(key, "a text");
    return json_[key].get<std::string>();
}

bool ModelConfig::flag(const std::string& key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!json_[key].is_boolean()) refuse(key, "true or false");
    return json_[key].get<bool>();
}

std::optional<std::array<float, 3>> ModelConfig::three(const std::string& key) const {
    if (!has(key)) return std::nullopt;
    const nlohmann::json& value = json_[key];
    std::array<float, 3> out{};
    if (!value.is_array() || value.size() != out.size()) refuse(key, "three numbers");
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (!value[i].is_number()) refuse(key, "three numbers");
        out[i] = value[i].get<float>();
    }
    return out;
}

}  // namespace assay::models::detail

namespace assay::models {

std::vector<std::filesystem::path> model_files(const std::filesystem::path& path) {
    const detail::ModelFolder found = detail::find_model(path);
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(found.weights, ignored)) {
        throw IoError(path.string() + ": expected a weight file, got none");
    }
    std::vector<std::filesystem::path> files{found.weights};
    for (const char* name : detail::kNamesBeside) {
        if (std::filesystem::path file = found.beside(name); !file.empty()) files.push_back(std::move(file));
    }
    return files;
}

}  // namespace assay::models
