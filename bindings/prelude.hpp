#pragma once

// What every binding file needs. pybind11/numpy.h, functional.h and chrono.h are included where they are used.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace assay::bindings {

namespace py = pybind11;

/// Translates the C++ exceptions of error.hpp into the classes of assay.errors.
void bind_errors();

// void bind_<thing>(py::module_& module) for every line of the registry.
#define ASSAY_BIND(layer, thing) void bind_##thing(py::module_& module);
#include "registry.inc"
#undef ASSAY_BIND

}  // namespace assay::bindings
