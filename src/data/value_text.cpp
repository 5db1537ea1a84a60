#include "assay/data/detail/value_text.hpp"

#include <charconv>

#include "assay/base/time.hpp"

namespace assay::data::detail {
namespace {

template <class T>
std::string number_text(T value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
    return std::string(text, end);
}

}  // namespace

std::string value_text(const Array& column, index i) {
    if (column.is_null(i)) return {};
    const auto at = static_cast<std::size_t>(i);
    switch (column.type()) {
        case Type::Bool:
            return column.flag(i) ? "true" : "false";
        case Type::Int32:
            return number_text(column.values<std::int32_t>()[at]);
        case Type::Int64:
            return number_text(column.values<std::int64_t>()[at]);
        case Type::Float32:
            return number_text(column.values<float>()[at]);
        case Type::Float64:
            return number_text(column.values<double>()[at]);
        case Type::Date32:
            return to_iso8601(column.values<Date>()[at]);
        case Type::Timestamp:
            return to_iso8601(column.values<Timestamp>()[at]);
        default:
            return std::string(column.text(i));
    }
}

}  // namespace assay::data::detail
