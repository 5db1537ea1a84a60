#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "../local_errors.hpp"
#include "assay/base/error.hpp"
#include "assay/models/clip/clip.hpp"

// The extension module assay._torch: encoders of the CLIP matcher. Loaded on first use by assay/models/_libtorch.py.
namespace assay::bindings {

namespace py = pybind11;

void bind_configs(py::module_& m);       // bind_configs.cpp
void bind_device_index(py::module_& m);  // bind_device_index.cpp
void bind_zero_shot(py::module_& m);     // bind_zero_shot.cpp

namespace {

using namespace models;
using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;

using Arrays = std::map<std::string, py::array>;

WeightType type_of(const std::string& name, const py::array& array) {
    if (array.dtype().is(py::dtype::of<float>())) return WeightType::float32;
    if (array.dtype().is(py::dtype::of<double>())) return WeightType::float64;
    if (array.dtype().kind() == 'f' && array.itemsize() == 2) return WeightType::float16;
    throw ValueError("weights: expected '" + name + "' of float16, float32 or float64");
}

/// Views of arrays; those that are not row-major are replaced by copies.
WeightMap views_of(Arrays& arrays) {
    WeightMap views;
    for (auto& [name, array] : arrays) {
        array = py::array::ensure(array, py::array::c_style);
        const auto* bytes = static_cast<const std::byte*>(array.data());
        views[name] = {name, type_of(name, array), std::vector<index>(array.shape(), array.shape() + array.ndim()),
                       std::span(bytes, static_cast<std::size_t>(array.nbytes()))};
    }
    return views;
}

template <class Encoder, class Config>
py::class_<Encoder> bind_encoder(py::module_& m, const char* name, const char* doc) {
    return py::class_<Encoder>(m, name, doc)
        .def(py::init([](const Config& config, Arrays weights, const std::string& device, const std::string& dtype) {
                 const WeightMap views = views_of(weights);
                 const py::gil_scoped_release release;
                 return Encoder(config, views, {device, dtype});
             }),
             py::arg("config"), py::arg("weights"), py::kw_only(), py::arg("device") = "auto",
             py::arg("dtype") = "auto")
        .def_property_readonly("config", [](const Encoder& self) { return self.config(); })
        .def_property_readonly("dim", &Encoder::dim)
        .def_property_readonly("device", &Encoder::device)
        .def_property_readonly("dtype", &Encoder::dtype);
}

/// Checks the shape, makes the result and calls work(pixels, embeddings) without the GIL.
template <class Work>
Floats encode_images(const Floats& pixels, index side, index dim, const Work& work) {
    if (pixels.ndim() != 4 || pixels.shape(1) != 3 || pixels.shape(2) != side || pixels.shape(3) != side) {
        const std::vector<index> shape(pixels.shape(), pixels.shape() + pixels.ndim());
        const std::string text = std::to_string(side);
        throw ShapeError("encode: expected pixels of shape [n, 3, " + text + ", " + text + "], got " +
                         shape_text(shape));
    }
    Floats result({pixels.shape(0), dim});
    const std::span in(pixels.data(), static_cast<std::size_t>(pixels.size()));
    const std::span out(result.mutable_data(), static_cast<std::size_t>(result.size()));
    const py::gil_scoped_release release;
    work(in, out);
    return result;
}

Floats encode_pixels(const VisionEncoder& self, const Floats& pixels, bool unit) {
    return encode_images(pixels, self.config().image_size, self.dim(),
                         [&](std::span<const float> in, std::span<float> out) { self.encode(in, out, unit); });
}

Floats encode_clip_pixels(const Clip& self, const Floats& pixels) {
    return encode_images(pixels, self.vision().config().image_size, self.dim(),
                         [&](std::span<const float> in, std::span<float> out) { self.encode_pixels(in, out); });
}

struct Ragged {
    std::vector<std::int32_t> ids;
    std::vector<index> ends;

    explicit Ragged(const std::vector<std::vector<std::int32_t>>& texts) {
        for (const auto& text : texts) {
            ids.insert(ids.end(), text.begin(), text.end());
            ends.push_back(std::ssize(ids));
        }
    }
};

/// Of a TextEncoder (with whether to scale) or a TextModel.
template <class Encoder, class... Unit>
Floats encode_tokens(const Encoder& self, const std::vector<std::vector<std::int32_t>>& texts, Unit... unit) {
    const Ragged tokens(texts);
    Floats result({std::ssize(texts), self.dim()});
    const std::span out(result.mutable_data(), static_cast<std::size_t>(result.size()));
    const py::gil_scoped_release release;
    if constexpr (sizeof...(unit) > 0) {
        self.encode(tokens.ids, tokens.ends, out, unit...);
    } else {
        self.encode_tokens(tokens.ids, tokens.ends, out);
    }
    return result;
}

py::tuple encode_texts(const TextModel& self, const std::vector<std::string>& texts) {
    TextEmbeddings found;
    {
        const py::gil_scoped_release release;
        found = self.encode(texts);
    }
    Floats rows({std::ssize(texts), self.dim()});
    std::copy(found.rows.begin(), found.rows.end(), rows.mutable_data());
    return py::make_tuple(rows, found.truncated);
}

template <class Model>
py::class_<Model> bind_model(py::module_& m, const char* name, const char* doc) {
    return py::class_<Model>(m, name, doc)
        .def(py::init([](const std::filesystem::path& path, const std::string& device, const std::string& dtype) {
                 const py::gil_scoped_release release;
                 return Model::from_pretrained(path, {device, dtype});
             }),
             py::arg("path"), py::kw_only(), py::arg("device") = "auto", py::arg("dtype") = "auto")
        .def_property_readonly("dim", &Model::dim);
}

template <class Model, class Get>
void bind_texts(py::class_<Model>& cls, Get text_model) {
    cls.def(
        "encode_texts",
        [=](const Model& self, const std::vector<std::string>& texts) { return encode_texts(text_model(self), texts); },
        py::arg("texts"), "[n, dim], and the positions of texts that were cut.");
    cls.def(
        "encode_tokens",
        [=](const Model& self, const std::vector<std::vector<std::int32_t>>& texts) {
            return encode_tokens(text_model(self), texts);
        },
        py::arg("texts"), "Token ids of n texts, special tokens included, to [n, dim].");
    cls.def_property_readonly("text_config", [=](const Model& self) { return text_model(self).encoder().config(); });
    cls.def_property_readonly("has_tokenizer", [=](const Model& self) { return text_model(self).has_tokenizer(); });
    cls.def_property_readonly("device", [=](const Model& self) { return text_model(self).encoder().device(); });
    cls.def_property_readonly("dtype", [=](const Model& self) { return text_model(self).encoder().dtype(); });
}

void bind_models(py::module_& m) {
    auto text = bind_model<TextModel>(m, "TextModel", "A text encoder with its tokenizer.");
    bind_texts(text, [](const TextModel& self) -> const TextModel& { return self; });
    auto clip = bind_model<Clip>(m, "Clip", "Images and texts in one space.");
    bind_texts(clip, [](const Clip& self) -> const TextModel& { return self.text(); });
    clip.def("encode_pixels", &encode_clip_pixels, py::arg("pixels"), "[n, 3, size, size] to [n, dim].")
        .def_property_readonly("logit_scale", &Clip::logit_scale, "natural logarithm of the factor on cosines")
        .def_property_readonly("mean", [](const Clip& self) { return self.preprocessor().options().mean; })
        .def_property_readonly("std", [](const Clip& self) { return self.preprocessor().options().std; })
        .def_property_readonly("image_size", [](const Clip& self) { return self.vision().config().image_size; })
        .def_property_readonly("vision_config", [](const Clip& self) { return self.vision().config(); });
}

}  // namespace

void bind_torch(py::module_& m) {
    bind_configs(m);
    bind_encoder<VisionEncoder, VisionConfig>(m, "VisionEncoder", "A vision transformer: pixels to embeddings.")
        .def("encode", &encode_pixels, py::arg("pixels"), py::kw_only(), py::arg("unit") = true,
             "[n, 3, size, size] to [n, dim].");
    bind_encoder<TextEncoder, TextConfig>(m, "TextEncoder", "A text transformer: token ids to embeddings.")
        .def("encode", &encode_tokens<TextEncoder, bool>, py::arg("texts"), py::kw_only(), py::arg("unit") = true,
             "Token ids of n texts, special tokens included, no padding, to [n, dim].");
    bind_models(m);
    bind_device_index(m);
    bind_zero_shot(m);
}

}  // namespace assay::bindings

PYBIND11_MODULE(_torch, module) {
    module.doc() = "Encoders on libtorch; private, use assay.models.";
    assay::bindings::register_local_errors();
    assay::bindings::bind_torch(module);
}
