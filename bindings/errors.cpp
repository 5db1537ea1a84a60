#include "assay/base/error.hpp"

#include <filesystem>

#include "assay/tracking/rest/error.hpp"
#include "prelude.hpp"

// The one place where C++ exceptions become Python's, the classes of assay/errors.py.
namespace assay::bindings {
namespace {

/// Never released: C++ may throw while the interpreter shuts down.
struct Kinds {
    py::handle error, shape, schema, value, state, io, http, auth;
};

Kinds& kinds() {
    static Kinds instance;
    return instance;
}

void raise(py::handle type, const std::exception& error) { PyErr_SetString(type.ptr(), error.what()); }

void raise_http(py::handle type, const HttpError& error) {
    const py::object instance = type(error.what(), error.status(), error.error_code());
    PyErr_SetObject(type.ptr(), instance.ptr());
}

/// The class of the same name as the kind, with the server's own words beside the text.
void raise_mlflow(const tracking::MlflowError& error) {
    const py::object type = py::module_::import("assay.errors").attr(error.kind());
    const py::object instance = type(error.what(), error.status(), error.error_code());
    instance.attr("server_words") = error.server_words();
    instance.attr("transient") = error.transient();
    PyErr_SetObject(type.ptr(), instance.ptr());
}

/// Most derived kinds first: a handler for a base would take them all.
void translate(std::exception_ptr pending) {
    if (!pending) return;
    try {
        std::rethrow_exception(pending);
    } catch (const tracking::MlflowError& e) {
        raise_mlflow(e);
    } catch (const AuthError& e) {
        raise_http(kinds().auth, e);
    } catch (const HttpError& e) {
        raise_http(kinds().http, e);
    } catch (const ShapeError& e) {
        raise(kinds().shape, e);
    } catch (const SchemaError& e) {
        raise(kinds().schema, e);
    } catch (const ValueError& e) {
        raise(kinds().value, e);
    } catch (const StateError& e) {
        raise(kinds().state, e);
    } catch (const IoError& e) {
        raise(kinds().io, e);
    } catch (const Error& e) {
        raise(kinds().error, e);
    } catch (const std::filesystem::filesystem_error& e) {
        raise(kinds().io, e);
    }
}

}  // namespace

void bind_errors() {
    const py::module_ errors = py::module_::import("assay.errors");
    const auto kind = [&](const char* name) { return py::handle(errors.attr(name)).inc_ref(); };
    kinds() = {kind("Error"),      kind("ShapeError"), kind("SchemaError"), kind("ValueError"),
               kind("StateError"), kind("IoError"),    kind("HttpError"),   kind("AuthError")};
    py::register_exception_translator(&translate);
}

}  // namespace assay::bindings
