#include "assay/features/detail/numeric_column.hpp"

#include <string>
#include <utility>

#include "assay/base/error.hpp"

namespace assay::features::detail {
namespace {

template <class T>
data::Array widened(const data::Array& column) {
    const auto from = column.values<T>();
    data::MutableBuffer values(static_cast<index>(from.size() * sizeof(double)));
    auto* to = values.as<double>();
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<double>(from[i]);
    return data::Array(data::Type::Float64, column.size(),
                       {column.null_count() == 0 ? data::Buffer() : data::copy_bits(column.validity()),
                        std::move(values).freeze(),
                        {}},
                       column.null_count());
}

}  // namespace

data::Array as_float64(const data::Array& column, std::string_view name) {
    switch (column.type()) {
        case data::Type::Float64:
            return column;
        case data::Type::Float32:
            return widened<float>(column);
        case data::Type::Int32:
            return widened<std::int32_t>(column);
        case data::Type::Int64:
            return widened<std::int64_t>(column);
        default:
            throw SchemaError("expected numbers in column '" + std::string(name) + "', got " +
                              std::string(data::name_of(column.type())));
    }
}

const data::Array& expect_column(const data::Table& table, std::string_view name, data::Type type) {
    const data::Array& column = table.column(name);
    if (column.type() != type) {
        throw SchemaError("expected column '" + std::string(name) + "' of type " + std::string(data::name_of(type)) +
                          ", got " + std::string(data::name_of(column.type())));
    }
    return column;
}

}  // namespace assay::features::detail
