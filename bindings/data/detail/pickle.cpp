#include "pickle.hpp"

#include "assay/base/error.hpp"
#include "assay/data/detail/offsets.hpp"

namespace assay::bindings {
namespace {

using data::Array;
using data::Buffer;
using data::Field;
using data::Range;

constexpr int kVersion = 1;

void check_version(const py::tuple& state, std::size_t size) {
    if (state.size() != size || py::cast<int>(state[0]) != kVersion) {
        throw ValueError("unpickle: expected a state of version 1; it was written by a newer release of assay");
    }
}

py::object range_state(const std::optional<Range>& range) {
    return range ? py::object(py::make_tuple(range->low, range->high)) : py::object(py::none());
}

std::optional<Range> range_from_state(const py::object& state) {
    if (state.is_none()) return std::nullopt;
    const auto ends = py::cast<std::pair<double, double>>(state);
    return Range{ends.first, ends.second};
}

py::bytes bytes_of(const std::byte* data, index size) {
    return py::bytes(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
}

py::bytes bytes_of(const Buffer& buffer) { return bytes_of(buffer.data(), buffer.size()); }

Buffer buffer_from(const py::object& bytes) {
    if (bytes.is_none()) return {};
    const auto text = py::cast<std::string_view>(bytes);
    return Buffer::copy_of(std::as_bytes(std::span(text.data(), text.size())));
}

}  // namespace

py::tuple field_state(const Field& field) {
    return py::make_tuple(kVersion, field.name, data::name_of(field.type), field.nullable, field.unit, field.loinc,
                          range_state(field.valid), range_state(field.outlier), field.description);
}

Field field_from_state(const py::tuple& state) {
    check_version(state, 9);
    Field field;
    field.name = py::cast<std::string>(state[1]);
    field.type = data::type_from_name(py::cast<std::string>(state[2]));
    field.nullable = py::cast<bool>(state[3]);
    field.unit = py::cast<std::string>(state[4]);
    field.loinc = py::cast<std::string>(state[5]);
    field.valid = range_from_state(state[6]);
    field.outlier = range_from_state(state[7]);
    field.description = py::cast<std::string>(state[8]);
    return field;
}

py::tuple column_state(const Array& column) {
    const auto name = data::name_of(column.type());
    const py::object validity =
        column.null_count() == 0 ? py::object(py::none()) : py::object(bytes_of(copy_bits(column.validity())));
    const Array::Buffers& buffers = column.buffers();
    if (is_variable_width(column.type())) {
        if (column.size() == 0) return py::make_tuple(kVersion, name, 0, py::none(), py::bytes(), py::none());
        const auto* offsets = buffers.offsets.as<std::int32_t>() + column.offset();
        return py::make_tuple(kVersion, name, column.size(), validity,
                              bytes_of(buffers.values.data() + offsets[0], offsets[column.size()] - offsets[0]),
                              bytes_of(reinterpret_cast<const std::byte*>(offsets), (column.size() + 1) * 4));
    }
    if (column.type() == data::Type::Bool) {
        const data::BitmapView bits(buffers.values.as<std::uint8_t>(), column.offset(), column.size());
        return py::make_tuple(kVersion, name, column.size(), validity, bytes_of(copy_bits(bits)), py::none());
    }
    const index width = data::width_of(column.type());
    return py::make_tuple(kVersion, name, column.size(), validity,
                          bytes_of(buffers.values.data() + column.offset() * width, column.size() * width), py::none());
}

Array column_from_state(const py::tuple& state) {
    check_version(state, 6);
    const data::Type type = data::type_from_name(py::cast<std::string>(state[1]));
    const auto length = py::cast<index>(state[2]);
    Array::Buffers buffers;
    buffers.validity = buffer_from(state[3]);
    buffers.values = buffer_from(state[4]);
    if (is_variable_width(type) && length > 0) {
        buffers.offsets = buffer_from(state[5]);
        buffers.offsets = data::detail::rebased_offsets(buffers.offsets, length, buffers.values.size());
    }
    return Array(type, length, std::move(buffers));
}

}  // namespace assay::bindings
