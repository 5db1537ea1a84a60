#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "assay/base/export.hpp"
#include "assay/base/index.hpp"
#include "assay/base/time.hpp"

namespace assay::data {

/// Physical and logical type of a column, in Arrow's memory layout.
enum class Type : std::uint8_t {
    Bool,       ///< bit-packed, least significant bit first (Arrow "b")
    Int32,      ///< "i"
    Int64,      ///< "l"
    Float32,    ///< "f"
    Float64,    ///< "g"
    Utf8,       ///< UTF-8 text with 32-bit offsets ("u")
    Binary,     ///< bytes with 32-bit offsets ("z")
    Date32,     ///< days since 1970-01-01 ("tdD")
    Timestamp,  ///< microseconds since 1970-01-01T00:00:00Z, always UTC ("tsu:UTC")
};

/// Lower-case name as it stands in schemas and error texts: "float64", "timestamp[us, UTC]".
ASSAY_EXPORT std::string_view name_of(Type type) noexcept;

/// Type of that name; "timestamp" alone is understood. @throws ValueError listing the known names.
ASSAY_EXPORT Type type_from_name(std::string_view name);

/// Bytes of one value; 0 for Bool (bit-packed) and for the variable-width types.
constexpr index width_of(Type type) noexcept {
    switch (type) {
        case Type::Int32:
        case Type::Float32:
        case Type::Date32:
            return 4;
        case Type::Int64:
        case Type::Float64:
        case Type::Timestamp:
            return 8;
        default:
            return 0;
    }
}

constexpr bool is_variable_width(Type type) noexcept { return type == Type::Utf8 || type == Type::Binary; }
constexpr bool is_floating(Type type) noexcept { return type == Type::Float32 || type == Type::Float64; }
constexpr bool is_numeric(Type type) noexcept {
    return is_floating(type) || type == Type::Int32 || type == Type::Int64;
}

/// The column type that holds values of the C++ type T.
template <class T>
struct TypeOf;
template <>
struct TypeOf<bool> : std::integral_constant<Type, Type::Bool> {};
template <>
struct TypeOf<std::int32_t> : std::integral_constant<Type, Type::Int32> {};
template <>
struct TypeOf<std::int64_t> : std::integral_constant<Type, Type::Int64> {};
template <>
struct TypeOf<float> : std::integral_constant<Type, Type::Float32> {};
template <>
struct TypeOf<double> : std::integral_constant<Type, Type::Float64> {};
template <>
struct TypeOf<std::string> : std::integral_constant<Type, Type::Utf8> {};
template <>
struct TypeOf<std::string_view> : std::integral_constant<Type, Type::Utf8> {};
template <>
struct TypeOf<assay::Date> : std::integral_constant<Type, Type::Date32> {};
template <>
struct TypeOf<assay::Timestamp> : std::integral_constant<Type, Type::Timestamp> {};

template <class T>
inline constexpr Type type_of = TypeOf<T>::value;

/// C++ types whose columns are plain contiguous arrays.
template <class T>
concept FixedWidth = requires {
    TypeOf<T>::value;
}
&&(width_of(TypeOf<T>::value) == sizeof(T));

}  // namespace assay::data
