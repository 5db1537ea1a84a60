#pragma once

#include <optional>
#include <string_view>

#include "assay/data/array.hpp"
#include "assay/data/detail/validity_builder.hpp"

namespace assay::data {

/// Grows one column value by value. T: a fixed-width C++ type or bool; text has TextBuilder.
template <class T>
class ArrayBuilder {
  public:
    void reserve(index n) {
        values_.reserve(std::is_same_v<T, bool> ? (n + 7) / 8 : n * static_cast<index>(sizeof(T)));
    }
    index size() const noexcept { return length_; }

    void append(T value) {
        if constexpr (std::is_same_v<T, bool>) {
            if (length_ % 8 == 0) values_.push(std::uint8_t{0});
            if (value) set_bit(values_.template as<std::uint8_t>(), length_);
        } else {
            values_.push(value);
        }
        validity_.append_valid(length_++);
    }
    void append_null() {
        append(T{});
        validity_.mark_null(length_ - 1);
    }
    void append(std::optional<T> value) { value ? append(*value) : append_null(); }

    /// The column so far; leaves the builder empty.
    Array finish() {
        Array out(type_of<T>, length_, {validity_.finish(), std::move(values_).freeze(), {}}, validity_.null_count());
        *this = ArrayBuilder();
        return out;
    }

  private:
    MutableBuffer values_;
    detail::ValidityBuilder validity_;
    index length_ = 0;
};

/// Grows a Utf8 or Binary column. @throws ValueError beyond 2 GiB of characters in one column.
class ASSAY_EXPORT TextBuilder {
  public:
    explicit TextBuilder(Type type = Type::Utf8) : type_(type) { offsets_.push(std::int32_t{0}); }
    index size() const noexcept { return length_; }
    void append(std::string_view value);
    void append_null() {
        append(std::string_view{});
        validity_.mark_null(length_ - 1);
    }
    void append(const std::optional<std::string>& value) { value ? append(std::string_view(*value)) : append_null(); }
    Array finish();

  private:
    Type type_;
    MutableBuffer values_;
    MutableBuffer offsets_;
    detail::ValidityBuilder validity_;
    index length_ = 0;
};

template <class T>
Array Array::of(const std::vector<std::optional<T>>& values) {
    std::conditional_t<std::is_same_v<T, std::string>, TextBuilder, ArrayBuilder<T>> builder;
    for (const auto& value : values) builder.append(value);
    return builder.finish();
}

}  // namespace assay::data
