#include <pybind11/numpy.h>

#include "assay/models/text/wordpiece.hpp"
#include "prelude.hpp"

// Weight files as NumPy views, and the tokenizer of BERT.
namespace assay::bindings {
namespace {

using models::TokenIds;
using models::WordPiece;

}  // namespace

void bind_weights(py::module_& m) {
    py::class_<TokenIds>(m, "TokenIds", "Token ids of one text, and what did not fit.")
        .def_readonly("ids", &TokenIds::ids, "[CLS] … [SEP]")
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
}

}  // namespace assay::bindings
