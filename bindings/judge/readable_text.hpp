#pragma once

#include <string>

#include "prelude.hpp"

namespace assay::bindings {

/// Evidence may begin or end within a character of broken text; Python gets the replacement character there.
inline py::str readable_text(const std::string& bytes) {
    return py::reinterpret_steal<py::str>(
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace"));
}

}  // namespace assay::bindings
