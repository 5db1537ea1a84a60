#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "values.hpp"

#include <datetime.h>  // after Python.h

namespace assay::bindings {
namespace {

using data::Array;
using data::Type;

std::string type_name(const py::handle& value) { return Py_TYPE(value.ptr())->tp_name; }

/// One Python value, normalised: what Python subclasses and NumPy scalars stand for. A text belongs to the object it
/// was read from.
struct Value {
    enum class Kind { Null, Bool, Int, Float, Text, Bytes, Date, Time } kind = Kind::Null;
    std::int64_t integer = 0;
    double number = 0;
    std::string_view text;
};

Value::Kind kind_for(Type type) {
    switch (type) {
        case Type::Bool:
            return Value::Kind::Bool;
        case Type::Int32:
        case Type::Int64:
            return Value::Kind::Int;
        case Type::Float32:
        case Type::Float64:
            return Value::Kind::Float;
        case Type::Utf8:
            return Value::Kind::Text;
        case Type::Binary:
            return Value::Kind::Bytes;
        case Type::Date32:
            return Value::Kind::Date;
        case Type::Timestamp:
            break;
    }
    return Value::Kind::Time;
}

Type type_for(Value::Kind kind) {
    constexpr Type types[] = {Type::Utf8, Type::Bool,   Type::Int64,  Type::Float64,
                              Type::Utf8, Type::Binary, Type::Date32, Type::Timestamp};
    return types[static_cast<std::size_t>(kind)];
}

/// Reads the values of one column and says in every error which column and row it was; never what the value was.
class ValueReader {
  public:
    explicit ValueReader(std::string name) : name_(std::move(name)) {}

    Value read(const py::handle& object, index row) {
        row_ = row;
        PyObject* value = object.ptr();
        if (value == Py_None) return {};
        if (PyBool_Check(value)) return {Value::Kind::Bool, value == Py_True, 0, {}};
        if (PyLong_Check(value)) return integer(value);
        if (PyFloat_Check(value)) return {Value::Kind::Float, 0, PyFloat_AS_DOUBLE(value), {}};
        if (PyUnicode_Check(value)) return text(value);
        if (PyBytes_Check(value)) {
            return {Value::Kind::Bytes,
                    0,
                    0,
                    {PyBytes_AS_STRING(value), static_cast<std::size_t>(PyBytes_GET_SIZE(value))}};
        }
        if (PyDateTime_Check(value)) return time(object);
        if (PyDate_Check(value)) {
            const CivilDate civil{PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value)};
            return {Value::Kind::Date, Date(civil).days(), 0, {}};
        }
        return other(object, row);
    }

    [[noreturn]] void fail(const std::string& expected, const std::string& got) const {
        throw ValueError("column '" + name_ + "', row " + std::to_string(row_) + ": expected " + expected + ", got " +
                         got);
    }

  private:
    Value integer(PyObject* value) {
        int overflow = 0;
        const long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (overflow != 0) fail("an integer of 64 bits", "a larger one; give it as float or as text");
        if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
        return {Value::Kind::Int, number, 0, {}};
    }

    Value text(PyObject* value) {
        Py_ssize_t size = 0;
        const char* characters = PyUnicode_AsUTF8AndSize(value, &size);
        if (characters == nullptr) {
            PyErr_Clear();
            fail("text that UTF-8 can write", "a lone surrogate");
        }
        return {Value::Kind::Text, 0, 0, {characters, static_cast<std::size_t>(size)}};
    }

    Value time(const py::handle& object) {
        PyObject* value = object.ptr();
        if (object.not_equal(object)) return {};  // pandas.NaT
        if (!PyDateTime_CheckExact(value) && py::hasattr(object, "nanosecond") &&
            py::cast<int>(object.attr("nanosecond")) != 0) {
            fail("whole microseconds", "nanoseconds; round the times first");
        }
        const CivilDate civil{PyDateTime_GET_YEAR(value), PyDateTime_GET_MONTH(value), PyDateTime_GET_DAY(value)};
        const std::int64_t seconds = (PyDateTime_DATE_GET_HOUR(value) * 60 + PyDateTime_DATE_GET_MINUTE(value)) * 60 +
                                     PyDateTime_DATE_GET_SECOND(value);
        std::int64_t micros = Timestamp(Date(civil)).micros() + seconds * Timestamp::micros_per_second +
                              PyDateTime_DATE_GET_MICROSECOND(value);
        if (PyDateTime_DATE_GET_TZINFO(value) != Py_None) {
            const py::object offset = object.attr("utcoffset")();
            if (!offset.is_none()) {
                micros -= PyDateTime_DELTA_GET_DAYS(offset.ptr()) * Timestamp::micros_per_day +
                          PyDateTime_DELTA_GET_SECONDS(offset.ptr()) * Timestamp::micros_per_second +
                          PyDateTime_DELTA_GET_MICROSECONDS(offset.ptr());
            }
        }
        return {Value::Kind::Time, micros, 0, {}};
    }

    /// NumPy scalars, bytearrays and everything that has no column type.
    Value other(const py::handle& object, index row) {
        const std::string name = type_name(object);
        if (name == "numpy.datetime64" || name == "numpy.timedelta64") {
            fail("datetime, date or a whole NumPy array of datetime64", name);
        }
        if (name.starts_with("numpy.") && py::hasattr(object, "item")) {
            kept_ = object.attr("item")();
            if (type_name(kept_) == name) fail("a number that Python has", name + "; cast it first");  // long double
            return read(kept_, row);
        }
        if (PyByteArray_Check(object.ptr()) || PyMemoryView_Check(object.ptr())) {
            kept_ = py::reinterpret_steal<py::object>(PyBytes_FromObject(object.ptr()));
            if (!kept_) throw py::error_already_set();
            return read(kept_, row);
        }
        if (PyIndex_Check(object.ptr())) {
            kept_ = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
            if (!kept_) throw py::error_already_set();
            return integer(kept_.ptr());
        }
        if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr()) || PyDict_Check(object.ptr())) {
            fail("one value", name + "; lists and structures are kept as JSON text, see json.dumps");
        }
        fail("bool, int, float, str, bytes, date, datetime or None", name);
    }

    std::string name_;
    index row_ = 0;
    py::object kept_;  ///< owner of the text of the value read last
};

const char* words_for(Value::Kind kind) {
    constexpr const char* words[] = {"None", "bool", "int", "float", "str", "bytes", "date", "datetime"};
    return words[static_cast<std::size_t>(kind)];
}

/// The type that holds all values: integers and floats together are floats, nothing else mixes.
Type inferred_type(const py::list& values, ValueReader& reader) {
    Value::Kind found = Value::Kind::Null;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Value::Kind kind = reader.read(values[i], static_cast<index>(i)).kind;
        if (kind == Value::Kind::Null || kind == found) continue;
        const auto is = [&](Value::Kind a, Value::Kind b) { return found == a && kind == b; };
        if (found == Value::Kind::Null || is(Value::Kind::Int, Value::Kind::Float)) {
            found = kind;
        } else if (!is(Value::Kind::Float, Value::Kind::Int)) {
            reader.fail(std::string(words_for(found)) + " as in the rows before", words_for(kind));
        }
    }
    return type_for(found);
}

template <class T>
void append_integer(data::ArrayBuilder<T>& builder, const Value& value, const ValueReader& reader) {
    if (value.integer < std::numeric_limits<T>::min() || value.integer > std::numeric_limits<T>::max()) {
        reader.fail("an integer of 32 bits", "a larger one; choose int64");
    }
    builder.append(static_cast<T>(value.integer));
}

template <class T>
void append_number(data::ArrayBuilder<T>& builder, const Value& value, const ValueReader& reader) {
    double number = value.number;
    if (value.kind == Value::Kind::Int) {
        if (value.integer > kExactInDouble || value.integer < -kExactInDouble) {
            reader.fail("a number that float64 holds exactly", "a larger integer; choose int64");
        }
        number = static_cast<double>(value.integer);
    }
    builder.append(static_cast<T>(number));
}

template <class Builder, class Append>
Array build(Builder builder, const py::list& values, Type type, ValueReader& reader, Append append) {
    const Value::Kind wanted = kind_for(type);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const Value value = reader.read(values[i], static_cast<index>(i));
        const bool widened = wanted == Value::Kind::Float && value.kind == Value::Kind::Int;
        if (value.kind == Value::Kind::Null) {
            builder.append_null();
        } else if (value.kind == wanted || widened) {
            append(builder, value);
        } else {
            reader.fail(words_for(wanted), words_for(value.kind));
        }
    }
    return builder.finish();
}

Array build_as(Type type, const py::list& values, ValueReader& reader) {
    switch (type) {
        case Type::Bool:
            return build(data::ArrayBuilder<bool>(), values, type, reader,
                         [](auto& builder, const Value& value) { builder.append(value.integer != 0); });
        case Type::Int32:
            return build(data::ArrayBuilder<std::int32_t>(), values, type, reader,
                         [&](auto& builder, const Value& value) { append_integer(builder, value, reader); });
        case Type::Int64:
            return build(data::ArrayBuilder<std::int64_t>(), values, type, reader,
                         [&](auto& builder, const Value& value) { append_integer(builder, value, reader); });
        case Type::Float32:
            return build(data::ArrayBuilder<float>(), values, type, reader,
                         [&](auto& builder, const Value& value) { append_number(builder, value, reader); });
        case Type::Float64:
            return build(data::ArrayBuilder<double>(), values, type, reader,
                         [&](auto& builder, const Value& value) { append_number(builder, value, reader); });
        case Type::Date32:
            return build(data::ArrayBuilder<Date>(), values, type, reader, [](auto& builder, const Value& value) {
                builder.append(Date(static_cast<std::int32_t>(value.integer)));
            });
        case Type::Timestamp:
            return build(data::ArrayBuilder<Timestamp>(), values, type, reader,
                         [](auto& builder, const Value& value) { builder.append(Timestamp(value.integer)); });
        default:
            return build(data::TextBuilder(type), values, type, reader,
                         [](auto& builder, const Value& value) { builder.append(value.text); });
    }
}

}  // namespace

Array column_from_values(const py::handle& values, std::optional<Type> type, const std::string& name) {
    if (PyUnicode_Check(values.ptr()) || PyBytes_Check(values.ptr()) || PyDict_Check(values.ptr()) ||
        !py::isinstance<py::iterable>(values)) {
        throw ValueError("column '" + name + "': expected an array or a list of values, got " + type_name(values));
    }
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
    const py::list list(py::reinterpret_borrow<py::object>(values));
    ValueReader reader(name);
    return build_as(type ? *type : inferred_type(list, reader), list, reader);
}

}  // namespace assay::bindings
