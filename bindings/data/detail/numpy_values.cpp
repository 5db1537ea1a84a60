#include <pybind11/numpy.h>

#include <limits>

#include "assay/base/error.hpp"
#include "assay/base/time.hpp"
#include "assay/data/array_builder.hpp"
#include "values.hpp"

namespace assay::bindings {
namespace {

using data::Array;
using data::Type;

constexpr std::int64_t kNotATime = std::numeric_limits<std::int64_t>::min();

py::module_ numpy() { return py::module_::import("numpy"); }

/// The array as contiguous values of T; `dtype` is what NumPy converts it to.
template <class T>
data::Buffer contiguous(const py::object& array, const char* dtype) {
    const py::array values = numpy().attr("ascontiguousarray")(array, py::arg("dtype") = dtype);
    return data::Buffer::copy_of(
        {static_cast<const std::byte*>(values.data()), static_cast<std::size_t>(values.nbytes())});
}

template <class T>
Array fixed(const py::object& array, const char* dtype) {
    const data::Buffer values = contiguous<T>(array, dtype);
    return Array(data::type_of<T>, values.size() / static_cast<index>(sizeof(T)), {{}, values, {}}, 0);
}

Array booleans(const py::object& array) {
    const data::Buffer bytes = contiguous<std::uint8_t>(array, "?");
    data::ArrayBuilder<bool> builder;
    builder.reserve(bytes.size());
    for (index i = 0; i < bytes.size(); ++i) builder.append(bytes.as<std::uint8_t>()[i] != 0);
    return builder.finish();
}

Array unsigned_integers(const py::object& array, const std::string& name) {
    const data::Buffer values = contiguous<std::uint64_t>(array, "u8");
    const index n = values.size() / 8;
    for (index i = 0; i < n; ++i) {
        if (values.as<std::uint64_t>()[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            throw ValueError("column '" + name + "', row " + std::to_string(i) +
                             ": expected an integer below 2^63, got a larger one; convert it to text or float first");
        }
    }
    return Array(Type::Int64, n, {{}, values, {}}, 0);
}

/// datetime64: days become dates, everything else UTC moments. NaT becomes null.
Array times(const py::object& array, const std::string& name) {
    const py::module_ np = numpy();
    const auto unit = py::cast<std::string>(np.attr("datetime_data")(array.attr("dtype"))[py::int_(0)]);
    if (unit == "generic") return Array::nulls(Type::Timestamp, static_cast<index>(py::len(array)));
    const bool days = unit == "D";
    const py::object wanted = array.attr("astype")(days ? "M8[D]" : "M8[us]");
    const py::object same = np.attr("equal")(wanted.attr("astype")(array.attr("dtype")), array);
    const py::object kept = np.attr("logical_or")(same, np.attr("isnat")(array));
    if (!py::cast<bool>(np.attr("all")(kept))) {
        throw ValueError("column '" + name + "', row " + py::cast<std::string>(py::str(np.attr("argmin")(kept))) +
                         ": expected a time in whole microseconds within 292 000 years of 1970, got another; round it "
                         "first, for example with astype('datetime64[us]')");
    }
    const data::Buffer values = contiguous<std::int64_t>(wanted.attr("view")("i8"), "i8");
    data::ArrayBuilder<Date> dates;
    data::ArrayBuilder<Timestamp> moments;
    for (index i = 0; i < values.size() / 8; ++i) {
        const std::int64_t value = values.as<std::int64_t>()[i];
        if (!days) {
            value == kNotATime ? moments.append_null() : moments.append(Timestamp(value));
        } else if (value == kNotATime) {
            dates.append_null();
        } else if (value < std::numeric_limits<std::int32_t>::min() ||
                   value > std::numeric_limits<std::int32_t>::max()) {
            throw ValueError("column '" + name + "', row " + std::to_string(i) + ": expected a day that date32 holds");
        } else {
            dates.append(Date(static_cast<std::int32_t>(value)));
        }
    }
    return days ? dates.finish() : moments.finish();
}

Array plain(const py::object& array, const std::string& name) {
    const auto kind = py::cast<std::string>(array.attr("dtype").attr("kind"));
    const auto size = py::cast<int>(array.attr("dtype").attr("itemsize"));
    if (kind == "b") return booleans(array);
    if (kind == "i") return size <= 4 ? fixed<std::int32_t>(array, "i4") : fixed<std::int64_t>(array, "i8");
    if (kind == "u" && size <= 2) return fixed<std::int32_t>(array, "i4");
    if (kind == "u") return unsigned_integers(array, name);
    if (kind == "f" && size <= 4) return fixed<float>(array, "f4");
    if (kind == "f" && size == 8) return fixed<double>(array, "f8");
    if (kind == "M") return times(array, name);
    if (kind == "U" || kind == "S" || kind == "O" || kind == "T") {
        return column_from_values(array.attr("tolist")(), std::nullopt, name);
    }
    throw ValueError("column '" + name +
                     "': expected an array of booleans, integers, floats, text or datetime64, got " +
                     py::cast<std::string>(py::str(array.attr("dtype"))));
}

bool has_mask(const py::object& array) { return py::hasattr(array, "mask") && py::hasattr(array, "filled"); }

/// A read-only view of the column's own memory.
py::array view(const Array& column, const py::dtype& dtype, const py::handle& owner) {
    const index width = data::width_of(column.type());
    const std::byte* first = column.buffers().values.data() + column.offset() * width;
    py::array out(dtype, std::vector<py::ssize_t>{column.size()}, std::vector<py::ssize_t>{width}, first, owner);
    out.attr("setflags")(py::arg("write") = false);
    return out;
}

template <class T, class Out>
py::array converted(const Array& column, const char* dtype, Out null_value) {
    const auto values = column.values<T>();
    py::array out(py::dtype(dtype), std::vector<py::ssize_t>{column.size()});
    auto* to = static_cast<Out*>(out.mutable_data());
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i)) {
            to[i] = null_value;
        } else if constexpr (std::is_same_v<T, Date>) {
            to[i] = values[static_cast<std::size_t>(i)].days();
        } else if constexpr (std::is_same_v<T, Timestamp>) {
            to[i] = values[static_cast<std::size_t>(i)].micros();
        } else {
            to[i] = static_cast<Out>(values[static_cast<std::size_t>(i)]);
        }
    }
    return out;
}

py::array objects(const Array& column) {
    py::array out(py::dtype("O"), std::vector<py::ssize_t>{column.size()});
    out[py::slice(py::none(), py::none(), py::none())] = values_to_python(column);
    return out;
}

/// Integers with nulls as floats with NaN, refused where a float would hold another number.
py::array integers_with_nan(const Array& column) {
    if (column.type() == Type::Int64) {
        const auto values = column.values<std::int64_t>();
        for (index i = 0; i < column.size(); ++i) {
            const std::int64_t value = values[static_cast<std::size_t>(i)];
            if (column.is_valid(i) && (value > kExactInDouble || value < -kExactInDouble)) {
                throw ValueError("to_numpy: row " + std::to_string(i) +
                                 ": expected integers up to 2^53 in a column with nulls, which NumPy holds as floats; "
                                 "use to_pylist(), or fill the nulls first");
            }
        }
        return converted<std::int64_t, double>(column, "f8", std::numeric_limits<double>::quiet_NaN());
    }
    return converted<std::int32_t, double>(column, "f8", std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

Array column_from_numpy(const py::handle& values, const std::string& name) {
    const auto array = py::reinterpret_borrow<py::object>(values);
    if (py::cast<int>(array.attr("ndim")) != 1) {
        throw ShapeError("column '" + name + "': expected an array of one dimension, got " +
                         py::cast<std::string>(py::str(array.attr("ndim"))));
    }
    if (!has_mask(array)) return plain(array, name);
    const py::object mask = numpy().attr("ma").attr("getmaskarray")(array);
    const Array valid = booleans(numpy().attr("logical_not")(mask));
    const Array column = plain(array.attr("data"), name);
    if (column.null_count() == 0) return column.with_validity(valid.buffers().values);
    return column_from_values(array.attr("tolist")(), column.type(), name);
}

py::object column_to_numpy(const Array& column, const py::handle& owner) {
    const bool full = column.null_count() == 0;
    switch (column.type()) {
        case Type::Int32:
            return full ? view(column, py::dtype("i4"), owner) : integers_with_nan(column);
        case Type::Int64:
            return full ? view(column, py::dtype("i8"), owner) : integers_with_nan(column);
        case Type::Float32:
            return full ? view(column, py::dtype("f4"), owner)
                        : converted<float, float>(column, "f4", std::numeric_limits<float>::quiet_NaN());
        case Type::Float64:
            return full ? view(column, py::dtype("f8"), owner)
                        : converted<double, double>(column, "f8", std::numeric_limits<double>::quiet_NaN());
        case Type::Date32:
            return converted<Date, std::int64_t>(column, "M8[D]", kNotATime);
        case Type::Timestamp:
            return full ? view(column, py::dtype("M8[us]"), owner)
                        : converted<Timestamp, std::int64_t>(column, "M8[us]", kNotATime);
        default:
            break;
    }
    const py::array values = objects(column);
    return column.type() == Type::Bool && full ? py::object(values.attr("astype")("?")) : py::object(values);
}

}  // namespace assay::bindings
