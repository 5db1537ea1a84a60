#include "arrow_capsules.hpp"

#include "assay/base/error.hpp"
#include "assay/data/arrow.hpp"

namespace assay::bindings {
namespace {

using data::Array;
using data::Field;
using data::Table;

// The names that the Arrow PyCapsule interface gives.
constexpr const char* kSchema = "arrow_schema";
constexpr const char* kArray = "arrow_array";
constexpr const char* kStream = "arrow_array_stream";

/// Whoever consumed the structure has set its release to null; otherwise nobody has, and it is released here.
template <class Struct>
void destroy(PyObject* capsule) {
    auto* content = static_cast<Struct*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    if (content == nullptr) {
        PyErr_WriteUnraisable(capsule);
        return;
    }
    if (content->release != nullptr) content->release(content);
    delete content;
}

template <class Struct, class Export>
py::capsule make_capsule(const char* name, Export&& fill) {
    auto content = std::make_unique<Struct>();
    fill(content.get());
    PyObject* capsule = PyCapsule_New(content.get(), name, &destroy<Struct>);
    if (capsule == nullptr) {
        content->release(content.get());
        throw py::error_already_set();
    }
    content.release();
    return py::reinterpret_steal<py::capsule>(capsule);
}

template <class Struct>
Struct* content_of(const py::handle& capsule, const char* name) {
    if (!PyCapsule_IsValid(capsule.ptr(), name)) {
        throw SchemaError(std::string("from_arrow: expected a capsule named ") + name + ", got " +
                          Py_TYPE(capsule.ptr())->tp_name);
    }
    return static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
}

/// The two capsules of __arrow_c_array__; kept while their contents are read.
struct ArrayCapsules {
    py::tuple pair;
    const ArrowSchema* schema;
    ArrowArray* array;
};

ArrayCapsules exported_array(const py::object& source) {
    const py::object result = source.attr("__arrow_c_array__")();
    if (!py::isinstance<py::tuple>(result) || py::len(result) != 2) {
        throw SchemaError("from_arrow: expected two capsules from __arrow_c_array__");
    }
    py::tuple pair(result);
    const auto* schema = content_of<ArrowSchema>(pair[0], kSchema);
    auto* array = content_of<ArrowArray>(pair[1], kArray);
    return {std::move(pair), schema, array};
}

}  // namespace

bool speaks_arrow(const py::handle& object) {
    return py::hasattr(object, "__arrow_c_stream__") || py::hasattr(object, "__arrow_c_array__");
}

Table table_from_arrow(const py::object& source) {
    if (py::hasattr(source, "__arrow_c_stream__")) {
        const py::object capsule = source.attr("__arrow_c_stream__")();
        auto* stream = content_of<ArrowArrayStream>(capsule, kStream);
        const py::gil_scoped_release unlocked;
        return data::import_stream(stream);
    }
    if (!py::hasattr(source, "__arrow_c_array__")) {
        throw SchemaError(std::string("from_arrow: expected an object with __arrow_c_stream__ or __arrow_c_array__ "
                                      "(pyarrow, polars, DuckDB, pandas 2.2 or newer), got ") +
                          Py_TYPE(source.ptr())->tp_name);
    }
    const ArrayCapsules capsules = exported_array(source);
    const py::gil_scoped_release unlocked;
    return data::import_table(*capsules.schema, capsules.array);
}

Array column_from_arrow(const py::object& source) {
    if (py::hasattr(source, "__arrow_c_array__")) {
        const ArrayCapsules capsules = exported_array(source);
        const py::gil_scoped_release unlocked;
        return data::import_array(*capsules.schema, capsules.array);
    }
    const py::object capsule = source.attr("__arrow_c_stream__")();
    auto* stream = content_of<ArrowArrayStream>(capsule, kStream);
    const py::gil_scoped_release unlocked;
    return data::import_column(stream).second;
}

py::capsule schema_capsule(const data::TableSchema& schema) {
    return make_capsule<ArrowSchema>(kSchema, [&](ArrowSchema* out) { data::export_schema(schema, out); });
}

py::capsule field_capsule(const Field& field) {
    return make_capsule<ArrowSchema>(kSchema, [&](ArrowSchema* out) { data::export_field(field, out); });
}

py::tuple array_capsules(const Array& column) {
    Field field;
    field.type = column.type();
    return py::make_tuple(field_capsule(field),
                          make_capsule<ArrowArray>(kArray, [&](ArrowArray* out) { data::export_array(column, out); }));
}

py::capsule stream_capsule(const Table& table, const py::object& requested) {
    const Table given =
        requested.is_none() ? table : data::as_requested(table, *content_of<ArrowSchema>(requested, kSchema));
    return make_capsule<ArrowArrayStream>(kStream, [&](ArrowArrayStream* out) { data::export_stream(given, out); });
}

}  // namespace assay::bindings
