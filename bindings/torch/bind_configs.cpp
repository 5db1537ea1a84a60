#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "assay/base/error.hpp"
#include "assay/models/clip/encoder_config.hpp"

// The shapes of the encoders.
namespace assay::bindings {

namespace py = pybind11;

void bind_configs(py::module_& m);

namespace {

using namespace models;

/// An enum's members by their Python names.
template <class Enum>
using Names = std::vector<std::pair<const char*, Enum>>;

const Names<Activation> kActivations{{"gelu", Activation::gelu}, {"quick_gelu", Activation::quick_gelu}};
const Names<Pooling> kPoolings{{"cls", Pooling::cls}, {"mean", Pooling::mean}, {"last", Pooling::last}};
const Names<Projection> kProjections{
    {"none", Projection::none}, {"linear", Projection::linear}, {"mlp", Projection::mlp}};

template <class Enum>
Enum member_of(const Names<Enum>& names, const std::string& text, const char* what) {
    std::string known;
    for (const auto& [name, value] : names) {
        if (text == name) return value;
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw ValueError(std::string(what) + ": expected one of " + known + ", got '" + text + "'");
}

template <class Config, class Enum, class Get>
void bind_choice(py::class_<Config>& cls, const char* name, const Names<Enum>& names, Get get) {
    cls.def_property(
        name,
        [&names, get](Config& self) -> std::string {
            for (const auto& [text, value] : names) {
                if (value == get(self)) return text;
            }
            return "";
        },
        [&names, get, name](Config& self, const std::string& text) { get(self) = member_of(names, text, name); });
}

template <class Config, class Get>
void bind_value(py::class_<Config>& cls, const char* name, Get get) {
    using Value = std::remove_reference_t<std::invoke_result_t<Get, Config&>>;
    cls.def_property(
        name, [get](Config& self) -> Value { return get(self); }, [get](Config& self, Value v) { get(self) = v; });
}

/// The members of TransformerConfig are those of the configuration that holds one.
template <class Config>
void bind_transformer(py::class_<Config>& cls) {
    bind_value(cls, "width", [](Config& c) -> index& { return c.transformer.width; });
    bind_value(cls, "layers", [](Config& c) -> index& { return c.transformer.layers; });
    bind_value(cls, "heads", [](Config& c) -> index& { return c.transformer.heads; });
    bind_value(cls, "intermediate", [](Config& c) -> index& { return c.transformer.intermediate; });
    bind_value(cls, "epsilon", [](Config& c) -> double& { return c.transformer.epsilon; });
    bind_value(cls, "pre_norm", [](Config& c) -> bool& { return c.transformer.pre_norm; });
    bind_value(cls, "causal", [](Config& c) -> bool& { return c.transformer.causal; });
    bind_choice(cls, "activation", kActivations, [](Config& c) -> Activation& { return c.transformer.activation; });
}

template <class Config>
void bind_replace(py::class_<Config>& cls) {
    cls.def(
        "replace",
        [](const Config& self, const py::kwargs& members) {
            py::object copy = py::cast(Config(self));
            for (const auto& [name, value] : members) {
                if (!py::hasattr(copy, name)) {
                    throw ValueError("replace: there is no member '" + py::cast<std::string>(name) + "'");
                }
                py::setattr(copy, name, value);
            }
            validate(copy.cast<const Config&>());
            return copy;
        },
        "A copy with other members.");
}

}  // namespace

void bind_configs(py::module_& m) {
    py::class_<VisionConfig> vision(m, "VisionConfig", "A vision transformer's shape.");
    bind_transformer(vision);
    bind_value(vision, "image_size", [](VisionConfig& c) -> index& { return c.image_size; });
    bind_value(vision, "patch_size", [](VisionConfig& c) -> index& { return c.patch_size; });
    bind_value(vision, "embedding_dim", [](VisionConfig& c) -> index& { return c.embedding_dim; });
    bind_value(vision, "patch_bias", [](VisionConfig& c) -> bool& { return c.patch_bias; });
    bind_value(vision, "input_norm", [](VisionConfig& c) -> bool& { return c.input_norm; });
    bind_replace(vision);
    vision.def_static("biomedclip", &biomedclip_vision);
    vision.def_static("openai_clip", &openai_clip_vision, py::kw_only(), py::arg("patch_size"));

    py::class_<TextConfig> text(m, "TextConfig", "A text transformer's shape.");
    bind_transformer(text);
    bind_value(text, "vocabulary", [](TextConfig& c) -> index& { return c.vocabulary; });
    bind_value(text, "positions", [](TextConfig& c) -> index& { return c.positions; });
    bind_value(text, "most_tokens", [](TextConfig& c) -> index& { return c.most_tokens; });
    bind_value(text, "token_types", [](TextConfig& c) -> bool& { return c.token_types; });
    bind_value(text, "embedding_dim", [](TextConfig& c) -> index& { return c.embedding_dim; });
    bind_choice(text, "pooling", kPoolings, [](TextConfig& c) -> Pooling& { return c.pooling; });
    bind_choice(text, "projection", kProjections, [](TextConfig& c) -> Projection& { return c.projection; });
    bind_replace(text);
    text.def_static("biomedclip", &biomedclip_text);
    text.def_static("openai_clip", &openai_clip_text);
    text.def_static("minilm", &minilm_text);
}

}  // namespace assay::bindings
