#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assay/base/export.hpp"
#include "assay/data/bitmap.hpp"
#include "assay/data/buffer.hpp"
#include "assay/data/type.hpp"

namespace assay::data {

/// One immutable column in Arrow memory layout: a type, a length, validity bits and values. Cheap to copy: buffers
/// are shared. Slices are views.
class ASSAY_EXPORT Array {
  public:
    /// Buffers as Arrow lays them out. Empty `validity` means no nulls. `offset` counts values, not bytes.
    struct Buffers {
        Buffer validity;
        Buffer values;   ///< fixed-width values, bits of Bool, or the characters of Utf8 and Binary
        Buffer offsets;  ///< int32 [offset+length+1], variable-width types only
    };

    Array() = default;
    /// @throws ShapeError if a buffer is too small for `length` and `offset`.   Cost: O(n/64) when nulls are counted.
    Array(Type type, index length, Buffers buffers, index null_count = -1, index offset = 0);

    /// A copy of `values`; no nulls.
    template <FixedWidth T>
    static Array of(std::span<const T> values) {
        return Array(type_of<T>, static_cast<index>(values.size()), {{}, Buffer::copy_of(std::as_bytes(values)), {}},
                     0);
    }
    /// A copy of `values`; an empty optional becomes null.
    template <class T>
    static Array of(const std::vector<std::optional<T>>& values);
    static Array of_text(const std::vector<std::string>& values);
    /// `length` nulls.
    static Array nulls(Type type, index length);

    Type type() const noexcept { return type_; }
    index size() const noexcept { return length_; }
    index offset() const noexcept { return offset_; }
    index null_count() const noexcept { return null_count_; }
    const Buffers& buffers() const noexcept { return buffers_; }
    BitmapView validity() const noexcept {
        return {null_count_ == 0 ? nullptr : buffers_.validity.as<std::uint8_t>(), offset_, length_};
    }
    bool is_null(index i) const noexcept { return !validity()[i]; }
    bool is_valid(index i) const noexcept { return validity()[i]; }

    /// All values, null places included (their value is unspecified). @throws SchemaError if T is not the type.
    template <FixedWidth T>
    std::span<const T> values() const {
        expect_type(type_of<T>);
        return {buffers_.values.as<T>() + offset_, static_cast<std::size_t>(length_)};
    }
    /// Text or bytes of row i; empty where null. @throws SchemaError if not Utf8 or Binary.
    std::string_view text(index i) const {
        if (!is_variable_width(type_)) expect_type(Type::Utf8);
        const auto* offsets = buffers_.offsets.as<std::int32_t>() + offset_;
        return {buffers_.values.as<char>() + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
    }
    /// Value of a Bool column. @throws SchemaError
    bool flag(index i) const {
        expect_type(Type::Bool);
        return BitmapView(buffers_.values.as<std::uint8_t>(), offset_, length_)[i];
    }
    /// The value, or nothing where null. T: the C++ type of the column.
    template <class T>
    std::optional<T> get(index i) const;

    /// Rows [start, start+length) without a copy. @throws ShapeError out of range.
    Array slice(index start, index length) const;
    /// The same values with other validity bits (length() bits from offset 0). Values are shared.
    Array with_validity(Buffer validity, index null_count = -1) const;

    /// Same type, length, nulls and values (NaN equals NaN bit for bit); null places are not compared.
    bool equals(const Array& other) const;

  private:
    void expect_type(Type expected) const {
        if (expected != type_) throw_type(expected);
    }
    [[noreturn]] void throw_type(Type expected) const;

    Type type_ = Type::Float64;
    index length_ = 0;
    index null_count_ = 0;
    index offset_ = 0;
    Buffers buffers_;
};

template <class T>
std::optional<T> Array::get(index i) const {
    if (is_null(i)) return std::nullopt;
    if constexpr (std::is_same_v<T, bool>) {
        return flag(i);
    } else if constexpr (FixedWidth<T>) {
        return values<T>()[static_cast<std::size_t>(i)];
    } else {
        return T(text(i));
    }
}

}  // namespace assay::data
