#pragma once

#include <pybind11/pybind11.h>

#include <exception>

#include "assay/base/error.hpp"

namespace assay::bindings {

/// Translates the C++ exceptions of error.hpp into the classes of assay/errors.py, for the functions of one extension
/// module beside assay._core: those that are loaded on first use.
inline void register_local_errors() {
    pybind11::register_local_exception_translator([](std::exception_ptr pending) {
        if (!pending) return;
        const auto raise = [](const char* name, const std::exception& error) {
            PyErr_SetString(pybind11::module_::import("assay.errors").attr(name).ptr(), error.what());
        };
        try {
            std::rethrow_exception(pending);
        } catch (const ShapeError& error) {
            raise("ShapeError", error);
        } catch (const ValueError& error) {
            raise("ValueError", error);
        } catch (const StateError& error) {
            raise("StateError", error);
        } catch (const IoError& error) {
            raise("IoError", error);
        } catch (const Error& error) {
            raise("Error", error);
        }
    });
}

}  // namespace assay::bindings
