#include "prelude.hpp"

namespace py = pybind11;

// Declared once more: a compiler cache may hand out a precompiled prelude that knows an older registry.
namespace assay::bindings {
#define ASSAY_BIND(layer, thing) void bind_##thing(py::module_& module);
#include "registry.inc"
#undef ASSAY_BIND
}  // namespace assay::bindings

PYBIND11_MODULE(_core, core) {
    core.doc() = "Compiled core of Assay; private, use assay.data, assay.features, ...";
    core.attr("__version__") = ASSAY_VERSION;
    assay::bindings::bind_errors();

    py::module_ base = core.def_submodule("base", "Time, random numbers, threads, secrets, HTTP");
    py::module_ data = core.def_submodule("data", "Tables, readers, quality rules, privacy");
    py::module_ features = core.def_submodule("features", "Clinical features and statistics");
    py::module_ models = core.def_submodule("models", "Models and note writers");
    py::module_ judge = core.def_submodule("judge", "Judges, rubrics, gates");
    py::module_ tracking = core.def_submodule("tracking", "Runs, journal, registry");
#define ASSAY_BIND(layer, thing) assay::bindings::bind_##thing(layer);
#include "registry.inc"
#undef ASSAY_BIND
}
