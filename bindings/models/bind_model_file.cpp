#include <string>
#include <utility>

#include "assay/models/model_file.hpp"
#include "prelude.hpp"

// The file of a trained model.
namespace assay::bindings {

void bind_model_file(py::module_& m) {
    using models::ModelFile;
    const auto parts = [](const ModelFile& file) {
        return std::pair<std::string, py::bytes>(file.header, py::bytes(file.payload));
    };
    m.def(
        "save_model_file",
        [](const std::filesystem::path& path, std::string header, const py::bytes& payload) {
            ModelFile{std::move(header), std::string(payload)}.save(path);
        },
        py::arg("path"), py::arg("header"), py::arg("payload"),
        "Write a model, whole or not at all; `header`: JSON, an object with a text `kind`.");
    m.def(
        "load_model_file", [parts](const std::filesystem::path& path) { return parts(ModelFile::load(path)); },
        py::arg("path"), "(header, payload); IoError where the file is cut short, changed, or of a newer Assay.");
    m.def("load_model_header", &ModelFile::load_header, py::arg("path"), "The header without what follows it.");
}

}  // namespace assay::bindings
