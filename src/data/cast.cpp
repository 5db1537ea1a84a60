#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "assay/base/error.hpp"
#include "assay/data/array_builder.hpp"
#include "assay/data/detail/value_text.hpp"
#include "assay/data/select.hpp"
#include "data/csv/utf8.hpp"

namespace assay::data {
namespace {

std::string words(Type from, Type to) {
    return "cast from " + std::string(name_of(from)) + " to " + std::string(name_of(to));
}

[[noreturn]] void fail_at(Type from, Type to, index row) {
    throw ValueError(words(from, to) + ": row " + std::to_string(row) + ": expected a value that " +
                     std::string(name_of(to)) + " holds exactly, got another; correct the row or choose another type");
}

[[noreturn]] void no_such_cast(Type from, Type to) {
    throw SchemaError(words(from, to) + ": expected types that share values; go by way of utf8 or int64");
}

/// The number as another type, if that holds it exactly. NaN and infinities exist in both floating-point types.
template <class To, class From>
bool convert_number(From value, To& out) {
    if constexpr (std::is_same_v<From, bool>) {
        out = static_cast<To>(value ? 1 : 0);
        return true;
    } else if constexpr (std::is_same_v<To, bool>) {
        out = value == From{1};
        return value == From{0} || value == From{1};
    } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
        out = static_cast<To>(value);
        return static_cast<From>(out) == value;
    } else if constexpr (std::is_integral_v<To>) {
        // 2^31 and 2^63 are exact in every floating-point type; the largest integer below them need not be.
        const From limit = std::ldexp(From{1}, std::numeric_limits<To>::digits);
        if (!(value >= -limit && value < limit) || value != std::trunc(value)) return false;
        out = static_cast<To>(value);
        return true;
    } else if constexpr (std::is_integral_v<From>) {
        out = static_cast<To>(value);
        const To limit = std::ldexp(To{1}, std::numeric_limits<From>::digits);
        return out < limit && static_cast<From>(out) == value;
    } else {
        if (std::isfinite(value) && std::abs(value) > static_cast<From>(std::numeric_limits<To>::max())) return false;
        out = static_cast<To>(value);
        return std::isnan(value) || static_cast<From>(out) == value;
    }
}

template <class T>
bool parse_number(std::string_view text, T& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

template <class To>
bool parse_value(std::string_view text, To& out) {
    if constexpr (std::is_same_v<To, bool>) {
        out = text == "true" || text == "1";
        return out || text == "false" || text == "0";
    } else if constexpr (std::is_same_v<To, Date>) {
        const auto day = parse_date(text);
        if (day) out = *day;
        return day.has_value();
    } else if constexpr (std::is_same_v<To, Timestamp>) {
        const auto time = parse_timestamp(text);
        if (time) out = *time;
        return time.has_value();
    } else {
        return parse_number(text, out);
    }
}

template <class To, class Convert>
Array build(const Array& column, Convert convert) {
    ArrayBuilder<To> builder;
    builder.reserve(column.size());
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i)) {
            builder.append_null();
            continue;
        }
        To value{};
        if (!convert(i, value)) fail_at(column.type(), type_of<To>, i);
        builder.append(value);
    }
    return builder.finish();
}

template <class To, class From>
Array from_numbers(const Array& column) {
    if constexpr (std::is_same_v<From, bool>) {
        return build<To>(column, [&](index i, To& out) { return convert_number(column.flag(i), out); });
    } else {
        const auto values = column.values<From>();
        return build<To>(
            column, [values](index i, To& out) { return convert_number(values[static_cast<std::size_t>(i)], out); });
    }
}

/// To a number or Bool, from another or from text.
template <class To>
Array to_number(const Array& column) {
    switch (column.type()) {
        case Type::Bool:
            return from_numbers<To, bool>(column);
        case Type::Int32:
            return from_numbers<To, std::int32_t>(column);
        case Type::Int64:
            return from_numbers<To, std::int64_t>(column);
        case Type::Float32:
            return from_numbers<To, float>(column);
        case Type::Float64:
            return from_numbers<To, double>(column);
        case Type::Utf8:
            return build<To>(column, [&](index i, To& out) { return parse_value(column.text(i), out); });
        default:
            no_such_cast(column.type(), type_of<To>);
    }
}

Array relabelled(const Array& column, Type type) {
    return Array(type, column.size(), column.buffers(), column.null_count(), column.offset());
}

Array to_date(const Array& column) {
    if (column.type() == Type::Int32) return relabelled(column, Type::Date32);
    if (column.type() == Type::Utf8) {
        return build<Date>(column, [&](index i, Date& out) { return parse_value(column.text(i), out); });
    }
    if (column.type() != Type::Timestamp) no_such_cast(column.type(), Type::Date32);
    const auto times = column.values<Timestamp>();
    return build<Date>(column, [times](index i, Date& out) {
        const Timestamp time = times[static_cast<std::size_t>(i)];
        const std::int64_t days = time.micros() / Timestamp::micros_per_day;
        out = Date(static_cast<std::int32_t>(days));
        return time.micros() % Timestamp::micros_per_day == 0 && out.days() == days;
    });
}

Array to_timestamp(const Array& column) {
    if (column.type() == Type::Int64) return relabelled(column, Type::Timestamp);
    if (column.type() == Type::Utf8) {
        return build<Timestamp>(column, [&](index i, Timestamp& out) { return parse_value(column.text(i), out); });
    }
    if (column.type() != Type::Date32) no_such_cast(column.type(), Type::Timestamp);
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / Timestamp::micros_per_day;
    const auto days = column.values<Date>();
    return build<Timestamp>(column, [days](index i, Timestamp& out) {
        const Date day = days[static_cast<std::size_t>(i)];
        if (day.days() > limit || day.days() < -limit) return false;
        out = Timestamp(day);
        return true;
    });
}

Array cast_to_text(const Array& column, Type type) {
    if (column.type() == Type::Utf8) return relabelled(column, type);
    if (column.type() == Type::Binary) {
        for (index i = 0; i < column.size(); ++i) {
            if (column.is_valid(i) && !csv::is_utf8(column.text(i))) fail_at(Type::Binary, type, i);
        }
        return relabelled(column, type);
    }
    TextBuilder builder(type);
    for (index i = 0; i < column.size(); ++i) {
        if (column.is_null(i)) {
            builder.append_null();
        } else {
            builder.append(std::string_view(detail::value_text(column, i)));
        }
    }
    return builder.finish();
}

}  // namespace

Array cast(const Array& column, Type type) {
    if (column.type() == type) return column;
    switch (type) {
        case Type::Bool:
            return to_number<bool>(column);
        case Type::Int32:
            return column.type() == Type::Date32 ? relabelled(column, type) : to_number<std::int32_t>(column);
        case Type::Int64:
            return column.type() == Type::Timestamp ? relabelled(column, type) : to_number<std::int64_t>(column);
        case Type::Float32:
            return to_number<float>(column);
        case Type::Float64:
            return to_number<double>(column);
        case Type::Date32:
            return to_date(column);
        case Type::Timestamp:
            return to_timestamp(column);
        case Type::Utf8:
            return cast_to_text(column, type);
        case Type::Binary:
            break;
    }
    if (column.type() != Type::Utf8) no_such_cast(column.type(), type);
    return relabelled(column, type);
}

}  // namespace assay::data
