#include "assay/data/array.hpp"

#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"

namespace assay::data {
namespace {

std::string bytes_needed(std::string_view buffer, index expected, index got) {
    return "array: expected at least " + std::to_string(expected) + " bytes of " + std::string(buffer) + ", got " +
           std::to_string(got);
}

bool equal_value(const Array& a, const Array& b, index i) {
    if (is_variable_width(a.type())) return a.text(i) == b.text(i);
    if (a.type() == Type::Bool) return a.flag(i) == b.flag(i);
    const auto width = static_cast<std::size_t>(width_of(a.type()));
    return std::memcmp(a.buffers().values.data() + static_cast<std::size_t>(a.offset() + i) * width,
                       b.buffers().values.data() + static_cast<std::size_t>(b.offset() + i) * width, width) == 0;
}

}  // namespace

Array::Array(Type type, index length, Buffers buffers, index null_count, index offset)
    : type_(type), length_(length), offset_(offset), buffers_(std::move(buffers)) {
    constexpr index kMost = std::numeric_limits<index>::max() / 64;  // no product below overflows
    if (length < 0 || offset < 0 || length > kMost || offset > kMost) {
        throw ShapeError("array: expected a length and offset of 0 or more that memory can hold");
    }
    const index end = offset + length;
    const auto need = [](std::string_view what, const Buffer& buffer, index bytes) {
        if (buffer.size() < bytes) throw ShapeError(bytes_needed(what, bytes, buffer.size()));
    };
    if (!buffers_.validity.empty()) need("validity", buffers_.validity, (end + 7) / 8);
    if (is_variable_width(type)) {
        if (length > 0) need("offsets", buffers_.offsets, (end + 1) * 4);
    } else {
        need("values", buffers_.values, type == Type::Bool ? (end + 7) / 8 : end * width_of(type));
    }
    if (buffers_.validity.empty()) {
        null_count_ = 0;
    } else if (null_count >= 0) {
        null_count_ = null_count;
    } else {
        null_count_ = length - count_set({buffers_.validity.as<std::uint8_t>(), offset, length});
    }
}

Array Array::of_text(const std::vector<std::string>& values) {
    TextBuilder builder;
    for (const auto& value : values) builder.append(std::string_view(value));
    return builder.finish();
}

Array Array::nulls(Type type, index length) {
    const auto zeroed = [](index bytes) {
        MutableBuffer buffer;
        buffer.resize_zeroed(bytes);
        return std::move(buffer).freeze();
    };
    Buffers buffers;
    buffers.validity = zeroed((length + 7) / 8);
    if (is_variable_width(type)) {
        buffers.offsets = zeroed((length + 1) * 4);
    } else {
        buffers.values = zeroed(type == Type::Bool ? (length + 7) / 8 : length * width_of(type));
    }
    return Array(type, length, std::move(buffers), length);
}

Array Array::slice(index start, index length) const {
    if (start < 0 || length < 0 || start > length_ || length > length_ - start) {  // a sum could overflow
        throw ShapeError("slice: expected rows within [0, " + std::to_string(length_) + "), got " +
                         std::to_string(length) + " rows from " + std::to_string(start));
    }
    return Array(type_, length, buffers_, null_count_ == 0 ? 0 : -1, offset_ + start);
}

Array Array::with_validity(Buffer validity, index null_count) const {
    Buffers buffers = buffers_;
    if (offset_ == 0) {
        buffers.validity = std::move(validity);
        return Array(type_, length_, std::move(buffers), null_count);
    }
    // Validity and values share one offset in Arrow, so the bits move to where the values start.
    MutableBuffer shifted;
    shifted.resize_zeroed((offset_ + length_ + 7) / 8);
    for (index i = 0; i < length_; ++i) {
        if (validity.empty() || BitmapView(validity.as<std::uint8_t>(), 0, length_)[i]) {
            set_bit(shifted.as<std::uint8_t>(), offset_ + i);
        }
    }
    buffers.validity = std::move(shifted).freeze();
    return Array(type_, length_, std::move(buffers), null_count, offset_);
}

bool Array::equals(const Array& other) const {
    if (type_ != other.type_ || length_ != other.length_ || null_count_ != other.null_count_) return false;
    for (index i = 0; i < length_; ++i) {
        if (is_null(i) != other.is_null(i)) return false;
        if (is_valid(i) && !equal_value(*this, other, i)) return false;
    }
    return true;
}

void Array::throw_type(Type expected) const {
    throw SchemaError("column: expected values of type " + std::string(name_of(expected)) + ", got a column of type " +
                      std::string(name_of(type_)));
}

}  // namespace assay::data
