#include "models/weights/key_map.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "assay/base/error.hpp"
#include "models/weights/weight_contents.hpp"

namespace assay::models::detail {
namespace {

void add_pair(ExpectedTensors& out, const std::string& name, const std::string& key, index rows, index columns) {
    out.push_back({name + ".weight", key + ".weight", {rows, columns}, {}});
    out.push_back({name + ".bias", key + ".bias", {rows}, {}});
}

void add_norm(ExpectedTensors& out, const std::string& name, const std::string& key, index width) {
    out.push_back({name + ".weight", key + ".weight", {width}, {}});
    out.push_back({name + ".bias", key + ".bias", {width}, {}});
}

/// The blocks of Hugging Face's CLIP, the same in both towers.
void add_clip_blocks(ExpectedTensors& out, const TransformerConfig& config, const std::string& prefix) {
    const index width = config.width;
    for (index i = 0; i < config.layers; ++i) {
        const std::string name = "blocks." + std::to_string(i) + ".";
        const std::string key = prefix + std::to_string(i) + ".";
        add_norm(out, name + "norm1", key + "layer_norm1", width);
        add_norm(out, name + "norm2", key + "layer_norm2", width);
        add_pair(out, name + "query", key + "self_attn.q_proj", width, width);
        add_pair(out, name + "key", key + "self_attn.k_proj", width, width);
        add_pair(out, name + "value", key + "self_attn.v_proj", width, width);
        add_pair(out, name + "out", key + "self_attn.out_proj", width, width);
        add_pair(out, name + "up", key + "mlp.fc1", config.intermediate, width);
        add_pair(out, name + "down", key + "mlp.fc2", width, config.intermediate);
    }
}

/// "a, b, c, d, e and 7 more".
std::string listed(const std::vector<std::string>& items) {
    constexpr std::size_t kMost = 5;
    std::string out;
    for (std::size_t i = 0; i < std::min(items.size(), kMost); ++i) out += (i > 0 ? ", " : "") + items[i];
    return items.size() > kMost ? out + " and " + std::to_string(items.size() - kMost) + " more" : out;
}

bool is_floating(WeightType type) {
    return type == WeightType::float64 || type == WeightType::float32 || type == WeightType::float16 ||
           type == WeightType::bfloat16;
}

double half_value(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 0x1F;
    const double fraction = bits & 0x3FF;
    const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000) != 0 ? -size : size;  // infinities and NaN come out finite: the caller checks the range
}

template <class T>
T first_value(const WeightView& view) {
    T value{};
    std::memcpy(&value, view.bytes.data(), sizeof value);
    return value;
}

double scalar_value(const WeightView& view) {
    switch (view.type) {
        case WeightType::float64:
            return first_value<double>(view);
        case WeightType::float32:
            return static_cast<double>(first_value<float>(view));
        case WeightType::float16:
            return half_value(first_value<std::uint16_t>(view));
        default:
            return static_cast<double>(
                std::bit_cast<float>(static_cast<std::uint32_t>(first_value<std::uint16_t>(view)) << 16U));
    }
}

}  // namespace

ExpectedTensors open_clip_vision_keys(const VisionConfig& config) {
    const index width = config.transformer.width;
    const index rows = config.patches() + 1;
    const index p = config.patch_size;
    const std::string trunk = "visual.trunk.";
    ExpectedTensors out{{"class_token", trunk + "cls_token", {width}, {1, 1, width}},
                        {"positions", trunk + "pos_embed", {rows, width}, {1, rows, width}},
                        {"patch.weight", trunk + "patch_embed.proj.weight", {width, 3, p, p}, {}},
                        {"patch.bias", trunk + "patch_embed.proj.bias", {width}, {}},
                        {"projection.weight", "visual.head.proj.weight", {config.embedding_dim, width}, {}}};
    add_norm(out, "norm", trunk + "norm", width);
    for (index i = 0; i < config.transformer.layers; ++i) {
        const std::string name = "blocks." + std::to_string(i) + ".";
        const std::string key = trunk + name;
        add_norm(out, name + "norm1", key + "norm1", width);
        add_norm(out, name + "norm2", key + "norm2", width);
        add_pair(out, name + "qkv", key + "attn.qkv", 3 * width, width);
        add_pair(out, name + "out", key + "attn.proj", width, width);
        add_pair(out, name + "up", key + "mlp.fc1", config.transformer.intermediate, width);
        add_pair(out, name + "down", key + "mlp.fc2", width, config.transformer.intermediate);
    }
    return out;
}

ExpectedTensors hugging_face_vision_keys(const VisionConfig& config) {
    const index width = config.transformer.width;
    const index p = config.patch_size;
    const std::string model = "vision_model.";
    ExpectedTensors out{
        {"class_token", model + "embeddings.class_embedding", {width}, {}},
        {"positions", model + "embeddings.position_embedding.weight", {config.patches() + 1, width}, {}},
        {"patch.weight", model + "embeddings.patch_embedding.weight", {width, 3, p, p}, {}},
        {"projection.weight", "visual_projection.weight", {config.embedding_dim, width}, {}}};
    add_norm(out, "input_norm", model + "pre_layrnorm", width);  // spelt so in every file
    add_norm(out, "norm", model + "post_layernorm", width);
    add_clip_blocks(out, config.transformer, model + "encoder.layers.");
    return out;
}

ExpectedTensors hugging_face_text_keys(const TextConfig& config) {
    const index width = config.transformer.width;
    const std::string model = "text_model.";
    ExpectedTensors out{{"tokens", model + "embeddings.token_embedding.weight", {config.vocabulary, width}, {}},
                        {"positions", model + "embeddings.position_embedding.weight", {config.positions, width}, {}},
                        {"projection.0.weight", "text_projection.weight", {config.embedding_dim, width}, {}}};
    add_norm(out, "norm", model + "final_layer_norm", width);
    add_clip_blocks(out, config.transformer, model + "encoder.layers.");
    return out;
}

ExpectedTensors bert_keys(const TextConfig& config, const std::string& prefix) {
    const index width = config.transformer.width;
    const std::string embeddings = prefix + "embeddings.";
    ExpectedTensors out{{"tokens", embeddings + "word_embeddings.weight", {config.vocabulary, width}, {}},
                        {"positions", embeddings + "position_embeddings.weight", {config.positions, width}, {}},
                        {"token_types", embeddings + "token_type_embeddings.weight", {2, width}, {}}};
    add_norm(out, "norm", embeddings + "LayerNorm", width);
    for (index i = 0; i < config.transformer.layers; ++i) {
        const std::string name = "blocks." + std::to_string(i) + ".";
        const std::string key = prefix + "encoder.layer." + std::to_string(i) + ".";
        add_norm(out, name + "norm1", key + "attention.output.LayerNorm", width);
        add_norm(out, name + "norm2", key + "output.LayerNorm", width);
        add_pair(out, name + "query", key + "attention.self.query", width, width);
        add_pair(out, name + "key", key + "attention.self.key", width, width);
        add_pair(out, name + "value", key + "attention.self.value", width, width);
        add_pair(out, name + "out", key + "attention.output.dense", width, width);
        add_pair(out, name + "up", key + "intermediate.dense", config.transformer.intermediate, width);
        add_pair(out, name + "down", key + "output.dense", width, config.transformer.intermediate);
    }
    return out;
}

void add_open_clip_projection(const TextConfig& config, ExpectedTensors& out) {
    const index width = config.transformer.width;
    const index between = (width + config.embedding_dim) / 2;
    if (config.projection == Projection::linear) {
        out.push_back({"projection.0.weight", "text.proj.weight", {config.embedding_dim, width}, {}});
    } else if (config.projection == Projection::mlp) {
        out.push_back({"projection.0.weight", "text.proj.0.weight", {between, width}, {}});
        out.push_back({"projection.1.weight", "text.proj.2.weight", {config.embedding_dim, between}, {}});
    }
}

KeyMap::KeyMap(const WeightFile& file) {
    const std::string wrapped = "module.";
    const auto& tensors = file.tensors();
    const bool all = std::all_of(tensors.begin(), tensors.end(),
                                 [&](const WeightView& view) { return view.name.starts_with(wrapped); });
    for (const WeightView& view : tensors) keys_.emplace(all ? view.name.substr(wrapped.size()) : view.name, &view);
}

bool KeyMap::has_prefix(const std::string& prefix) const {
    const auto at = keys_.lower_bound(prefix);
    return at != keys_.end() && at->first.starts_with(prefix);
}

const WeightView* KeyMap::find(const std::string& key) const {
    const auto found = keys_.find(key);
    return found == keys_.end() ? nullptr : found->second;
}

WeightMap KeyMap::take(const ExpectedTensors& expected) {
    WeightMap out;
    for (const ExpectedTensor& tensor : expected) {
        const WeightView* view = find(tensor.key);
        if (view == nullptr) {
            missing_.push_back(shown(tensor.key));
            continue;
        }
        used_[tensor.key] = true;
        const std::vector<index>& shape = tensor.stored_shape.empty() ? tensor.shape : tensor.stored_shape;
        if (view->shape != shape || !is_floating(view->type)) {
            wrong_.push_back(shown(tensor.key) + " of " + shape_text(shape) + ", got " + shape_text(view->shape) +
                             " of " + std::string(name_of(view->type)));
            continue;
        }
        out[tensor.name] = {tensor.name, view->type, tensor.shape, view->bytes};
    }
    return out;
}

double KeyMap::take_scalar(const std::string& key) {
    const WeightView* view = find(key);
    if (view == nullptr) {
        missing_.push_back(shown(key));
        return 0;
    }
    used_[key] = true;
    const bool one = view->shape.empty() || view->shape == std::vector<index>{1};
    const double value = one && is_floating(view->type) ? scalar_value(*view) : std::nan("");
    // e^10 is twenty times what any CLIP is trained to; a number beyond it was not read as it was written.
    if (!(std::abs(value) <= 10)) wrong_.push_back(shown(key) + " of [] between -10 and 10");
    return value;
}

void KeyMap::ignore(const std::string& prefix) {
    for (auto at = keys_.lower_bound(prefix); at != keys_.end() && at->first.starts_with(prefix); ++at) {
        used_[at->first] = true;
    }
}

void KeyMap::finish(const std::string& where) const {
    std::vector<std::string> unexpected;
    for (const auto& [key, view] : keys_) {
        if (!used_.contains(key)) unexpected.push_back(shown(key));
    }
    if (missing_.empty() && wrong_.empty() && unexpected.empty()) return;
    std::string text = where + ": expected the tensors of its configuration";
    if (!missing_.empty()) text += "; missing " + std::to_string(missing_.size()) + ": " + listed(missing_);
    if (!wrong_.empty()) text += "; of another shape or type " + std::to_string(wrong_.size()) + ": " + listed(wrong_);
    if (!unexpected.empty()) text += "; unexpected " + std::to_string(unexpected.size()) + ": " + listed(unexpected);
    throw ValueError(text);
}

}  // namespace assay::models::detail
