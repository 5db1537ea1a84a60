#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "data/arrow_rules.hpp"

namespace assay::data::detail {
namespace {

/// Producers owe alignment, but a memory-mapped file may not give it.
template <class T>
T load(const std::byte* values, std::int64_t i) {
    T value;
    std::memcpy(&value, values + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
    return value;
}

/// Each valid value through `convert`, which says whether the result is exact.
template <class From, class To, class Convert>
Array converted(Type type, const ForeignArray& from, const char* expected, Convert convert) {
    MutableBuffer out(from.length * static_cast<index>(sizeof(To)));
    const std::byte* const values = from.needed(1);
    const BitmapView valid = from.validity_view();
    auto* to = out.as<To>();
    for (std::int64_t i = 0; i < from.length; ++i) {
        to[i] = To{};
        if (valid[i] && !convert(load<From>(values, from.offset + i), to[i])) from.bad_row(i, expected);
    }
    return Array(type, from.length, {from.copied_validity(), std::move(out).freeze(), {}});
}

template <class From, class To>
Array widened(Type type, const ForeignArray& from) {
    return converted<From, To>(type, from, "a number", [](From value, To& out) {
        out = static_cast<To>(value);
        return std::cmp_equal(value, out);
    });
}

/// IEEE 754 binary16 to binary32, which holds all of its values.
float from_half(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 31u;
    const std::uint32_t fraction = half & 0x3ffu;
    if (exponent == 0) {  // zero, or a subnormal of 2^-24
        const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
        return sign != 0 ? -magnitude : magnitude;
    }
    const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112u;
    return std::bit_cast<float>(sign | (wide << 23) | (fraction << 13));
}

Array scaled_times(const ForeignType& type, const ForeignArray& from) {
    return converted<std::int64_t, std::int64_t>(
        Type::Timestamp, from, "a time that whole microseconds hold; round it before, for example to the microsecond",
        [&](std::int64_t value, std::int64_t& out) {
            if (value % type.divisor != 0) return false;
            return !__builtin_mul_overflow(value / type.divisor, type.multiplier, &out);
        });
}

Array dates(const ForeignArray& from) {
    constexpr std::int64_t millis_per_day = 86'400'000;
    return converted<std::int64_t, std::int32_t>(Type::Date32, from, "a whole day; cast it to a timestamp",
                                                 [](std::int64_t value, std::int32_t& out) {
                                                     const std::int64_t days = value / millis_per_day;
                                                     out = static_cast<std::int32_t>(days);
                                                     return value % millis_per_day == 0 && out == days;
                                                 });
}

/// The unscaled number of a decimal, or nothing where it has more than 18 digits.
bool unscaled_of(const std::byte* at, int width, std::int64_t& out) {
    if (width == 4) {
        out = load<std::int32_t>(at, 0);
        return true;
    }
    out = load<std::int64_t>(at, 0);
    return width == 8 || load<std::int64_t>(at, 1) == (out < 0 ? -1 : 0);
}

/// value * 10^-scale, exact for up to 15 significant digits: such a decimal comes back unchanged from the double.
bool decimal_to_double(std::int64_t value, int scale, double& out) {
    while (scale > 0 && value % 10 == 0 && value != 0) {
        value /= 10;
        --scale;
    }
    constexpr std::int64_t limit = 1'000'000'000'000'000;
    if (value >= limit || value <= -limit) return false;
    char text[40];
    char* end = std::to_chars(text, text + 24, value).ptr;
    *end++ = 'e';
    end = std::to_chars(end, text + sizeof(text), -scale).ptr;
    return std::from_chars(text, end, out).ec == std::errc();
}

bool decimal_to_integer(std::int64_t value, int scale, std::int64_t& out) {
    out = value;
    for (; scale < 0; ++scale) {
        if (__builtin_mul_overflow(out, std::int64_t{10}, &out)) return false;
    }
    return true;
}

template <class To, class Convert>
Array decimals(const ForeignType& type, const ForeignArray& from, const char* expected, Convert convert) {
    MutableBuffer out(from.length * static_cast<index>(sizeof(To)));
    const std::byte* const values = from.needed(1);
    const BitmapView valid = from.validity_view();
    auto* to = out.as<To>();
    for (std::int64_t i = 0; i < from.length; ++i) {
        to[i] = To{};
        std::int64_t unscaled = 0;
        const std::byte* const at = values + (from.offset + i) * type.width;
        if (valid[i] && !(unscaled_of(at, type.width, unscaled) && convert(unscaled, type.scale, to[i]))) {
            from.bad_row(i, expected);
        }
    }
    return Array(type.type, from.length, {from.copied_validity(), std::move(out).freeze(), {}});
}

}  // namespace

Array cast_numbers(const ForeignType& type, const ForeignArray& from) {
    switch (type.rule) {
        case Rule::Int8:
            return widened<std::int8_t, std::int32_t>(type.type, from);
        case Rule::Int16:
            return widened<std::int16_t, std::int32_t>(type.type, from);
        case Rule::UInt8:
            return widened<std::uint8_t, std::int32_t>(type.type, from);
        case Rule::UInt16:
            return widened<std::uint16_t, std::int32_t>(type.type, from);
        case Rule::UInt32:
            return widened<std::uint32_t, std::int64_t>(type.type, from);
        case Rule::UInt64:
            return converted<std::uint64_t, std::int64_t>(type.type, from,
                                                          "an integer below 2^63; cast the column to float64 or text",
                                                          [](std::uint64_t value, std::int64_t& out) {
                                                              out = static_cast<std::int64_t>(value);
                                                              return out >= 0;
                                                          });
        case Rule::Float16:
            return converted<std::uint16_t, float>(type.type, from, "a number", [](std::uint16_t half, float& out) {
                out = from_half(half);
                return true;
            });
        case Rule::TimeScaled:
            return scaled_times(type, from);
        case Rule::Date64:
            return dates(from);
        default:
            break;
    }
    if (type.type == Type::Int64) {
        return decimals<std::int64_t>(type, from, "an integer of 64 bits; cast the column to float64 or text",
                                      &decimal_to_integer);
    }
    return decimals<double>(type, from,
                            "a decimal of at most 15 significant digits, which float64 holds; cast the column to "
                            "float64 where rounding is meant, or to text",
                            &decimal_to_double);
}

}  // namespace assay::data::detail
