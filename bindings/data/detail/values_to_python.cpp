#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "values.hpp"

#include <datetime.h>  // after Python.h

namespace assay::bindings {
namespace {

using data::Array;
using data::Type;

void import_datetime() {
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
}

CivilDate python_date(Date date) {
    const CivilDate civil = date.civil();
    if (!is_valid(civil)) {
        throw ValueError("to_pylist: expected years 1 to 9999, which is what datetime holds; use to_numpy() instead");
    }
    return civil;
}

py::object steal(PyObject* object) {
    if (object == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(object);
}

py::object date_to_python(Date date) {
    const CivilDate civil = python_date(date);
    return steal(PyDate_FromDate(civil.year, civil.month, civil.day));
}

py::object time_to_python(Timestamp time) {
    const Date day = time.date();
    const CivilDate civil = python_date(day);
    const std::int64_t micros = time.micros() - day.days() * Timestamp::micros_per_day;
    const auto seconds = static_cast<int>(micros / Timestamp::micros_per_second);
    return steal(PyDateTimeAPI->DateTime_FromDateAndTime(
        civil.year, civil.month, civil.day, seconds / 3600, seconds / 60 % 60, seconds % 60,
        static_cast<int>(micros % Timestamp::micros_per_second), PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType));
}

py::object valid_to_python(const Array& column, index i) {
    const auto at = static_cast<std::size_t>(i);
    switch (column.type()) {
        case Type::Bool:
            return py::bool_(column.flag(i));
        case Type::Int32:
            return py::int_(column.values<std::int32_t>()[at]);
        case Type::Int64:
            return py::int_(column.values<std::int64_t>()[at]);
        case Type::Float32:
            return py::float_(static_cast<double>(column.values<float>()[at]));
        case Type::Float64:
            return py::float_(column.values<double>()[at]);
        case Type::Date32:
            return date_to_python(column.values<Date>()[at]);
        case Type::Timestamp:
            return time_to_python(column.values<Timestamp>()[at]);
        case Type::Utf8: {
            const std::string_view text = column.text(i);
            return steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
        }
        case Type::Binary:
            break;
    }
    const std::string_view bytes = column.text(i);
    return py::bytes(bytes.data(), bytes.size());
}

}  // namespace

py::object value_to_python(const Array& column, index i) {
    if (column.is_null(i)) return py::none();
    import_datetime();
    return valid_to_python(column, i);
}

py::list values_to_python(const Array& column) {
    import_datetime();
    py::list out(static_cast<std::size_t>(column.size()));
    for (index i = 0; i < column.size(); ++i) {
        py::object value = column.is_null(i) ? py::none() : valid_to_python(column, i);
        PyList_SET_ITEM(out.ptr(), i, value.release().ptr());
    }
    return out;
}

}  // namespace assay::bindings
