#include "assay/base/error.hpp"

#include <filesystem>

#include "prelude.hpp"

// The one place where C++ exceptions become Python's. Every kind derives from assay.Error and from the builtin that
// Python code already catches.
namespace assay::bindings {
namespace {

/// The Python types live as long as the process: C++ may throw while the interpreter shuts down.
struct Kinds {
    py::handle error, shape, schema, value, state, io, http, auth;
};

Kinds& kinds() {
    static Kinds instance;
    return instance;
}

py::handle make_kind(py::module_& core, const char* name, const char* doc, const py::tuple& bases,
                     const py::dict& members = {}) {
    const std::string qualified = std::string("assay.") + name;
    PyObject* type = PyErr_NewExceptionWithDoc(qualified.c_str(), doc, bases.ptr(), members.ptr());
    if (type == nullptr) throw py::error_already_set();
    core.add_object(name, type);
    return type;
}

void raise(py::handle type, const std::exception& error) { PyErr_SetString(type.ptr(), error.what()); }

void raise_http(py::handle type, const HttpError& error) {
    const py::object instance = py::reinterpret_borrow<py::object>(type)(error.what());
    instance.attr("status") = error.status();
    instance.attr("error_code") = error.error_code();
    PyErr_SetObject(type.ptr(), instance.ptr());
}

/// Most derived kinds first: a handler for a base would take them all.
void translate(std::exception_ptr pending) {
    if (!pending) return;
    try {
        std::rethrow_exception(pending);
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

void bind_errors(py::module_& core) {
    const auto builtin = [](PyObject* type) { return py::handle(type); };
    Kinds& k = kinds();
    k.error = make_kind(core, "Error", "Root of all errors raised by Assay.",
                        py::make_tuple(builtin(PyExc_Exception)));
    k.shape = make_kind(core, "ShapeError", "Lengths or dimensions that do not fit each other.",
                        py::make_tuple(k.error, builtin(PyExc_ValueError)));
    k.schema = make_kind(core, "SchemaError", "A table that is not what its schema says.",
                         py::make_tuple(k.error, builtin(PyExc_ValueError)));
    k.value = make_kind(core, "ValueError", "A value outside what the function accepts.",
                        py::make_tuple(k.error, builtin(PyExc_ValueError)));
    k.state = make_kind(core, "StateError", "A call that the object's present state does not allow.",
                        py::make_tuple(k.error, builtin(PyExc_RuntimeError)));
    k.io = make_kind(core, "IoError", "A file, folder or stream that cannot be read or written.",
                     py::make_tuple(k.error, builtin(PyExc_OSError)));

    // Class attributes, so that an instance made in Python has them too.
    py::dict members;
    members["status"] = 0;
    members["error_code"] = "";
    k.http = make_kind(core, "HttpError", "A server that could not be reached or answered with an error.",
                       py::make_tuple(k.error, builtin(PyExc_ConnectionError)), members);
    k.auth = make_kind(core, "AuthError", "A server that refused the credentials, or a key that is missing.",
                       py::make_tuple(k.http, builtin(PyExc_PermissionError)));
    py::register_exception_translator(&translate);
}

}  // namespace assay::bindings
