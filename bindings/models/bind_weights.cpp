#include <pybind11/numpy.h>

#include "assay/base/error.hpp"
#include "assay/models/text/byte_pair.hpp"
#include "assay/models/text/wordpiece.hpp"
#include "assay/models/weights/model_files.hpp"
#include "assay/models/weights/safetensors.hpp"
#include "assay/models/weights/weight_file.hpp"
#include "prelude.hpp"

// Weight files as NumPy views, and the tokenizers of BERT and CLIP.
namespace assay::bindings {
namespace {

using models::BytePair;
using models::TokenIds;
using models::WeightFile;
using models::WeightType;
using models::WeightView;
using models::WordPiece;

const WeightView& tensor_of(const WeightFile& file, const std::string& name) {
    const WeightView* view = file.find(name);
    if (view == nullptr) throw py::key_error(name);
    return *view;
}

/// A read-only array on the mapped bytes, which keeps the file's mapping alive; NumPy has no bfloat16, so that its bits
/// are uint16.
py::array view_of(const WeightFile& file, const std::string& name) {
    const WeightView& view = tensor_of(file, name);
    const std::string type(view.type == WeightType::bfloat16 ? "uint16" : name_of(view.type));
    const std::vector<py::ssize_t> shape(view.shape.begin(), view.shape.end());
    auto owner = std::make_unique<WeightFile>(file);
    const py::capsule base(owner.get(), [](void* held) { delete static_cast<WeightFile*>(held); });
    owner.release();
    // An empty tensor has no bytes, and NumPy would allocate for a null pointer.
    const void* data = view.bytes.empty() ? static_cast<const void*>("") : view.bytes.data();
    py::array out(py::dtype(type), shape, data, base);
    out.attr("setflags")(py::arg("write") = false);
    return out;
}

void bind_weight_file(py::module_& m) {
    py::class_<WeightFile>(m, "WeightFile", "The tensors of a .safetensors file or of a PyTorch .bin; nothing is run.")
        .def_static("open", &WeightFile::open, py::arg("path"), py::call_guard<py::gil_scoped_release>())
        .def_property_readonly("names",
                               [](const WeightFile& file) {
                                   std::vector<std::string> out;
                                   for (const WeightView& view : file.tensors()) out.push_back(view.name);
                                   return out;
                               })
        .def_property_readonly("metadata", &WeightFile::metadata)
        .def(
            "dtype",
            [](const WeightFile& file, const std::string& name) {
                return std::string(name_of(tensor_of(file, name).type));
            },
            py::arg("name"), "\"float32\", \"bfloat16\", …")
        .def("view", &view_of, py::arg("name"), "A read-only array on the file's bytes; bfloat16 as uint16.")
        .def("__contains__", [](const WeightFile& file, const std::string& name) { return file.find(name) != nullptr; })
        .def("__len__", [](const WeightFile& file) { return file.tensors().size(); })
        .def(
            "save_safetensors",
            [](const WeightFile& file, const std::filesystem::path& path) {
                write_safetensors(path, file.tensors(), file.metadata());
            },
            py::arg("path"), py::call_guard<py::gil_scoped_release>());
}

}  // namespace

void bind_weights(py::module_& m) {
    bind_weight_file(m);
    m.def("model_files", &models::model_files, py::arg("path"), py::call_guard<py::gil_scoped_release>(),
          "The weights of a folder or file, and the configuration and tokenizer's files beside them that are there.");
    py::class_<TokenIds>(m, "TokenIds", "Token ids of one text, and what did not fit.")
        .def_readonly("ids", &TokenIds::ids, "special tokens at both ends")
        .def_readonly("left_out", &TokenIds::left_out, "tokens cut off at the end; 0 where the text fitted");
    py::class_<WordPiece>(m, "WordPiece",
                          "Uncased BERT's tokenizer, with the ids Hugging Face's BertTokenizerFast gives.")
        .def_static("from_vocabulary", &WordPiece::from_vocabulary, py::arg("vocab_txt"))
        .def("tokenize", &WordPiece::tokenize, py::arg("text"), py::kw_only(), py::arg("most_tokens") = 256,
             py::call_guard<py::gil_scoped_release>())
        .def("encode", &WordPiece::encode, py::arg("text"), py::kw_only(), py::arg("most_tokens") = 256,
             py::call_guard<py::gil_scoped_release>(), "`tokenize(text, most_tokens).ids`.")
        .def("token", &WordPiece::token, py::arg("id"))
        .def_property_readonly("padding_id", &WordPiece::padding_id)
        .def("__len__", &WordPiece::vocabulary_size)
        .def("__repr__",
             [](const WordPiece& t) { return "<WordPiece of " + std::to_string(t.vocabulary_size()) + " tokens>"; });
    py::class_<BytePair>(m, "BytePair", "CLIP's tokenizer, with the ids Hugging Face's CLIPTokenizerFast gives.")
        .def_static("from_files", &BytePair::from_files, py::arg("vocab_json"), py::arg("merges_txt"))
        .def("tokenize", &BytePair::tokenize, py::arg("text"), py::kw_only(), py::arg("most_tokens") = 77,
             py::call_guard<py::gil_scoped_release>())
        .def("encode", &BytePair::encode, py::arg("text"), py::kw_only(), py::arg("most_tokens") = 77,
             py::call_guard<py::gil_scoped_release>(), "`tokenize(text, most_tokens).ids`.")
        .def_property_readonly("end_id", &BytePair::end_id)
        .def("__len__", &BytePair::vocabulary_size)
        .def("__repr__",
             [](const BytePair& t) { return "<BytePair of " + std::to_string(t.vocabulary_size()) + " tokens>"; });
}

}  // namespace assay::bindings
